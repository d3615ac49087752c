"""Endless strings as people write them, from both sources of digits, to train and to measure on."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from number_generator.errors import DigitSourceError
from number_generator.glyphs import random_bend, warp_glyph
from number_generator.habits import random_habits, write_by
from number_generator.line_style import LineStyle, neat_line, random_line
from number_generator.mnist import GLYPH_SIDE, Glyphs
from number_generator.pen import PenDigit, Stroke, by_writer, draw_strokes, lay_out, reach
from number_generator.strings import parse_digits, paste_lighter
from number_generator.strokes import change_thickness
from number_generator.tracing import trace_glyph
from number_generator.variation import vary_strokes

Grey = npt.NDArray[np.uint8]

_GLYPH_HEIGHT = 20  # pixels of most of MNIST's glyphs
_DEEPEST_OVERLAP = -0.15  # digit heights: a 7 may hang over a 4, but no further
_LEAST_SHIFT = 0.25  # digit heights between the same edges of neighbours: a 1 on a 1 would be one 1
_PITCHES = (0.8, 1.6)  # digit heights from cell to cell


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
        pitch = generator.uniform(*_PITCHES) * _GLYPH_HEIGHT
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
                gap = max(gap, _deepest_overlap(narrower) * _GLYPH_HEIGHT)
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


class PenStrings:
    """Strings of pen strokes, each by one writer with one pen; every call of `draw` makes another, white on black.

    varied_share: of the strings whose digits are varied beyond what their writer wrote.
    """

    def __init__(self, digits: Sequence[PenDigit], varied_share: float = 0.0) -> None:
        self._varied_share = varied_share
        self._writers = list(by_writer(digits).values())
        if not self._writers or any(len(labels) < 10 for labels in self._writers):
            raise DigitSourceError("strings need writers, and every digit from each of them")

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
        pitch = generator.uniform(*_PITCHES) * height
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

    def _pick(self, digits: str, generator: np.random.Generator) -> list[PenDigit]:
        """All by one writer."""
        writer = self._writers[generator.integers(len(self._writers))]
        return [writer[int(d)][generator.integers(len(writer[int(d)]))] for d in digits]


class TracedStrings(PenStrings):
    """Strings of glyphs as pens might have written them: strokes that their lines are traced to, when first needed.

    Of many more hands than there are pen writers; who wrote a glyph is not known, so a string is of several hands.
    """

    def __init__(self, glyphs: Glyphs, varied_share: float = 0.0) -> None:
        self._varied_share = varied_share
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
        gaps[index] = max(reach(left, right) - generator.uniform(-0.01, 0.07), _deepest_overlap(narrower))
    return gaps


def _deepest_overlap(narrower: float) -> float:
    """The least gap between neighbours, in digit heights, by the width of the narrower one."""
    return max(_DEEPEST_OVERLAP, _LEAST_SHIFT - narrower)


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
