"""A picture of given digits, black on white: spaced, brought to a width and augmented as asked."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator.augmentation import Augmentation, print_string, random_augmentation, warp_digits
from number_generator.errors import LayoutError
from number_generator.glyphs import CELL_SIDE
from number_generator.mnist import GLYPH_SIDE, Glyphs
from number_generator.strings import fit_width, parse_digits, place_side_by_side, sample_glyphs, scale

Grey = npt.NDArray[np.uint8]
Augment = bool | Augmentation
"""False: none. True: a random mix, another one for every picture."""

NARROWEST_DIGIT = 10
"""Pixels of a digit's frame of 28, squeezed as far as it is still read."""

_RIM = (CELL_SIDE - GLYPH_SIDE) // 2


@dataclass(frozen=True)
class Layout:
    """How the digits of a string stand.

    image_width: pixels; a string that is narrower gets blank paper on both sides, at random, and one that is wider is
    squeezed; None for as wide as the string. spacing_range: pixels between the frames of neighbours, 28 wide, drawn for
    each gap; negative overlaps them. jitter: each digit moves up or down by as much as this, in pixels of its 28.
    height: a digit's frame is then brought to this height, in pixels, and all with it.

    Raises:
        LayoutError: something that cannot be.
    """

    image_width: int | None = None
    spacing_range: tuple[float, float] = (0.0, 0.0)
    jitter: float = 0.0
    height: int = GLYPH_SIDE

    def __post_init__(self) -> None:
        low, high = self.spacing_range
        if not -GLYPH_SIDE < low <= high < math.inf:
            raise LayoutError(f"a spacing goes from its least, above -{GLYPH_SIDE}, to its most, not {low} to {high}")
        if self.image_width is not None and self.image_width < 1:
            raise LayoutError(f"a picture is at least 1 pixel wide, not {self.image_width}")
        if not 0 <= self.jitter < math.inf or self.height < 1:
            raise LayoutError("a jitter is 0 or more, a height at least 1 pixel")

    def width_for(self, count: int) -> int:
        """Pixels that any string of so many digits fits: `image_width`, or as wide as the widest.

        Raises:
            LayoutError: `image_width` is too narrow for so many digits.
        """
        factor = self.height / GLYPH_SIDE
        if self.image_width is None:
            widest = math.ceil(count * GLYPH_SIDE + (count - 1) * self.spacing_range[1])
            return max(1, round(widest * factor))
        narrowest = math.ceil(factor * count * NARROWEST_DIGIT)
        if self.image_width < narrowest:
            raise LayoutError(
                f"a picture of {count} digits has to be at least {narrowest} pixels wide, not {self.image_width}"
            )
        return self.image_width


def compose_number(
    digits: Iterable[int], glyphs: Glyphs, generator: np.random.Generator, layout: Layout, augment: Augment = False
) -> Grey:
    """A picture of digits, black on white, uint8 (height, width); without jitter `layout.height` high.

    Raises:
        LayoutError: no digits, one that is none, or more than fit `layout.image_width`.
    """
    augmentation = random_augmentation(generator) if augment is True else augment or None
    cells = sample_glyphs(digits, glyphs, generator)
    if layout.image_width is not None:
        layout.width_for(len(cells))
    ink = _to_width(_place(cells, layout, augmentation, generator), layout, generator)
    return 255 - ink if augmentation is None else print_string(ink, augmentation, generator)


def draw_pictures(
    numbers: Iterable[str], glyphs: Glyphs, generator: np.random.Generator, layout: Layout, augment: Augment = False
) -> Iterator[tuple[str, Grey]]:
    """Each number with its picture, one at a time, as `compose_number` makes it."""
    for number in numbers:
        yield number, compose_number(parse_digits(number), glyphs, generator, layout, augment)


def to_floats(picture: Grey) -> npt.NDArray[np.float32]:
    """Levels from 0, black, to 1, white."""
    return np.asarray(picture / np.float32(255), np.float32)


def _place(
    cells: list[Grey], layout: Layout, augmentation: Augmentation | None, generator: np.random.Generator
) -> Grey:
    """White on black, (28 and twice the jitter, width)."""
    gaps = generator.uniform(*layout.spacing_range, len(cells) - 1)
    moves = generator.uniform(-layout.jitter, layout.jitter, len(cells))
    height = GLYPH_SIDE + 2 * math.ceil(layout.jitter)
    if augmentation is None:
        return place_side_by_side(cells, gaps.tolist(), moves.tolist(), height)
    warped = warp_digits(cells, augmentation, generator)
    return place_side_by_side(warped, (gaps - 2 * _RIM).tolist(), moves.tolist(), height)[:, _RIM:-_RIM]


def _to_width(ink: Grey, layout: Layout, generator: np.random.Generator) -> Grey:
    if layout.height != GLYPH_SIDE:
        ink = scale(ink, layout.height / GLYPH_SIDE)
    width = layout.image_width
    if width is None:
        return ink
    if ink.shape[1] > width:
        return np.asarray(Image.fromarray(ink).resize((width, ink.shape[0]), Image.Resampling.BILINEAR))
    return fit_width(ink, width, generator)
