"""Printed forms round a string: ruled and squared paper, a box or a comb's tooth a digit, a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from number_generator.errors import LayoutError

Grey = npt.NDArray[np.uint8]
Profile = npt.NDArray[np.float32]

Form = Literal["ruled", "squared", "boxes", "comb", "frame"]
FORMS: tuple[Form, ...] = get_args(Form)
FORMS_WITH_CELLS: tuple[Form, ...] = ("boxes", "comb")


@dataclass(frozen=True)
class FilledForm:
    """A string on a form. ink: uint8 (height, width), with paper added where the form is larger than the string.

    lines: the share of each pixel that is printed, uint8, 255 for all of it; centred on the ink, and as large or, where
    the lines run on over the page, larger.
    """

    ink: Grey
    lines: Grey


@dataclass(frozen=True)
class _Box:
    """Where the ink is, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def fill_form(
    form: Form, ink: Grey, generator: np.random.Generator, cells: Sequence[float] | None = None
) -> FilledForm:
    """Print a form round a string, white on black; digits may touch or cross its lines.

    cells: the borders of the digits' cells in the picture, in pixels, from left to right, all of one width.

    Raises:
        LayoutError: a form that has cells, but none are given.
    """
    if form in FORMS_WITH_CELLS and (cells is None or len(cells) < 2):
        raise LayoutError(f"{form} need the borders of the digits' cells")
    box = _ink_box(ink)
    pen = _Printer(ink.shape[1], ink.shape[0], box.height, generator)
    if form in ("ruled", "squared"):
        pen.extend(round(2 * box.height + 0.15 * ink.shape[1]), round(2 * box.height + 0.15 * ink.shape[1]))
        (_rule if form == "ruled" else _square)(pen, box, generator)
        return FilledForm(ink, pen.lines())
    empty = _empty_cells(generator)
    pitch = cells[1] - cells[0] if cells is not None else 0.7 * box.height
    left, right = (cells[0], cells[-1]) if cells is not None else (box.left, box.right)
    pen.extend(
        round(max(empty) * pitch + max(-left, right - ink.shape[1], 0) + 0.7 * box.height), round(0.7 * box.height)
    )
    outer = (left - empty[0] * pitch, right + empty[1] * pitch)
    if form == "frame":
        _frame(pen, box, outer, generator)
    else:
        borders = np.arange(outer[0], outer[1] + pitch / 2, pitch)
        (_boxes if form == "boxes" else _comb)(pen, box, borders, generator)
    return _cropped(ink, pen.lines())


def _ink_box(ink: Grey) -> _Box:
    rows, columns = np.flatnonzero(ink.max(axis=1) > 64), np.flatnonzero(ink.max(axis=0) > 64)
    if not len(rows):
        return _Box(0, 0, ink.shape[1], ink.shape[0])
    return _Box(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


def _empty_cells(generator: np.random.Generator) -> tuple[int, int]:
    """Left and right of the number."""
    if generator.random() < 0.6:
        return 0, 0
    left, right = generator.integers(0, 4, 2).tolist()
    return left, right


class _Printer:
    """Prints antialiased lines, in pixels of the ink's picture, of one width and kind."""

    def __init__(self, width: int, height: int, digit_height: float, generator: np.random.Generator) -> None:
        self.width, self.height = width, height
        self.digit_height = digit_height
        self.thickness = max(1.0, digit_height * generator.uniform(0.015, 0.05))
        self._generator = generator
        kind = generator.random()
        self._dash = 0.0 if kind < 0.75 else digit_height * generator.uniform(0.05, 0.3)
        self._is_broken = kind > 0.6
        self._dash_share = generator.uniform(0.35, 0.7)
        self._bleed_x = self._bleed_y = 0
        self._lines = np.zeros((height, width), np.float32)

    def extend(self, bleed_x: int, bleed_y: int) -> None:
        """Make room for lines round the ink's picture."""
        self._bleed_x, self._bleed_y = bleed_x, bleed_y
        self._lines = np.zeros((self.height + 2 * bleed_y, self.width + 2 * bleed_x), np.float32)

    @property
    def all_x(self) -> tuple[float, float]:
        return -self._bleed_x, self.width + self._bleed_x

    @property
    def all_y(self) -> tuple[float, float]:
        return -self._bleed_y, self.height + self._bleed_y

    def horizontal(self, ys: Sequence[float], start: float, stop: float) -> None:
        across = _coverage(self._lines.shape[0], np.asarray(ys) + self._bleed_y, self.thickness)
        along = self._along(self._lines.shape[1], start + self._bleed_x, stop + self._bleed_x)
        self._print(across, along)

    def vertical(self, xs: Sequence[float], start: float, stop: float) -> None:
        across = _coverage(self._lines.shape[1], np.asarray(xs) + self._bleed_x, self.thickness)
        along = self._along(self._lines.shape[0], start + self._bleed_y, stop + self._bleed_y)
        self._print(along, across)

    def _print(self, rows: Profile, columns: Profile) -> None:
        y, x = _filled(rows), _filled(columns)
        np.maximum(self._lines[y, x], rows[y, None] * columns[None, x], out=self._lines[y, x])

    def _along(self, size: int, start: float, stop: float) -> Profile:
        """How much of each pixel along a line is printed: all between its ends, less gaps of dashes and of wear."""
        half = self.thickness / 2
        profile = _coverage(size, np.array([(start + stop) / 2]), stop - start + 2 * half)
        if self._dash:
            phase = (np.arange(size) / self._dash + self._generator.random()) % 1
            profile *= np.clip((self._dash_share - phase) * self._dash + 0.5, 0, 1).astype(np.float32)
        if self._is_broken:
            for gap in self._generator.uniform(start, stop, 3):
                profile[max(0, int(gap)) : max(0, int(gap + self.digit_height * self._generator.uniform(0, 0.2)))] *= (
                    0.2
                )
        return profile

    def lines(self) -> Grey:
        return (self._lines * 255).astype(np.uint8)


def _filled(profile: Profile) -> slice:
    places = np.flatnonzero(profile)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)


