"""Ruled lines, boxes and frames of forms, found and taken out of the ink.

A frame that stands apart goes. Of the rest only what is long, straight and thin goes, and not where a stroke crosses
it; the network sees it still, paler, as it may hide a stroke (ADR 6). What is left of a form (dashes, ticks, boxes)
the network has learnt to pass over.
"""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from recognizer.ink import SPECK_SHARE, Grey, Ink, Strokes, connect, erase, weigh_ink

_FORM_WIDTH = 0.55  # of all ink: a component as wide as that may hold a line
_FORM_ASPECT = 2.2
_ANGLES = np.deg2rad(np.arange(-8, 8.1, 0.5))
_FINE_ANGLES = np.deg2rad(np.arange(-0.375, 0.4, 0.125))
_POINTS = 4000
_SEED_LENGTH = 0.15  # of the width: an unbroken run that a line needs
_LINE_LENGTH = 0.5  # of the width, of a whole line
_LINE_HEIGHT = 0.1  # of the width: steeper or thicker ones are none
_UPRIGHT_LENGTH = 0.85  # of the way from the upper to the lower line
_LINE_LEVEL = 0.55  # of its own level, at which a line is shown,
_MOST_LINE_LEVEL = 1.6  # thresholds for ink: at most about half as bright as strokes are
_CONTENT_HEIGHT = 0.25  # of a frame's: what it is a frame of is as high
_BESIDE_HEIGHT = 0.6  # of a frame's: a digit beside it tells that it is a 0 with something in it
_CORNER_DISTANCE = 0.03  # of a frame's outline: how far its sides may leave the straight line
_FRAME_SHARE = 0.95  # of the area within it, that its four corners span: of a round 0 they span less
_FRAME_DEPTH = 0.1  # of its shorter side: nothing that hangs together with it reaches further in
_MOST_PARTS = 500  # of a picture with frames; grain and halftones have more
_SAME_SIZE = 0.2  # by which the empty boxes of a row may differ from those with digits


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


def without_frames(ink: Ink) -> Ink | None:
    """Ink without the frames and boxes round its strokes that nothing touches; None where there was nothing else.

    They may be tilted, or drawn by hand.
    """
    labels, statistics = connect(ink.mask())
    tall = statistics[:, 2:4].max(axis=1) >= SPECK_SHARE * statistics[1:, 3].max(initial=0)
    tall[0] = False
    numbers = np.flatnonzero(tall)
    if len(numbers) > _MOST_PARTS:
        return ink
    left, top, width, height = statistics[numbers, :4].T
    right, bottom = left + width, top + height
    lies_in = (left > left[:, None]) & (top > top[:, None]) & (right < right[:, None]) & (bottom < bottom[:, None])
    contents = (lies_in * height).max(axis=1, initial=0)  # of each component, the height of the tallest in it

    def is_frame(index: int) -> bool:
        part = labels[top[index] : bottom[index], left[index] : right[index]] == numbers[index]
        return _is_frame(part.astype(np.uint8))

    frames = [int(index) for index in np.flatnonzero(contents >= _CONTENT_HEIGHT * height) if is_frame(int(index))]
    if not frames:
        return ink
    empty = []
    for index in np.flatnonzero(~lies_in[frames].any(axis=0)):
        if index in frames:
            continue
        of_one_size = (np.abs(width[frames] - width[index]) < _SAME_SIZE * width[frames]) & (
            np.abs(height[frames] - height[index]) < _SAME_SIZE * height[frames]
        )
        if of_one_size.any() and is_frame(int(index)):
            empty.append(int(index))
        elif height[index] >= _BESIDE_HEIGHT * height[frames].max():
            return ink
    return erase(ink, np.isin(labels, numbers[frames + empty]))


def _is_frame(part: Grey) -> bool:
    """Whether a component, 1 on 0, lies along the sides of a quadrangle, and nowhere else."""
    height, width = part.shape
    hull = cv2.convexHull(cv2.findNonZero(part))
    corners = cv2.approxPolyDP(hull, _CORNER_DISTANCE * cv2.arcLength(hull, True), True)
    if len(corners) != 4 or cv2.contourArea(corners) < _FRAME_SHARE * cv2.contourArea(hull):
        return False
    filled = cv2.fillConvexPoly(np.zeros((height + 2, width + 2), np.uint8), hull + 1, 1)
    depth = cv2.distanceTransform(filled, cv2.DIST_L2, 3)[1:-1, 1:-1]
    return bool(depth[part > 0].max() <= _FRAME_DEPTH * min(height, width) + 2)


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
    """Upright ink without its lines and their soft edges, which are shown paler; None where there was nothing else.

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
    left = weigh_ink(np.where(gone, np.uint8(0), ink.levels), ink.noise)
    if left is None:
        return None
    paler = np.minimum(_LINE_LEVEL * ink.levels, min(_MOST_LINE_LEVEL * left.threshold, 255)).astype(np.uint8)
    return replace(left, with_lines=np.where(gone, paler, ink.levels))


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
    if upright is None:
        return lines
    upright_lines = _thin_runs(turned, upright).T
    # Lines that cross look like strokes to each other: once more without the others.
    lines |= _thin_runs(np.where(upright_lines, np.uint8(0), mask), level)
    return lines | upright_lines | _thin_runs(np.where(lines, np.uint8(0), mask).T.copy(), upright).T


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
