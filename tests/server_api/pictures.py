"""A drawn number as a file of many kinds, and what is sent with it."""

import base64
import io

import numpy as np
from PIL import Image

from server_api.reader import decode
from server_api.schemas import EXAMPLE_IMAGE
from tests.picture_files import png


def packed(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def drawn() -> Image.Image:
    """Dark on light, grey."""
    image = Image.open(io.BytesIO(decode(EXAMPLE_IMAGE))).convert("L")
    return image.resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)


def transparent(image: Image.Image) -> Image.Image:
    ink = Image.new("RGBA", image.size, (20, 30, 120, 0))
    ink.putalpha(image.point(lambda level: 255 - level))
    return ink


def turned(image: Image.Image, kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side
    return packed(image.transpose(Image.Transpose.ROTATE_90), kind, exif=exif)


def black_ink_on_nothing(image: Image.Image) -> bytes:
    """As a drawing page sends its canvas: every pixel is black, only the coverage tells ink from paper."""
    ink = Image.new("RGBA", image.size)
    ink.putalpha(image.point(lambda level: 255 - level))
    return packed(ink)


def transparent_palette(image: Image.Image) -> bytes:
    return packed(image.point(lambda level: int(level > 127)).convert("P"), transparency=1)


def animated(image: Image.Image) -> bytes:
    """The number, then another."""
    return packed(image, save_all=True, append_images=[image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])


def lossless() -> dict[str, bytes]:
    """The same grey levels to the last bit."""
    image = drawn()
    levels = np.asarray(image)
    return {
        "grey PNG": packed(image),
        "colour PNG": packed(image.convert("RGB")),
        "palette": packed(image.convert("P")),
        "16-bit grey": png(levels.astype(np.uint16) * 257),
        "16-bit colour": png(np.stack([levels.astype(np.uint16) * 257] * 3, axis=-1)),
        "interlaced": png(levels, interlaced=True),
        "interlaced colour": png(np.stack([levels] * 3, axis=-1), interlaced=True),
        "APNG": animated(image),
        "turned by EXIF in a PNG": turned(image, "PNG"),
    }


def kinds() -> dict[str, bytes]:
    image = drawn()
    return lossless() | {
        "JPEG": packed(image, "JPEG", quality=70),
        "progressive JPEG": packed(image.convert("RGB"), "JPEG", progressive=True),
        "light on dark": packed(image.point(lambda level: 255 - level)),
        "one bit": packed(image.convert("1")),
        "transparent": packed(transparent(image)),
        "grey with alpha": packed(transparent(image).convert("LA")),
        "black ink on nothing": black_ink_on_nothing(image),
        "transparent palette": transparent_palette(image),
        "CMYK JPEG": packed(image.convert("CMYK"), "JPEG"),
        "turned by EXIF": turned(image),
    }


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()
