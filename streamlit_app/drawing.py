"""Boxes over a picture, coloured by confidence."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from streamlit_app.api_client import Digit

_MARGIN = 24
_COLOURS = ((0.9, "#15803d"), (0.6, "#b45309"), (0.0, "#b91c1c"))
"""From which confidence on, and the colour: green, amber, red; each readable on white."""


def colour_of(confidence: float) -> str:
    return next(colour for least, colour in _COLOURS if confidence >= least)


def boxes_over(picture: bytes, digits: Sequence[Digit]) -> Image.Image:
    """The picture as the API saw it, each digit in a box."""
    image = _upright_rgb(picture)
    pen = ImageDraw.Draw(image)
    line = max(2, round(image.height / 120))  # pixels wide; the box keeps that much off the ink too
    off = 2 * line
    for digit in digits:
        box = digit.box
        corners = (box.left - off, box.top - off, box.right - 1 + off, box.bottom - 1 + off)
        pen.rounded_rectangle(corners, radius=off, outline=colour_of(digit.confidence), width=line)
    return image


def around(image: Image.Image, digits: Sequence[Digit]) -> Image.Image:
    """The part of the picture in which the digits are."""
    return image.crop(
        (
            max(0, min(digit.box.left for digit in digits) - _MARGIN),
            max(0, min(digit.box.top for digit in digits) - _MARGIN),
            min(image.width, max(digit.box.right for digit in digits) + _MARGIN),
            min(image.height, max(digit.box.bottom for digit in digits) + _MARGIN),
        )
    )


def _upright_rgb(picture: bytes) -> Image.Image:
    image = _upright(Image.open(io.BytesIO(picture)))
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow would clip instead of scaling
        image = Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "#cbd5e1"), image.convert("RGBA"))
    return image.convert("RGB")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a broken EXIF block costs the rotation, not the picture; the API does the same
        return image
