"""Endless strings as people write them, of MNIST's glyphs; those of strokes are stroke_strings."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from number_generator.glyphs import random_bend, warp_glyph
from number_generator.line_style import PITCHES, LineStyle, deepest_overlap, neat_line, random_line
from number_generator.mnist import GLYPH_SIDE, Glyphs
from number_generator.strings import parse_digits, paste_lighter
from number_generator.strokes import change_thickness

Grey = npt.NDArray[np.uint8]

_GLYPH_HEIGHT = 20  # pixels of most of MNIST's glyphs


def random_digits(generator: np.random.Generator, longest: int = 22) -> str:
    """Digits of a string: mostly 1 to 7 of them, some up to `longest`; now and then with runs of one digit.

    Single digits are the hardest to tell, without neighbours to compare them with.
    """
    kind = generator.random()
    low, high = (1, 1) if kind < 0.12 else (1, 7) if kind < 0.75 else (8, 12) if kind < 0.94 else (13, longest)
    length = int(generator.integers(min(low, longest), min(high, longest) + 1))
    digits = generator.integers(0, 10, length)
    if generator.random() < 0.12:
        repeat = generator.random(length) < 0.6
        for index in range(1, length):
            if repeat[index]:
                digits[index] = digits[index - 1]
    return "".join(map(str, digits))


class MnistStrings:
    """Strings of MNIST glyphs; every call of `draw` makes another picture, white on black."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._by_digit = [glyphs.images[glyphs.of_digit(digit)] for digit in range(10)]

    def draw(self, digits: str, generator: np.random.Generator, *, touching: bool | None = None) -> Grey:
        """A picture of a string. touching: whether neighbours touch; by default now and then."""
        line = random_line(len(digits), generator, touching=touching)
        cells = self._cells(digits, line, generator)
        if touching is None and generator.random() < 0.5:
            picture = self._overlap_frames(cells, generator)
        else:
            picture = self._place(cells, line, generator)
        if not touching and generator.random() < 0.25:  # thinner strokes may part again
            picture = change_thickness(picture, generator)
        return picture

    def draw_in_cells(self, digits: str, generator: np.random.Generator) -> tuple[Grey, list[float]]:
        """A picture with a digit a cell of one width, and the borders of the cells, in pixels."""
        line = neat_line(len(digits), generator)
        pitch = generator.uniform(*PITCHES) * _GLYPH_HEIGHT
        jitter = generator.normal(0, 1, (2, len(digits))) * ((0.05 * pitch,), (0.05 * _GLYPH_HEIGHT,))
        cells = self._cells(digits, line, generator)
        centres = (np.arange(len(digits)) + 0.5) * pitch
        bounds = [_ink_columns(cell) for cell in cells]
        lefts = [
            round(centre + move - (low + high) / 2)
            for centre, move, (low, high) in zip(centres, jitter[0], bounds, strict=True)
        ]
        picture, left = _paste(cells, lefts, jitter[1])
        borders = np.arange(len(digits) + 1) * pitch - left
        if generator.random() < 0.25:
            return change_thickness(picture, generator), (2 * borders).tolist()
        return picture, borders.tolist()

    def _cells(self, digits: str, line: LineStyle, generator: np.random.Generator) -> list[Grey]:
        cells = [self._glyph(digit, generator) for digit in parse_digits(digits)]
        return self._restyle(cells, line, generator) if generator.random() < 0.9 else cells

    def _glyph(self, digit: int, generator: np.random.Generator) -> Grey:
        images = self._by_digit[digit]
        return images[generator.integers(len(images))]  # type: ignore[no-any-return]

    @staticmethod
    def _restyle(cells: Sequence[Grey], line: LineStyle, generator: np.random.Generator) -> list[Grey]:
        """One slant and turn a string, a little more a digit; most are bent."""
        count = len(cells)
        spread = 1.3 if generator.random() < 0.25 else 1.0
        slant = generator.normal(0, 0.12 * spread) + generator.normal(0, 0.04, count)
        turn = line.slope + generator.normal(0, 0.05 * spread) + generator.normal(0, 0.05, count)
        wide = generator.uniform(0.85, 1.15) * generator.normal(1, 0.05 * spread, count)
        high = generator.normal(1, 0.05 * spread, count)
        if abs(line.slant) > 0.3:
            slant += line.slant
        bent = generator.uniform(0.4, 1.5) if generator.random() < 0.7 else 0.0
        bends = [random_bend(generator, bent) if bent else None for _ in cells]
        styles = (np.clip(slant, -0.45, 0.45), turn, wide * line.sizes, high * line.sizes)
        return [warp_glyph(*each) for each in zip(cells, *styles, bends, strict=True)]

    @staticmethod
    def _overlap_frames(cells: Sequence[Grey], generator: np.random.Generator) -> Grey:
        """As the predecessor does, by one distance between the glyphs' frames, whatever ink is in them."""
        pitch = (1 - generator.uniform(-0.25, 0.42)) * GLYPH_SIDE
        lefts = [round(index * pitch) - (cell.shape[1] - GLYPH_SIDE) // 2 for index, cell in enumerate(cells)]
        moves = np.zeros(len(cells))
        if generator.random() < 0.3:
            moves = generator.normal(0, 1.2, len(cells)) + generator.normal(0, 0.5) * np.arange(len(cells))
        return _paste(cells, lefts, moves)[0]

    @staticmethod
    def _place(cells: Sequence[Grey], line: LineStyle, generator: np.random.Generator) -> Grey:
        """By gaps between ink, up and down the line."""
        gaps = line.gaps * _GLYPH_HEIGHT
        lefts: list[int] = []
        drops = line.drops * (generator.random() < 0.6) * _GLYPH_HEIGHT
        position = 0.0
        for index, cell in enumerate(cells):
            low, high = _ink_columns(cell)
            lefts.append(round(position) - low)
            drops[index] += position * math.tan(line.slope)
            gap = gaps[index]
            if line.touching[index] and index + 1 < len(cells):
                overlap = generator.uniform(0.5, 2)
                next_low, next_high = _ink_columns(cells[index + 1])
                narrower = min(high - low, next_high - next_low) / _GLYPH_HEIGHT
                gap = _reach_of_glyphs(cell, cells[index + 1]) - overlap
                gap = max(gap, deepest_overlap(narrower) * _GLYPH_HEIGHT)
            position += max(high - low + gap, 2)
        return _paste(cells, lefts, drops)[0]


def _paste(cells: Sequence[Grey], lefts: Sequence[int], moves: npt.NDArray[np.float64]) -> tuple[Grey, int]:
    """Cells at their places, each moved down, in a picture that holds them all, and the x that it starts at."""
    tallest = max(cell.shape[0] for cell in cells)
    tops = [round(move) + (tallest - cell.shape[0]) // 2 for move, cell in zip(moves, cells, strict=True)]
    low_x, low_y = min(lefts), min(tops)
    width = max(left + cell.shape[1] for left, cell in zip(lefts, cells, strict=True)) - low_x
    height = max(top + cell.shape[0] for top, cell in zip(tops, cells, strict=True)) - low_y
    picture = np.zeros((height, width), np.uint8)
    for left, top, cell in zip(lefts, tops, cells, strict=True):
        paste_lighter(picture, cell, left - low_x, top - low_y)
    return picture, low_x


def _ink_columns(cell: Grey) -> tuple[int, int]:
    columns = np.flatnonzero(cell.max(axis=0) > 64)
    return (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, cell.shape[1])


def _reach_of_glyphs(left: Grey, right: Grey) -> float:
    """The gap between the ink's boxes, in pixels, at which two glyphs of one size just touch; mostly below 0."""
    ink_left, ink_right = left > 64, right > 64
    common = ink_left.any(axis=1) & ink_right.any(axis=1)
    if not common.any():
        return 0.0
    after = ink_left[common, ::-1].argmax(axis=1) - (left.shape[1] - _ink_columns(left)[1])
    before = ink_right[common].argmax(axis=1) - _ink_columns(right)[0]
    return -float((after + before).min())
