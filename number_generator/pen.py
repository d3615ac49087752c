"""Digits as pen strokes: UNIPEN files read, strokes drawn as a browser canvas draws them.

The data: E. Alpaydin and F. Alimoglu, Pen-Based Recognition of Handwritten Digits, UCI, CC BY 4.0.
UNIPEN: I. Guyon et al., UNIPEN project of on-line data exchange and recognizer benchmarks, ICPR 1994.
"""

import gzip
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from number_generator.errors import DigitSourceError, LayoutError
from number_generator.mnist import GLYPH_SIDE

Stroke = npt.NDArray[np.float64]

VALIDATION_WRITERS = frozenset({5, 10, 15, 20, 25, 30})
"""Of the 30 writers; nothing is ever trained on them."""

_GZIP, _COMPRESS = b"\x1f\x8b", b"\x1f\x9d"
_SUPERSAMPLING = 3
_CURVE_POINTS = 4
_TAPERING_SHARE = 0.35  # of a stroke's length, at each end
_PROFILE_ROWS = 24
_GLYPH_BOX = 20  # pixels of the longest side of MNIST's glyphs


@dataclass(frozen=True)
class PenDigit:
    """One digit by one writer. strokes: float64 (points, 2) each, x to the right, y down, its height from 0 to 1."""

    label: int
    writer: int
    strokes: tuple[Stroke, ...]


def read_unipen(path: Path) -> list[PenDigit]:
    """Read the digits of a UNIPEN file, gzipped or not.

    Raises:
        DigitSourceError: missing, or no such file.
    """
    try:
        content = path.read_bytes()
        if content.startswith(_COMPRESS):
            raise DigitSourceError(f"{path} is packed by compress; unpack it first: gzip -d {path}")
        text = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode()
        digits = [_parse_segment(segment) for segment in text.split(".SEGMENT DIGIT")[1:]]
    except OSError as error:
        raise DigitSourceError(f"cannot read {path}: {error.strerror or error}") from error
    except (EOFError, zlib.error, ValueError, IndexError) as error:
        raise DigitSourceError(f"{path} is damaged, or no UNIPEN file of digits") from error
    if not digits:
        raise DigitSourceError(f"{path} has no .SEGMENT DIGIT: not a UNIPEN file of digits")
    return digits


def part_writers(digits: Sequence[PenDigit]) -> tuple[list[PenDigit], list[PenDigit]]:
    """Part digits into those of the writers to train on and those of the validation writers."""
    return (
        [digit for digit in digits if digit.writer not in VALIDATION_WRITERS],
        [digit for digit in digits if digit.writer in VALIDATION_WRITERS],
    )


def by_writer(digits: Sequence[PenDigit]) -> dict[int, dict[int, list[PenDigit]]]:
    """Writer -> label -> digits."""
    table: dict[int, dict[int, list[PenDigit]]] = defaultdict(lambda: defaultdict(list))
    for digit in digits:
        table[digit.writer][digit.label].append(digit)
    return {writer: dict(labels) for writer, labels in table.items()}


def _parse_segment(segment: str) -> PenDigit:
    """One `.SEGMENT DIGIT n ? "8"`, `.COMMENT 8 writer number`, then pens down, `x y` rows, pens up; y points up."""
    lines = segment.splitlines()
    label = int(lines[0].split('"')[1])
    writer, strokes, points = 0, [], []  # type: ignore[var-annotated]
    for line in lines[1:]:
        fields = line.split()
        if not fields:
            continue
        if fields[0] == ".COMMENT":
            writer = int(fields[2])
        elif fields[0] == ".PEN_DOWN":
            points = []
        elif fields[0] == ".PEN_UP" and points:
            strokes.append(np.array(points, np.float64))
        elif not fields[0].startswith("."):
            points.append((float(fields[0]), -float(fields[1])))
    return PenDigit(label, writer, normalize(strokes))


