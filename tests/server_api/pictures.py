"""A drawn number as a file of many kinds, and what is sent with it."""

import base64
import io
import struct
import zlib

import numpy as np
from PIL import Image

from server_api.reader import decode
from server_api.schemas import EXAMPLE_IMAGE


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


def turned(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side
    return packed(image.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)


def of_size(width: int, height: int) -> bytes:
    """A PNG file whose header tells this size, with hardly any data behind it."""
    data = packed(Image.new("L", (9, 9)))
    header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


def kinds() -> dict[str, bytes]:
    image = drawn()
    return {
        "grey PNG": packed(image),
        "colour PNG": packed(image.convert("RGB")),
        "JPEG": packed(image, "JPEG", quality=70),
        "progressive JPEG": packed(image.convert("RGB"), "JPEG", progressive=True),
        "light on dark": packed(image.point(lambda level: 255 - level)),
        "one bit": packed(image.convert("1")),
        "palette": packed(image.convert("P")),
        "16-bit": packed(Image.fromarray(np.asarray(image).astype(np.uint16) * 257)),
        "transparent": packed(transparent(image)),
        "grey with alpha": packed(transparent(image).convert("LA")),
        "CMYK JPEG": packed(image.convert("CMYK"), "JPEG"),
        "turned by EXIF": turned(image),
    }


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()
