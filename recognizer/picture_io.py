"""Bytes of a PNG or JPEG file -> one grey picture as a viewer shows it."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageStat

from recognizer.containers import Contents, contents
from recognizer.errors import CorruptPicture, PictureTooLarge, PictureTooSmall, TruncatedPicture

Grey = npt.NDArray[np.uint8]

MINIMUM_SIDE = 8
"""Pixels. A digit needs about this much to be told from another."""
MAXIMUM_PIXELS = 25_000_000


def read_picture(data: bytes, maximum_pixels: int = MAXIMUM_PIXELS) -> Grey:
    """Decode a PNG or JPEG file into grey levels, uint8 (height, width), turned upright by its EXIF orientation.

    Transparency is laid on the paper that makes its ink visible. The size is checked before anything is decoded.

    Raises:
        NotAPicture, TruncatedPicture, CorruptPicture, PictureTooSmall, PictureTooLarge
    """
    found = contents(data)
    _check_size(found, maximum_pixels)
    try:
        image = Image.open(io.BytesIO(found.data), formats=[found.format])
        # Of a JPEG in colour only the luminance is decoded: in half the time, in a quarter of the memory.
        image.draft("L", None)
        return _upright(_grey(image), found.orientation)
    except MemoryError:
        raise
    except Image.DecompressionBombError as error:  # a limit of Pillow's own, above the one by default
        raise PictureTooLarge("the picture has far more pixels than can be decoded") from error
    except Exception as error:  # Pillow's plugins raise many kinds on damaged files
        if "truncated" in str(error).lower():
            raise TruncatedPicture("the picture file is truncated; send the whole file") from error
        raise CorruptPicture("the picture file is damaged and cannot be decoded") from error


def _check_size(found: Contents, maximum_pixels: int) -> None:
    width, height = found.width, found.height
    if width * height > maximum_pixels:
        raise PictureTooLarge(f"the picture has {width} x {height} pixels; the limit is {maximum_pixels} in all")
    if min(width, height) < MINIMUM_SIDE:
        raise PictureTooSmall(f"the picture has {width} x {height} pixels; each side needs at least {MINIMUM_SIDE}")


def _upright(grey: Grey, orientation: int) -> Grey:
    """EXIF's orientations: 1 to 4 as they are, turned half round or in a mirror; 5 to 8 have rows for columns."""
    if orientation >= 5:
        grey = grey.T
    if orientation in {2, 3, 6, 7}:
        grey = grey[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        grey = grey[::-1]
    return np.ascontiguousarray(grey)


def _grey(image: Image.Image) -> Grey:
    if image.mode.startswith("I"):  # 16-bit grey
        return (np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8)
    if image.has_transparency_data:
        return _on_paper(image if image.mode == "RGBA" else image.convert("RGBA"))
    return np.asarray(image if image.mode == "L" else image.convert("L"))


def _on_paper(image: Image.Image) -> Grey:
    """Lay a transparent picture on paper.

    Where most of it is opaque, the paper goes on as the opaque part is (rounded corners of a screenshot);
    where little is, that little is the ink, and the paper is its opposite (the canvas of a drawing page).
    """
    alpha = image.getchannel("A")
    box = alpha.getbbox()
    if box is None:
        return np.full((image.height, image.width), 255, np.uint8)
    # Most of a canvas is empty; bytes throughout: 25 megapixels stay small.
    levels, mask = image.crop(box).convert("L"), alpha.crop(box)
    covered = ImageStat.Stat(mask).sum[0] / (255 * image.width * image.height)
    if covered > 0.5:
        paper = ImageStat.Stat(levels, mask=mask).median[0]
    else:
        paper = 0 if ImageStat.Stat(levels, mask=mask).mean[0] > 127 else 255
    picture = Image.new("L", image.size, paper)
    picture.paste(levels, box, mask)
    return np.array(picture)