def normalize(strokes: Sequence[Stroke]) -> tuple[Stroke, ...]:
    """Strokes of a digit, moved and scaled to the place and the height of a `PenDigit`'s."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    height = max(high[1] - low[1], (high[0] - low[0]) / 4, 1e-9)
    return tuple((stroke - low) / height for stroke in strokes)


def lay_out(
    digits: Sequence[PenDigit],
    *,
    height: float,
    gaps: Sequence[float],
    slant: float = 0.0,
    heights: Sequence[float] | None = None,
    drops: Sequence[float] | None = None,
) -> list[Stroke]:
    """Strokes of a string written from left to right, in pixels from (0, 0).

    height: of a digit, in pixels. gaps: between the ink of neighbours, in pixels, one fewer than the digits;
    negative ones overlap. slant: x moved a pixel of height. heights: each digit's own factor.
    drops: each digit's move down, in pixels.
    """
    laid: list[Stroke] = []
    position = 0.0
    for index, digit in enumerate(digits):
        size = height * (heights[index] if heights is not None else 1.0)
        drop = height - size + (drops[index] if drops is not None else 0.0)
        strokes = [np.column_stack((s[:, 0] - slant * (s[:, 1] - 1), s[:, 1])) * size for s in digit.strokes]
        left = min(float(s[:, 0].min()) for s in strokes)
        strokes = [s + (position - left, drop) for s in strokes]
        laid += strokes
        right = max(float(s[:, 0].max()) for s in strokes)
        position = right + (gaps[index] if index < len(gaps) else 0.0)
    low = np.min([stroke.min(axis=0) for stroke in laid], axis=0)
    return [stroke - low for stroke in laid]


def draw_strokes(
    strokes: Sequence[Stroke], size: tuple[int, int], pen_width: float, *, taper: float = 0.0
) -> npt.NDArray[np.uint8]:
    """Draw strokes, in pixels, with a round pen as a browser canvas does: smooth curves, antialiased.

    size: (width, height). taper: the share of its width that the pen loses towards the ends of a stroke.
    Returns the share of each pixel that is ink, uint8 (height, width), 255 for all of it.

    Raises:
        LayoutError: the pen has no width.
    """
    if pen_width <= 0:
        raise LayoutError("a pen needs a width above 0")
    width, height = size
    picture = Image.new("L", (width * _SUPERSAMPLING, height * _SUPERSAMPLING))
    draw = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = _thinned(smooth(stroke) * _SUPERSAMPLING, pen_width * _SUPERSAMPLING / 3)
        if taper and len(points) > 1:
            _draw_tapering(draw, points, pen_width * _SUPERSAMPLING, taper)
        else:
            _draw_even(draw, points, pen_width * _SUPERSAMPLING)
    return np.asarray(picture.reduce(_SUPERSAMPLING))


def _draw_even(draw: ImageDraw.ImageDraw, points: Stroke, pen_width: float) -> None:
    radius = pen_width / 2
    if len(points) > 1:
        draw.line(points.ravel().tolist(), fill=255, width=max(1, round(pen_width)))
    # Pillow leaves a notch where segments meet at an angle; a disc there, and at both ends, makes the pen round.
    for x, y in points[_is_corner(points, min(0.2, 1 / radius))].tolist():
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _draw_tapering(draw: ImageDraw.ImageDraw, points: Stroke, pen_width: float, taper: float) -> None:
    """Full pressure in the middle of a stroke, less at its ends."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    places = np.concatenate(([0.0], np.cumsum(lengths)))
    from_end = np.minimum(places, places[-1] - places) / max(places[-1], 1e-9)
    widths = np.maximum(1.0, pen_width * (1 - taper * np.maximum(0, 1 - from_end / _TAPERING_SHARE)))
    between = np.round((widths[:-1] + widths[1:]) / 2).astype(int).tolist()
    for start, end, width in zip(points[:-1].tolist(), points[1:].tolist(), between, strict=True):
        draw.line((*start, *end), fill=255, width=width)
    for (x, y), radius in zip(points.tolist(), (widths / 2).tolist(), strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _thinned(points: Stroke, spacing: float) -> Stroke:
    """About one point each `spacing` pixels: Pillow rounds to pixels, and turns short segments of a wide pen by it."""
    if len(points) < 3 or spacing < 2:
        return points
    places = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    kept = np.flatnonzero(np.diff(np.floor(places / spacing), prepend=-1))
    kept = np.append(kept[kept < len(points) - 1], len(points) - 1)
    return np.asarray(points[kept])


def _is_corner(points: Stroke, angle: float) -> npt.NDArray[np.bool_]:
    """Ends, and points where the path turns by more than an angle, in radians."""
    corner = np.ones(len(points), np.bool_)
    steps = np.diff(points, axis=0)
    before, after = steps[:-1], steps[1:]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    corner[1:-1] = np.abs(np.arctan2(cross, (before * after).sum(axis=1))) > angle
    return corner


def smooth(stroke: Stroke) -> Stroke:
    """Points of the quadratic curves between the midpoints of a stroke, as drawing canvases smooth the pen's path.

    In pixels: as many points as the longest step needs.
    """
    if len(stroke) < 3:
        return stroke
    longest = float(np.abs(np.diff(stroke, axis=0)).max())
    count = min(_CURVE_POINTS, 1 + int(longest / 3))
    middles = (stroke[:-1] + stroke[1:]) / 2
    start, control, end = middles[:-1, None], stroke[1:-1, None], middles[1:, None]  # (points - 2, 1, 2)
    t = (np.arange(count) / count)[None, :, None]
    curves = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    return np.concatenate((stroke[:1], curves.reshape(-1, 2), middles[-1:], stroke[-1:]))


def reach(left: Sequence[Stroke], right: Sequence[Stroke]) -> float:
    """How far apart two digits' boxes have to be, in their unit, for the digits to just touch; mostly below 0."""
    low = min(float(stroke[:, 1].min()) for stroke in (*left, *right))
    high = max(float(stroke[:, 1].max()) for stroke in (*left, *right))
    rows = np.linspace(low, high, _PROFILE_ROWS)
    ends = _rightmost(left, rows)
    starts = -_rightmost([stroke * (-1, 1) for stroke in right], rows)
    edge_left = max(float(stroke[:, 0].max()) for stroke in left)
    edge_right = min(float(stroke[:, 0].min()) for stroke in right)
    return -float(((edge_left - ends) + (starts - edge_right)).min())


def _rightmost(strokes: Sequence[Stroke], rows: Stroke) -> Stroke:
    """The largest x of strokes near each row, minus infinity where there is none."""
    step = rows[1] - rows[0] if rows[-1] > rows[0] else 1.0
    rightmost = np.full(len(rows), -np.inf)
    for stroke in strokes:
        count = 1 + 4 * (len(stroke) - 1)
        places = np.arange(count) / 4
        x, y = (np.interp(places, np.arange(len(stroke)), stroke[:, axis]) for axis in (0, 1))
        np.maximum.at(rightmost, np.round((y - rows[0]) / step).astype(int), x)
    return rightmost


def mnist_like_glyph(digit: PenDigit, generator: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A pen digit as MNIST has its glyphs: its longest side 20 pixels, centred by mass, uint8 (28, 28)."""
    pen_width = generator.uniform(1.6, 3.6)
    points = np.concatenate(digit.strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (_GLYPH_BOX - pen_width) / max(float((high - low).max()), 1e-9)
    strokes = [(stroke - (low + high) / 2) * scale + _GLYPH_BOX / 2 for stroke in digit.strokes]
    ink = draw_strokes(strokes, (_GLYPH_BOX, _GLYPH_BOX), pen_width)
    weights, places = ink / max(int(ink.sum()), 1), np.arange(0.5, _GLYPH_BOX)
    centre = np.array([weights.sum(axis=1) @ places, weights.sum(axis=0) @ places])
    top, left = np.clip(np.round(GLYPH_SIDE / 2 - centre), 0, GLYPH_SIDE - _GLYPH_BOX).astype(int).tolist()
    glyph = np.zeros((GLYPH_SIDE, GLYPH_SIDE), np.uint8)
    glyph[top : top + _GLYPH_BOX, left : left + _GLYPH_BOX] = ink
    return glyph