def _coverage(size: int, centres: npt.NDArray[np.float64], thickness: float) -> Profile:
    """The share of each of `size` pixels that lines across them cover."""
    pixels = np.arange(size)[None]
    low, high = centres[:, None] - thickness / 2, centres[:, None] + thickness / 2
    shares = np.clip(np.minimum(pixels + 1, high) - np.maximum(pixels, low), 0, 1)
    return np.asarray(shares.max(axis=0, initial=0), np.float32)


def _rule(pen: _Printer, box: _Box, generator: np.random.Generator) -> None:
    """Lines over the whole page, one under the digits or, now and then, through them."""
    low, high = (-0.05, 0.2) if generator.random() < 0.8 else (-0.5, 0.0)
    base = box.bottom + generator.uniform(low, high) * box.height
    pitch = generator.uniform(1.2, 2.2) * box.height
    lines = [base] if generator.random() < 0.4 else _repeat(base, pitch, pen.all_y)
    pen.horizontal(lines, *pen.all_x)


def _square(pen: _Printer, box: _Box, generator: np.random.Generator) -> None:
    pitch = max(5.0, generator.uniform(0.25, 1.2) * box.height)
    pen.thickness = min(pen.thickness, 0.15 * pitch)
    first_x, first_y = generator.uniform(0, pitch, 2)
    pen.horizontal(_repeat(first_y, pitch, pen.all_y), *pen.all_x)
    pen.vertical(_repeat(first_x, pitch, pen.all_x), *pen.all_y)


def _repeat(place: float, pitch: float, ends: tuple[float, float]) -> list[float]:
    """All places at a pitch between two ends."""
    first = place - pitch * ((place - ends[0]) // pitch)
    return np.arange(first, ends[1], pitch).tolist()


def _padding(box: _Box, generator: np.random.Generator) -> tuple[float, float]:
    """Of a box above and below the digits, in pixels; they stick out now and then."""
    above, below = generator.uniform(0.06, 0.5, 2) * box.height
    if generator.random() < 0.15:
        below = generator.uniform(-0.08, 0.03) * box.height
    return above, below


def _frame(pen: _Printer, box: _Box, outer: tuple[float, float], generator: np.random.Generator) -> None:
    above, below = _padding(box, generator)
    left, right = outer + generator.uniform(0.08, 0.6, 2) * (-box.height, box.height)
    top, bottom = box.top - above, box.bottom + below
    pen.horizontal([top, bottom], left, right)
    pen.vertical([left, right], top, bottom)


def _boxes(pen: _Printer, box: _Box, borders: npt.NDArray[np.float64], generator: np.random.Generator) -> None:
    """A box a digit, wall to wall, or with gaps between them."""
    above, below = _padding(box, generator)
    top, bottom = box.top - above, box.bottom + below
    if generator.random() < 0.7:
        pen.horizontal([top, bottom], borders[0], borders[-1])
        pen.vertical(borders.tolist(), top, bottom)
        return
    gap = (borders[1] - borders[0]) * generator.uniform(0.04, 0.1)
    for left, right in zip(borders[:-1] + gap, borders[1:] - gap, strict=True):
        pen.horizontal([top, bottom], left, right)
        pen.vertical([left, right], top, bottom)


def _comb(pen: _Printer, box: _Box, borders: npt.NDArray[np.float64], generator: np.random.Generator) -> None:
    """A line under the digits, and ticks up from it between them."""
    base = box.bottom + max(_padding(box, generator)[1], 0.05 * box.height) / 2
    tick = generator.uniform(0.15, 0.6) * box.height
    pen.horizontal([base], borders[0], borders[-1])
    pen.vertical(borders.tolist(), base - tick, base)


def _cropped(ink: Grey, lines: Grey) -> FilledForm:
    """Without the blank paper round both."""
    bleed_y, bleed_x = (lines.shape[0] - ink.shape[0]) // 2, (lines.shape[1] - ink.shape[1]) // 2
    wide = np.pad(ink, ((bleed_y, bleed_y), (bleed_x, bleed_x)))
    rows, columns = _filled_uint8(lines.max(axis=1), bleed_y), _filled_uint8(lines.max(axis=0), bleed_x)
    return FilledForm(wide[rows, columns], lines[rows, columns])


def _filled_uint8(profile: Grey, bleed: int) -> slice:
    """What is printed on, and all of the ink's own picture."""
    places = np.flatnonzero(profile)
    first, last = (int(places[0]), int(places[-1])) if len(places) else (bleed, bleed)
    return slice(min(first, bleed), max(last + 1, len(profile) - bleed))
