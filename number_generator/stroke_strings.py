"""Endless strings as people write them with a pen: of strokes of writers, and of those that glyphs are traced to."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from number_generator.errors import DigitSourceError
from number_generator.habits import random_habits, write_by
from number_generator.line_style import PITCHES, LineStyle, deepest_overlap, neat_line, random_line
from number_generator.mnist import Glyphs
from number_generator.pen import PenDigit, Stroke, by_writer, draw_strokes, lay_out, reach
from number_generator.strings import parse_digits
from number_generator.tracing import trace_glyph
from number_generator.variation import vary_strokes

Grey = npt.NDArray[np.uint8]


class StrokeStrings(ABC):
    """Strings of strokes, each by one pen; every call of `draw` makes another, white on black.

    varied_share: of the strings whose digits are varied beyond what was written.
    """

    def __init__(self, varied_share: float) -> None:
        self._varied_share = varied_share

    def write(
        self, digits: str, generator: np.random.Generator, height: float, line: LineStyle | None = None
    ) -> list[Stroke]:
        """Strokes of a string from (0, 0), in pixels. height: of a digit. line: by default a neat one."""
        chosen = self._choose(digits, generator)
        line = line or neat_line(len(digits), generator)
        chosen = [_stretched(digit, line.wide) for digit in chosen]
        strokes = lay_out(
            chosen,
            height=height,
            gaps=list(_gaps(chosen, line, generator) * height),
            slant=line.slant,
            heights=list(line.sizes),
            drops=list(line.drops * height),
        )
        turn = np.array([[math.cos(line.slope), math.sin(line.slope)], [-math.sin(line.slope), math.cos(line.slope)]])
        return _from_origin([stroke @ turn for stroke in strokes])

    def draw(
        self,
        digits: str,
        generator: np.random.Generator,
        *,
        height: float | None = None,
        touching: bool | None = None,
    ) -> Grey:
        """A picture of a string. height: of a digit, in pixels; touching: whether neighbours touch, else by chance."""
        height = height or generator.uniform(24, 52)
        line = random_line(len(digits), generator, touching=touching)
        return _draw(self.write(digits, generator, height, line), height, generator)[0]

    def draw_in_cells(
        self, digits: str, generator: np.random.Generator, *, height: float | None = None
    ) -> tuple[Grey, list[float]]:
        """A picture with a digit a cell of one width, and the borders of the cells, in pixels."""
        height = height or generator.uniform(24, 52)
        line = neat_line(len(digits), generator)
        pitch = generator.uniform(*PITCHES) * height
        strokes: list[Stroke] = []
        for index, digit in enumerate(self._choose(digits, generator)):
            size = height * line.sizes[index]
            laid = lay_out([_stretched(digit, line.wide)], height=size, gaps=[], slant=line.slant)
            middle = max(stroke[:, 0].max() for stroke in laid) / 2
            left = (index + 0.5 + generator.normal(0, 0.05)) * pitch - middle
            strokes += [stroke + (left, height - size + line.drops[index] * height) for stroke in laid]
        low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
        picture, margin = _draw([stroke - low for stroke in strokes], height, generator)
        return picture, (np.arange(len(digits) + 1) * pitch - low[0] + margin).tolist()

    def _choose(self, digits: str, generator: np.random.Generator) -> list[PenDigit]:
        chosen = self._pick(digits, generator)
        if generator.random() < self._varied_share:
            habits = random_habits(generator)
            chosen = [vary_strokes(write_by(habits, digit, generator), generator) for digit in chosen]
        return chosen

    @abstractmethod
    def _pick(self, digits: str, generator: np.random.Generator) -> list[PenDigit]:
        """A written digit for each."""


class PenStrings(StrokeStrings):
    """Of a data set of pen strokes, each string by one writer."""

    def __init__(self, digits: Sequence[PenDigit], varied_share: float = 0.0) -> None:
        super().__init__(varied_share)
        self._writers = list(by_writer(digits).values())
        if not self._writers or any(len(labels) < 10 for labels in self._writers):
            raise DigitSourceError("strings need writers, and every digit from each of them")

    def _pick(self, digits: str, generator: np.random.Generator) -> list[PenDigit]:
        writer = self._writers[generator.integers(len(self._writers))]
        return [writer[int(d)][generator.integers(len(writer[int(d)]))] for d in digits]


class TracedStrings(StrokeStrings):
    """Of glyphs as pens might have written them: strokes that their lines are traced to, when first needed.

    Of many more hands than there are pen writers; who wrote a glyph is not known, so a string is of several hands.
    """

    def __init__(self, glyphs: Glyphs, varied_share: float = 0.0) -> None:
        super().__init__(varied_share)
        self._images = glyphs.images
        self._by_digit = [glyphs.of_digit(digit) for digit in range(10)]
        self._traced: dict[int, PenDigit | None] = {}

    def _pick(self, digits: str, generator: np.random.Generator) -> list[PenDigit]:
        return [self._pick_one(digit, generator) for digit in parse_digits(digits)]

    def _pick_one(self, digit: int, generator: np.random.Generator) -> PenDigit:
        while True:
            index = int(generator.choice(self._by_digit[digit]))
            if index not in self._traced:
                self._traced[index] = trace_glyph(self._images[index], digit)
            found = self._traced[index]
            if found is not None:
                return found


def _stretched(digit: PenDigit, wide: float) -> PenDigit:
    return PenDigit(digit.label, digit.writer, tuple(stroke * (wide, 1) for stroke in digit.strokes))


def _from_origin(strokes: Sequence[Stroke]) -> list[Stroke]:
    low = np.min([stroke.min(axis=0) for stroke in strokes], axis=0)
    return [stroke - low for stroke in strokes]


def _gaps(digits: Sequence[PenDigit], line: LineStyle, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """The line's, in digit heights, but where digits touch what it takes for that."""
    gaps = line.gaps.copy()
    for index in np.flatnonzero(line.touching[:-1]).tolist():
        left, right = ([_slanted(stroke, line, at) for stroke in digits[at].strokes] for at in (index, index + 1))
        narrower = min(_width(left), _width(right))
        gaps[index] = max(reach(left, right) - generator.uniform(-0.01, 0.07), deepest_overlap(narrower))
    return gaps


def _width(strokes: Sequence[Stroke]) -> float:
    x = np.concatenate([stroke[:, 0] for stroke in strokes])
    return float(x.max() - x.min())


def _slanted(stroke: Stroke, line: LineStyle, index: int) -> Stroke:
    """A stroke of a digit as `lay_out` will have it on the line."""
    x, y = stroke[:, 0] - line.slant * (stroke[:, 1] - 1), stroke[:, 1] - 1
    return np.asarray(np.column_stack((x, y)) * line.sizes[index] + (0, line.drops[index]))


def _draw(strokes: Sequence[Stroke], height: float, generator: np.random.Generator) -> tuple[Grey, float]:
    """Strokes from (0, 0) by any pen, from a fine to a bold one, and the margin round them, in pixels."""
    pen_width = max(1.0, height * math.exp(generator.uniform(math.log(0.03), math.log(0.18))))
    taper = generator.uniform(0.3, 0.85) if generator.random() < 0.25 else 0.0
    margin = pen_width / 2 + 1
    size = np.ceil(np.max([stroke.max(axis=0) for stroke in strokes], axis=0) + 2 * margin).astype(int)
    moved = [stroke + margin for stroke in strokes]
    return draw_strokes(moved, (int(size[0]), int(size[1])), pen_width, taper=taper), margin
