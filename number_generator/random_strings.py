"""Endless strings as people write them, from both sources of digits, to train and to measure on."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator import paper
from number_generator.errors import DigitSourceError
from number_generator.mnist import GLYPH_SIDE, Glyphs
from number_generator.pen import PenDigit, Stroke, by_writer, draw_strokes, lay_out
from number_generator.strings import parse_digits, paste_lighter

Grey = npt.NDArray[np.uint8]

_CELL_SIDE = 36  # room for a turned and sheared glyph


def random_digits(generator: np.random.Generator, longest: int = 22) -> str:
    """Digits of a string: mostly 1 to 7 of them, some up to `longest`; now and then with runs of one digit."""
    kind = generator.random()
    low, high = (1, 7) if kind < 0.75 else (8, 12) if kind < 0.94 else (13, longest)
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

    def draw(self, digits: str, generator: np.random.Generator) -> Grey:
        cells = [self._glyph(digit, generator) for digit in parse_digits(digits)]
        if generator.random() < 0.6:
            cells = self._restyle(cells, generator)
        picture = self._place(cells, generator)
        if generator.random() < 0.25:
            picture = paper.change_thickness(picture, generator)
        return picture

    def _glyph(self, digit: int, generator: np.random.Generator) -> Grey:
        images = self._by_digit[digit]
        return images[generator.integers(len(images))]  # type: ignore[no-any-return]

    @staticmethod
    def _restyle(cells: Sequence[Grey], generator: np.random.Generator) -> list[Grey]:
        """One slant and turn a string, a little more a digit."""
        count = len(cells)
        slant = generator.normal(0, 0.12) + generator.normal(0, 0.04, count)
        turn = generator.normal(0, 0.05) + generator.normal(0, 0.05, count)
        wide = generator.uniform(0.85, 1.15) * generator.normal(1, 0.05, count)
        high = generator.normal(1, 0.06, count)
        return [_warp(cell, *style) for cell, *style in zip(cells, slant, turn, wide, high, strict=True)]

    @staticmethod
    def _place(cells: Sequence[Grey], generator: np.random.Generator) -> Grey:
        """Half by overlapping frames, half by gaps of ink; drifting and jumping off the line a little."""
        count = len(cells)
        if generator.random() < 0.5:
            bounds = [((cell.shape[1] - GLYPH_SIDE) // 2, (cell.shape[1] + GLYPH_SIDE) // 2) for cell in cells]
            gaps = np.full(count, -generator.uniform(-0.25, 0.42) * GLYPH_SIDE)
        else:
            bounds = [_ink_columns(cell) for cell in cells]
            gaps = generator.uniform(-1.5, 9) + generator.normal(0, generator.uniform(0, 2.5), count)
        moves = np.zeros(count)
        if generator.random() < 0.4:
            moves = generator.normal(0, 1.2, count) + generator.normal(0, 0.5) * np.arange(count)
        tallest = max(cell.shape[0] for cell in cells)
        lefts, position = [], 0.0
        for (left, right), gap in zip(bounds, gaps, strict=True):
            lefts.append(round(position) - left)
            position += max(right - left + gap, 2)
        tops = [round(move) + (tallest - cell.shape[0]) // 2 for move, cell in zip(moves, cells, strict=True)]
        low_x, low_y = min(lefts), min(tops)
        width = max(left + cell.shape[1] for left, cell in zip(lefts, cells, strict=True)) - low_x
        height = max(top + cell.shape[0] for top, cell in zip(tops, cells, strict=True)) - low_y
        picture = np.zeros((height, width), np.uint8)
        for left, top, cell in zip(lefts, tops, cells, strict=True):
            paste_lighter(picture, cell, left - low_x, top - low_y)
        return picture


def _warp(cell: Grey, slant: float, turn: float, wide: float, high: float) -> Grey:
    """Shear, turn (radians) and scale a glyph about its centre, into a larger cell."""
    cosine, sine = math.cos(turn), math.sin(turn)
    forward = np.array([[cosine, -sine], [sine, cosine]]) @ np.array([[wide, -slant * high], [0, high]])
    inverse = np.linalg.inv(forward)
    centre_out, centre_in = _CELL_SIDE / 2, cell.shape[0] / 2
    offset = centre_in - inverse @ (centre_out, centre_out)
    coefficients = (*inverse[0], offset[0], *inverse[1], offset[1])
    image = Image.fromarray(cell)
    return np.asarray(
        image.transform(
            (_CELL_SIDE, _CELL_SIDE), Image.Transform.AFFINE, coefficients, resample=Image.Resampling.BILINEAR
        )
    )


def _ink_columns(cell: Grey) -> tuple[int, int]:
    columns = np.flatnonzero(cell.max(axis=0) > 64)
    return (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, cell.shape[1])


class PenStrings:
    """Strings of pen strokes, each by one writer with one pen; every call of `draw` makes another, white on black."""

    def __init__(self, digits: Sequence[PenDigit]) -> None:
        self._writers = list(by_writer(digits).values())
        if not self._writers or any(len(labels) < 10 for labels in self._writers):
            raise DigitSourceError("strings need writers, and every digit from each of them")

    def write(
        self, digits: str, generator: np.random.Generator, height: float, *, touching: bool = False
    ) -> list[Stroke]:
        """Strokes of a string from (0, 0), in pixels; `height`: of a digit."""
        writer = self._writers[generator.integers(len(self._writers))]
        chosen = [writer[int(d)][generator.integers(len(writer[int(d)]))] for d in digits]
        count = len(digits)
        wide = generator.uniform(0.75, 1.2)
        chosen = [PenDigit(d.label, d.writer, tuple(s * (wide, 1) for s in d.strokes)) for d in chosen]
        mean = generator.uniform(-0.08, 0.1) if touching else generator.uniform(0.08, 0.6)
        gaps = (mean + generator.normal(0, generator.uniform(0, 0.12), count)) * height
        strokes = lay_out(
            chosen,
            height=height,
            gaps=list(gaps),
            slant=generator.normal(0, 0.15),
            heights=list(np.clip(generator.normal(1, 0.07, count), 0.7, 1.3)),
            drops=list(generator.normal(0, 0.04, count) * height),
        )
        angle = generator.normal(0, 0.025)
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        strokes = [stroke @ turn for stroke in strokes]
        low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
        return [stroke - low for stroke in strokes]

    def draw(self, digits: str, generator: np.random.Generator) -> Grey:
        height = generator.uniform(24, 52)
        strokes = self.write(digits, generator, height, touching=generator.random() < 0.25)
        pen_width = max(1.0, height * generator.uniform(0.04, 0.2))
        margin = pen_width / 2 + 1
        size = np.ceil(np.max([stroke.max(axis=0) for stroke in strokes], axis=0) + 2 * margin).astype(int)
        return draw_strokes([stroke + margin for stroke in strokes], (int(size[0]), int(size[1])), pen_width)
