"""Ruled lines, boxes and frames of forms, found and taken out of the ink.

Only what is long, straight and thin goes, and not where a stroke crosses it. What is left of a form (dashes, ticks,
lone boxes) the network has learnt to pass over.
"""

import cv2
import numpy as np
import numpy.typing as npt

from recognizer.ink import Grey, Ink, Strokes, connect, weigh_ink

_FORM_WIDTH = 0.55  # of all ink: a component as wide as that may hold a line
_FORM_ASPECT = 2.2
_ANGLES = np.deg2rad(np.arange(-8, 8.1, 0.5))
_FINE_ANGLES = np.deg2rad(np.arange(-0.375, 0.4, 0.125))
_POINTS = 4000
_SEED_LENGTH = 0.15  # of the width: an unbroken run that a line needs
_LINE_LENGTH = 0.5  # of the width, of a whole line
_LINE_HEIGHT = 0.1  # of the width: steeper or thicker ones are none
_UPRIGHT_LENGTH = 0.85  # of the way from the upper to the lower line


def may_hold_lines(strokes: Strokes) -> bool:
    """Whether a component is as wide as a line would be, or lies round another as a box does."""
    if len(strokes) == 0:
        return False
    left, top, width, height = strokes.T
    all_width = (left + width).max() - left.min()
    if ((width >= _FORM_WIDTH * all_width) & (width >= _FORM_ASPECT * height)).any():
        return True
    largest = int(np.argmax(width * height))
    inside = (left > left[largest]) & (left + width < left[largest] + width[largest])
    inside &= (top > top[largest]) & (top + height < top[largest] + height[largest])
    return bool(inside.any())


def find_angle(mask: Grey) -> float:
    """The slope, in radians, clockwise, along which the ink of a mask lies in the sharpest rows."""
    rows, columns = np.nonzero(mask)
    step = -(-len(rows) // _POINTS)
    rows, columns = rows[::step], columns[::step]

    def sharpness(angle: float) -> float:
        levels = (rows - columns * np.tan(angle)).astype(np.int64)
        counts = np.bincount(levels - levels.min()).astype(np.float64)
        return float((counts * counts).sum())

    coarse = float(_ANGLES[np.argmax([sharpness(angle) for angle in _ANGLES])])
    fine = coarse + _FINE_ANGLES
    return float(fine[np.argmax([sharpness(angle) for angle in fine])])


def without_lines(ink: Ink) -> Ink | None:
    """Upright ink without its lines and their soft edges; None where there was nothing else.

    What is left is weighed anew: it may be far paler than the lines were.
    """
    mask = ink.mask()
    lines = _find_lines(mask)
    if lines is None:
        return ink
    around = np.ones((3, 3), np.uint8)
    strokes = cv2.morphologyEx(np.where(lines, np.uint8(0), mask), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    edges = cv2.dilate(lines.astype(np.uint8), around) > 0
    gone = lines | (edges & (cv2.dilate(strokes, around) == 0))
    return weigh_ink(np.where(gone, np.uint8(0), ink.levels), ink.noise)


def _find_lines(mask: Grey) -> npt.NDArray[np.bool_] | None:
    """Pixels of the lines in an upright mask, bool (height, width); None where there is no line."""
    columns = np.flatnonzero(mask.any(axis=0))
    extent = int(columns[-1] - columns[0] + 1) if len(columns) else 0
    level = _long_runs(mask, round(_SEED_LENGTH * extent), round(_LINE_LENGTH * extent), _LINE_HEIGHT * extent)
    if level is None:
        return None
    lines, tops = _thin_runs(mask, level), np.flatnonzero(level.any(axis=1))
    distance = int(tops[-1] - tops[0])
    turned = np.ascontiguousarray(mask.T)
    upright = None
    if distance > _LINE_HEIGHT * extent:
        upright = _long_runs(turned, round(0.5 * distance), round(_UPRIGHT_LENGTH * distance), 0.15 * distance)
    if upright is not None:
        lines |= _thin_runs(turned, upright).T
    return lines


def _long_runs(mask: Grey, seed: int, length: int, thickness: float) -> Grey | None:
    """Level lines, uint8 (height, width), a pixel too thick on both sides; None where there are none."""
    if seed < 8:
        return None
    thick = cv2.dilate(mask, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, seed), np.uint8))
    labels, statistics = connect(runs)  # type: ignore[arg-type]
    wide = (statistics[:, 2] >= length) & (statistics[:, 3] <= max(thickness, 5))
    wide[0] = False
    if not wide.any():
        return None
    return np.where(wide[labels], np.uint8(255), np.uint8(0))


def _thin_runs(mask: Grey, lines: Grey) -> npt.NDArray[np.bool_]:
    """Where level lines are no thicker than they mostly are: no stroke crosses them or lies on them."""
    inked = cv2.bitwise_and(mask, lines) > 0
    starts = inked[1:] & ~inked[:-1]
    runs = starts.sum(axis=0) + inked[0]
    covered = runs > 0
    if not covered.any():
        return inked
    thickness = int(np.ceil(np.median(inked.sum(axis=0)[covered] / runs[covered])))
    crossing = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thickness + 3, 1), np.uint8))
    thin: npt.NDArray[np.bool_] = (lines > 0) & (crossing == 0)
    return thin
