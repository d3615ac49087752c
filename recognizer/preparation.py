"""The one preparation: a grey picture -> what the network sees. Training and serving both call it."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from recognizer.ink import (
    Grey,
    Ink,
    Strokes,
    find_ink,
    find_strokes,
    halve,
    halvings,
    is_ink_light,
)
from recognizer.lines import find_angle, may_hold_lines, without_frames, without_lines
from recognizer.neighbours import without_neighbours
from recognizer.sheet import find_sheet

Matrix = npt.NDArray[np.float64]

PREPARATION_VERSION = 5
"""Raise it whenever the same picture would be prepared differently: the model was trained on what this makes."""

HEIGHT = 32
"""Pixels of every prepared picture; the ink takes all but a margin above and below."""
MARGIN = 2
WIDTH_STEP = 32
MINIMUM_WIDTH = 64
MAXIMUM_WIDTH = 2048
"""Pixels, about a hundred digits; wider ink is squeezed."""
MAXIMUM_MAGNIFICATION = 4.0
"""Ink lower than this allows stays low: a dash must not become a beam."""

_OVERVIEW_PIXELS = 40_000
_OVERVIEW_SHARE = 0.1  # of a larger picture's pixels
_OVERVIEW_MOST = 600_000
_FINE_HEIGHT = 40  # pixels of ink, at the least, in the picture that the strokes are cut from
_FINE_FORM_HEIGHT = 80  # the same where there may be lines: digits may be far lower than all ink
_FINE_MARGIN = 0.3  # of the ink's height, round it
_FINE_PIXELS = 600_000

_LEAST_TURN = 0.008  # radians: less is not worth blurring the strokes
_MOST_TURN = 0.2
_SLOPE_DEVIATION = 0.05  # radians, of how people write and take photos
_DIGIT_DEVIATION = 0.12  # of a digit's middle from the line, in heights
_DIGIT_PITCH = 0.8  # heights


@dataclass(frozen=True)
class Prepared:
    """Ink of one picture at the network's height.

    pixels: uint8 (HEIGHT, width), ink bright on 0, width a multiple of WIDTH_STEP.
    to_picture: float64 (2, 3), takes (column, row, 1) of it to (x, y) in the picture, in pixels.
    columns: those of the ink, without margin and padding.
    """

    pixels: Grey
    to_picture: Matrix
    columns: tuple[int, int]

    @property
    def magnification(self) -> float:
        """Of the ink, from the picture to `pixels`."""
        return 1 / float(np.hypot(*self.to_picture[:, 0]))


@dataclass(frozen=True)
class _Seen:
    """Ink and its strokes, as they are in a picture."""

    ink: Ink
    strokes: Strokes


@dataclass(frozen=True)
class _Found:
    """Ink with its text upright; bounds: left, top, right, bottom; to_source: float64 (3, 3), to the picture given."""

    ink: Ink
    bounds: tuple[int, int, int, int]
    to_source: Matrix


def prepare(picture: Grey) -> Prepared | None:
    """Find the ink in a grey picture, uint8 (height, width), of either polarity, and bring it to HEIGHT.

    Returns None where there is no ink.
    """
    times, overview = _overview(picture)
    sheet = find_sheet(picture, overview, 2**times)
    if sheet is None:
        return _prepare(picture, times, overview)
    prepared = _prepare(sheet.pixels, *_overview(sheet.pixels))
    place = np.array([[0, 0, sheet.left], [0, 0, sheet.top]])
    return prepared and replace(prepared, to_picture=prepared.to_picture + place)


def _overview(picture: Grey) -> tuple[int, Grey]:
    """How often a picture is halved to find the text in it, and what comes of that."""
    times = halvings(picture, min(max(_OVERVIEW_PIXELS, _OVERVIEW_SHARE * picture.size), _OVERVIEW_MOST))
    return times, halve(picture, times)


def _prepare(picture: Grey, times: int, overview: Grey) -> Prepared | None:
    ink_is_light = is_ink_light(overview)
    seen = _see(overview, ink_is_light)
    part, left, top = picture, 0, 0
    if not times or seen is None:  # the overview is the whole, or what is thin or faint is lost in it
        fine_times = halvings(part, _FINE_PIXELS)
    else:
        bounds = _bounds(seen.strokes)
        part, left, top = _cut_out(picture, bounds, 2**times)
        least_height = _FINE_FORM_HEIGHT if may_hold_lines(seen.strokes) else _FINE_HEIGHT
        fine_times = max(_fine_halvings(bounds, 2**times, least_height), halvings(part, _FINE_PIXELS))
    if fine_times >= times:  # a closer look would show no more
        part, left, top, fine_times = overview, 0, 0, times
    else:
        part = halve(part, fine_times)
        seen = _see(part, ink_is_light)
    found = _find(seen) or _find(_see(part, not ink_is_light))  # a dark border can outweigh pale ink
    if found is None:
        return None
    place = np.array([[2.0**fine_times, 0, left], [0, 2.0**fine_times, top], [0, 0, 1]])
    return _scale_to_height(_Found(found.ink, found.bounds, place @ found.to_source))


def _see(picture: Grey, ink_is_light: bool) -> _Seen | None:
    """Ink and strokes of a picture; None where there are none."""
    ink = find_ink(picture, ink_is_light)
    if ink is None:
        return None
    strokes = find_strokes(ink.mask())
    return _Seen(ink, strokes) if len(strokes) else None


def _cut_out(picture: Grey, bounds: tuple[int, int, int, int], factor: int) -> tuple[Grey, int, int]:
    """What lies round bounds found at a reduced size, with a margin, and where its left and top are."""
    left, top, right, bottom = (side * factor for side in bounds)
    margin = _FINE_MARGIN * (bottom - top) + 4 * factor
    row, column = max(0, int(top - margin)), max(0, int(left - margin))
    return picture[row : int(bottom + margin) + 1, column : int(right + margin) + 1], column, row


def _fine_halvings(bounds: tuple[int, int, int, int], factor: int, least_height: float) -> int:
    """So many that ink found at a reduced size is still as high as that, in pixels, and a lone 1 not lost."""
    left, top, right, bottom = bounds
    height, width = (bottom - top) * factor, (right - left) * factor
    return int(math.log2(max(1, min(height / least_height, width))))


def _find(seen: _Seen | None) -> _Found | None:
    """The text in ink, the lines of forms taken out or paler, turned level."""
    if seen is None:
        return None
    ink, strokes, to_source = seen.ink, seen.strokes, np.eye(3)
    if may_hold_lines(strokes):
        left = without_frames(ink)
        if left is None:
            return None
        if left is not ink:
            ink, strokes = left, find_strokes(left.mask())
        if may_hold_lines(strokes):
            ink, to_source = _turn(ink, find_angle(ink.mask()), to_source)
            left = without_lines(ink)
            if left is None:
                return None
            ink, strokes = left, find_strokes(left.mask())
    ink, strokes = without_neighbours(ink, strokes)
    if not len(strokes):
        return None
    bounds = _bounds(strokes)
    angle = _text_angle(ink, bounds)
    if abs(angle) >= _LEAST_TURN:
        ink, to_source = _turn(ink, angle, to_source)
        strokes = find_strokes(ink.mask())
        if not len(strokes):
            return None
        bounds = _bounds(strokes)
    return _Found(ink, bounds, to_source)


def _bounds(strokes: Strokes) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of strokes."""
    left, top = strokes[:, :2].min(axis=0)
    right, bottom = (strokes[:, :2] + strokes[:, 2:]).max(axis=0)
    return int(left), int(top), int(right), int(bottom)


