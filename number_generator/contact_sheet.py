"""Many pictures on one, each with its caption, to look at."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Grey = npt.NDArray[np.uint8]

_GAP = 8
_CAPTION = 14
_PAGE, _TEXT, _FRAME = 255, 60, 190


def make_contact_sheet(pictures: Sequence[tuple[str, Grey]], columns: int = 4, factor: int = 2) -> Image.Image:
    """Pictures, uint8 (height, width), in rows of `columns`, each enlarged and above its caption."""
    shown = [
        (caption, Image.fromarray(picture).resize((picture.shape[1] * factor, picture.shape[0] * factor)))
        for caption, picture in pictures
    ]
    width = max(image.width for _, image in shown) + 2 * _GAP
    height = max(image.height for _, image in shown) + _CAPTION + 2 * _GAP
    rows = -(-len(shown) // columns)
    sheet = Image.new("L", (min(columns, len(shown)) * width, rows * height), _PAGE)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_CAPTION - 2)
    for index, (caption, image) in enumerate(shown):
        left, top = index % columns * width + _GAP, index // columns * height + _GAP
        draw.rectangle((left - 1, top - 1, left + image.width, top + image.height), outline=_FRAME)
        sheet.paste(image, (left, top))
        draw.text((left, top + image.height + 2), caption, fill=_TEXT, font=font)
    return sheet
