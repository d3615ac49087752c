"""Single digits -> one picture of a string, white on black."""

import operator
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator.errors import LayoutError
from number_generator.mnist import GLYPH_SIDE, Glyphs

Grey = npt.NDArray[np.uint8]

_LENGTHS = np.arange(1, 6)


def sample_glyphs(digits: Iterable[int], glyphs: Glyphs, generator: np.random.Generator) -> list[Grey]:
    """A random glyph, uint8 (28, 28), for each digit.

    Raises:
        LayoutError: a digit that is none of 0 to 9 or that has no glyph, or no digits at all.
    """
    chosen = []
    for digit in check_digits(digits):
        candidates = glyphs.of_digit(digit)
        if not len(candidates):
            raise LayoutError(f"there is no picture of a {digit} to choose from")
        chosen.append(glyphs.images[generator.choice(candidates)])
    return chosen


def check_digits(digits: Iterable[int]) -> list[int]:
    """The digits, if they are some.

    Raises:
        LayoutError: none at all, or something else than whole numbers from 0 to 9.
    """
    try:
        checked = [operator.index(digit) for digit in digits]
    except TypeError as error:
        raise LayoutError(f"digits are whole numbers from 0 to 9, such as [4, 1, 1], not {digits!r:.60}") from error
    if not checked:
        raise LayoutError("a string needs at least one digit")
    for digit in checked:
        if not 0 <= digit <= 9:
            raise LayoutError(f"{digit} is no digit: digits go from 0 to 9")
    return checked


def parse_digits(text: str) -> list[int]:
    """ "40950" -> [4, 0, 9, 5, 0].

    Raises:
        LayoutError: something else than the digits 0 to 9.
    """
    if not (text.isascii() and text.isdecimal()):
        raise LayoutError(f"{text!r} is no string of digits from 0 to 9")
    return [int(digit) for digit in text]


def overlapping_lengths(count: int, generator: np.random.Generator) -> list[int]:
    """Lengths of strings as the CRNN predecessor draws them: from 1 to 5, each as often as it is long."""
    return list(map(int, generator.choice(_LENGTHS, count, p=_LENGTHS / _LENGTHS.sum())))


def uniform_digits(length: int, generator: np.random.Generator) -> str:
    """Any digits, each as likely as any other, a leading zero too."""
    return "".join(map(str, generator.integers(0, 10, length)))


def place_side_by_side(
    cells: Sequence[Grey],
    spacing: float | Sequence[float] = 0.0,
    jitter: Sequence[float] | None = None,
    height: int | None = None,
) -> Grey:
    """Lay cells, uint8 (height, width) each, from left to right; where they overlap the lighter pixel wins.

    spacing: pixels between neighbours, one value or one a gap, negative to overlap them. jitter: pixels each cell is
    moved down by. height: of the result, by default that of the tallest cell; cells are centred in it. Returns uint8
    (height, width).

    Raises:
        LayoutError: the cells overlap by their whole width or more.
    """
    spacings = [spacing] * (len(cells) - 1) if isinstance(spacing, int | float) else spacing
    least = min(spacings, default=0)
    if least <= -min(cell.shape[1] for cell in cells):
        raise LayoutError(f"a spacing of {least} pixels would turn the order of the digits round")
    height = height or max(cell.shape[0] for cell in cells)
    lefts, position = [0], 0.0
    for cell, gap in zip(cells, spacings, strict=False):
        position += cell.shape[1] + gap
        lefts.append(round(position))
    width = max(left + cell.shape[1] for left, cell in zip(lefts, cells, strict=True))
    picture = np.zeros((height, width), np.uint8)
    for index, (left, cell) in enumerate(zip(lefts, cells, strict=True)):
        top = (height - cell.shape[0]) // 2 + round(jitter[index] if jitter is not None else 0)
        paste_lighter(picture, cell, left, top)
    return picture


def paste_lighter(picture: Grey, cell: Grey, left: int, top: int) -> None:
    """Paste a cell in place, clipped to the picture; the lighter pixel wins."""
    height, width = picture.shape
    rows = slice(max(0, top), min(height, top + cell.shape[0]))
    columns = slice(max(0, left), min(width, left + cell.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    target = picture[rows, columns]
    np.maximum(target, cell[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left], out=target)


def fit_width(picture: Grey, width: int, generator: np.random.Generator) -> Grey:
    """Pad a picture with black to a width, at random on the left and the right.

    Raises:
        LayoutError: the picture is wider than that.
    """
    blank = width - picture.shape[1]
    if blank < 0:
        raise LayoutError(f"the string takes {picture.shape[1]} pixels and does not fit a width of {width}")
    left = int(generator.integers(blank + 1))
    return np.pad(picture, ((0, 0), (left, blank - left)))


def scale(picture: Grey, factor: float) -> Grey:
    """Scale both sides of a picture."""
    height, width = picture.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def compose_mnist_string(
    digits: Iterable[int],
    glyphs: Glyphs,
    generator: np.random.Generator,
    *,
    spacing_range: tuple[float, float] = (0.0, 0.0),
    jitter: float = 0.0,
    size: int = GLYPH_SIDE,
    image_width: int | None = None,
) -> Grey:
    """A picture of MNIST digits, white on black, uint8 (size or more, width).

    spacing_range: pixels between the 28-pixel frames, one value a string drawn from it; negative overlaps them.
    jitter: each digit moves up or down by as much as this, in pixels of its 28. size: a digit's frame is then brought
    to this height, in pixels, and all with it. image_width: pads to it, in pixels, at random on both sides.

    Raises:
        LayoutError: no digits, one that is none, or more than fit `image_width`.
    """
    cells = sample_glyphs(digits, glyphs, generator)
    moves = generator.uniform(-jitter, jitter, len(cells))
    height = GLYPH_SIDE + 2 * int(np.ceil(jitter))
    picture = place_side_by_side(cells, generator.uniform(*spacing_range), list(moves), height)
    if size != GLYPH_SIDE:
        picture = scale(picture, size / GLYPH_SIDE)
    return picture if image_width is None else fit_width(picture, image_width, generator)


def compose_overlapping_string(
    length: int, glyphs: Glyphs, generator: np.random.Generator, *, image_width: int = 140, digits: str | None = None
) -> tuple[Grey, str]:
    """A picture as the CRNN predecessor makes them, and its label.

    No leading zero, one overlap a string uniform in 0 to 0.4 of 28 pixels, the lighter pixel wins, 32 pixels high,
    white on black, blank places left and right at random.
    """
    if digits is None:
        digits = str(generator.integers(1, 10, 1)[0]) + uniform_digits(length - 1, generator)
    overlap = generator.uniform(0, 0.4) * GLYPH_SIDE
    cells = sample_glyphs(parse_digits(digits), glyphs, generator)
    picture = place_side_by_side(cells, -overlap, height=32)
    return fit_width(picture, max(image_width, picture.shape[1]), generator), digits