def _text_angle(ink: Ink, bounds: tuple[int, int, int, int]) -> float:
    """The slope of a line of digits, in radians, clockwise.

    A regression of the columns' middles, drawn to 0 by as much as few digits can tell: a lone 7 has no slope.
    """
    left, top, right, bottom = bounds
    height, width = bottom - top, right - left
    if width < 2 * height:
        return 0.0
    part = (ink.mask()[top:bottom, left:right] > 0).astype(np.float32)
    weights = np.ones(height, np.float32) @ part
    middles = (np.arange(height, dtype=np.float32) @ part) / np.maximum(weights, 1)
    columns = np.arange(width) - (np.arange(width) * weights).sum() / weights.sum()
    slope = float((weights * columns * middles).sum() / max((weights * columns * columns).sum(), 1.0))
    line = max(height - abs(slope) * width, height / 4)  # pixels, of the digits themselves
    count = width / (_DIGIT_PITCH * line)
    uncertainty = (_DIGIT_DEVIATION / _DIGIT_PITCH) ** 2 * 12 / count**3
    return float(np.clip(slope * _SLOPE_DEVIATION**2 / (_SLOPE_DEVIATION**2 + uncertainty), -_MOST_TURN, _MOST_TURN))


def _turn(ink: Ink, angle: float, to_source: Matrix) -> tuple[Ink, Matrix]:
    """Turn ink by an angle, in radians, counter-clockwise, into a picture that holds all of it."""
    if abs(angle) < _LEAST_TURN:
        return ink, to_source
    height, width = ink.levels.shape
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    new_width, new_height = round(width * cosine + height * abs(sine)), round(height * cosine + width * abs(sine))
    back = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    middle, new_middle = np.array([width - 1, height - 1]) / 2, np.array([new_width - 1, new_height - 1]) / 2
    back[:2, 2] = middle - back[:2, :2] @ new_middle
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def turn(levels: Grey) -> Grey:
        return cv2.warpAffine(levels, back[:2], (new_width, new_height), flags=flags)  # type: ignore[return-value]

    with_lines = None if ink.with_lines is None else turn(ink.with_lines)
    return replace(ink, levels=turn(ink.levels), with_lines=with_lines), to_source @ back


def _scale_to_height(found: _Found) -> Prepared:
    left, top, right, bottom = found.bounds
    height, width = bottom - top, right - left
    paper = found.ink.paper
    room = MAXIMUM_WIDTH - 2 * MARGIN
    scale = min((HEIGHT - 2 * MARGIN) / height, room / width, MAXIMUM_MAGNIFICATION)
    new_height, new_width = max(1, round(height * scale)), min(room, max(1, round(width * scale)))
    crop = found.ink.shown[top:bottom, left:right]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, (new_width, new_height), interpolation=interpolation).astype(np.float32)
    strokes = scaled[scaled > (paper + scaled.max()) / 2]
    # The upper levels of the strokes become white, so that thin and thick, pencil and ink look alike.
    full = float(np.partition(strokes, len(strokes) * 3 // 4)[len(strokes) * 3 // 4]) if len(strokes) else 255.0
    bright = np.clip((scaled - paper) * (255 / max(full - paper, 1.0)), 0, 255)

    padded_width = max(MINIMUM_WIDTH, -(-(new_width + 2 * MARGIN) // WIDTH_STEP) * WIDTH_STEP)
    above = (HEIGHT - new_height) // 2
    pixels = np.zeros((HEIGHT, padded_width), np.uint8)
    pixels[above : above + new_height, MARGIN : MARGIN + new_width] = np.rint(bright)
    to_ink = np.array([[1 / scale, 0, left - MARGIN / scale], [0, 1 / scale, top - above / scale], [0, 0, 1]])
    return Prepared(pixels, (found.to_source @ to_ink)[:2], (MARGIN, MARGIN + new_width))
