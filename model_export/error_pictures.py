"""Contact sheets: pictures that were misread, each with what is in it, what was read and how confidently."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from model_export.breakdown import align
from model_export.evaluation import Reading

_COLUMNS = 3
_TILE = (480, 156)
_PICTURE = (464, 92)
_PADDING = 8
_TEXT_SIZE = 15
_LINE = 20
_PAPER, _TILE_PAPER, _TEXT, _FAINT, _WRONG = "#ffffff", "#eceff3", "#1f2933", "#66727f", "#d11f2f"


def contact_sheet(title: str, worst: Sequence[tuple[Reading, bytes]]) -> Image.Image:
    """Tiles from left to right, in the order given; digits that were read wrongly or not at all are red."""
    rows = -(-len(worst) // _COLUMNS)
    columns = min(_COLUMNS, max(2, len(worst)))  # the title needs some room
    top = _LINE + 2 * _PADDING
    sheet = Image.new("RGB", (columns * (_TILE[0] + _PADDING) + _PADDING, top + rows * (_TILE[1] + _PADDING)), _PAPER)
    ImageDraw.Draw(sheet).text((_PADDING, _PADDING), title, _TEXT, ImageFont.load_default(_TEXT_SIZE))
    for index, (reading, png) in enumerate(worst):
        row, column = divmod(index, _COLUMNS)
        sheet.paste(_tile(reading, png), (_PADDING + column * (_TILE[0] + _PADDING), top + row * (_TILE[1] + _PADDING)))
    return sheet


def _tile(reading: Reading, png: bytes) -> Image.Image:
    tile = Image.new("RGB", _TILE, _TILE_PAPER)
    picture = _fit(Image.open(io.BytesIO(png)).convert("RGB"))
    tile.paste(picture, ((_TILE[0] - picture.width) // 2, _PADDING + (_PICTURE[1] - picture.height) // 2))
    draw = ImageDraw.Draw(tile)
    pairs = align(reading.wanted, reading.read)
    top = _PADDING + _PICTURE[1] + _PADDING // 2
    _write_line(draw, top, "true", [(wanted or "_", _FAINT if not wanted else _TEXT) for wanted, _ in pairs])
    read = [(read or "_", _TEXT if wanted == read else _WRONG) for wanted, read in pairs]
    _write_line(draw, top + _LINE, "read", read)
    font = ImageFont.load_default(_TEXT_SIZE)
    confidence = f"{reading.confidence:.4f}"
    draw.text((_TILE[0] - _PADDING - font.getlength(confidence), top + _LINE), confidence, _FAINT, font)
    return tile


def _fit(picture: Image.Image) -> Image.Image:
    """Into the tile; small pictures are enlarged with their pixels to be seen, large ones reduced."""
    factor = min(_PICTURE[0] / picture.width, _PICTURE[1] / picture.height)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.LANCZOS)


def _write_line(draw: ImageDraw.ImageDraw, top: int, name: str, digits: Sequence[tuple[str, str]]) -> None:
    """Each digit in a column of its own, so that both lines can be compared."""
    font = ImageFont.load_default(_TEXT_SIZE)
    draw.text((_PADDING, top), name, _FAINT, font)
    step = min(11.0, (_TILE[0] - 112) / max(1, len(digits)))
    for index, (digit, colour) in enumerate(digits):
        draw.text((_PADDING + 40 + index * step, top), digit, colour, font)
