"""Bytes of a PNG or JPEG file -> one grey picture as a viewer shows it."""

import io
from contextlib import suppress

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

from recognizer.errors import CorruptPicture, NotAPicture, PictureTooLarge, PictureTooSmall, TruncatedPicture

Grey = npt.NDArray[np.uint8]

FORMATS = ("PNG", "JPEG")
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
MINIMUM_SIDE = 8
"""Pixels. A digit needs about this much to be told from another."""
MAXIMUM_PIXELS = 25_000_000


def read_picture(data: bytes, maximum_pixels: int = MAXIMUM_PIXELS) -> Grey:
    """Decode a PNG or JPEG file into grey levels, uint8 (height, width), turned upright by its EXIF orientation.

    Transparency is laid on the paper that makes its ink visible. The size is checked before anything is decoded.

    Raises:
        NotAPicture, TruncatedPicture, CorruptPicture, PictureTooSmall, PictureTooLarge
    """
    image = _open(data)
    _check_size(image, maximum_pixels)
    try:
        image.load()
        _turn_upright(image)
        return _grey(image)
    except MemoryError:
        raise
    except Exception as error:  # Pillow's plugins raise many kinds on damaged files
        if "truncated" in str(error).lower():
            raise TruncatedPicture("the picture file is truncated; send the whole file") from error
        raise CorruptPicture("the picture file is damaged and cannot be decoded") from error


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        if data.startswith(_SIGNATURES):
            raise TruncatedPicture("the picture file ends within its header; send the whole file") from error
        raise NotAPicture("the data are neither a PNG nor a JPEG picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge("the picture has far more pixels than the limit") from error
    except Exception as error:
        raise CorruptPicture("the picture file is damaged and its header cannot be read") from error


def _check_size(image: Image.Image, maximum_pixels: int) -> None:
    width, height = image.size
    if width * height > maximum_pixels:
        raise PictureTooLarge(f"the picture has {width} x {height} pixels; the limit is {maximum_pixels} in all")
    if min(width, height) < MINIMUM_SIDE:
        raise PictureTooSmall(f"the picture has {width} x {height} pixels; each side needs at least {MINIMUM_SIDE}")


def _turn_upright(image: Image.Image) -> None:
    with suppress(Exception):  # a broken EXIF block costs the rotation, not the picture
        ImageOps.exif_transpose(image, in_place=True)


def _grey(image: Image.Image) -> Grey:
    if image.mode.startswith("I"):  # 16-bit grey
        return (np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8)
    if image.has_transparency_data:
        return _on_paper(image if image.mode == "RGBA" else image.convert("RGBA"))
    return np.array(image.convert("L"))


def _on_paper(image: Image.Image) -> Grey:
    """Lay a transparent picture on paper.

    Where most of it is opaque, the paper goes on as the opaque part is (rounded corners of a screenshot);
    where little is, that little is the ink, and the paper is its opposite (the canvas of a drawing page).
    """
    levels, alpha = image.convert("L"), image.getchannel("A")  # bytes throughout: 25 megapixels stay small
    covered = ImageStat.Stat(alpha).mean[0] / 255
    paper = 255
    if covered > 0.5:
        paper = ImageStat.Stat(levels, mask=alpha).median[0]
    elif covered > 0:
        paper = 0 if ImageStat.Stat(levels, mask=alpha).mean[0] > 127 else 255
    picture = Image.new("L", image.size, paper)
    picture.paste(levels, mask=alpha)
    return np.array(picture)
