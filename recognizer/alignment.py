"""Where the digits stand: time steps of the CTC alignment -> boxes in the picture that was sent."""

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from recognizer.contract import STEP_WIDTH
from recognizer.ctc import AlignedLabel
from recognizer.preparation import Prepared
from recognizer.recognition import Box

Pixels = npt.NDArray[np.uint8]

_BEFORE = 3  # columns from the border of two digits to where the later one is told
_WINDOW = 6  # columns on either side
_INK = 64  # grey level of a prepared picture that counts as a stroke


def locate(labels: list[AlignedLabel], prepared: Prepared, picture_shape: tuple[int, int]) -> list[Box]:
    """The box of each label, in pixels of the picture, whose shape is (height, width).

    CTC leaves open where between its neighbours a label stands, and training settles it: this model tells a digit soon
    after its strokes begin. So neighbours part at the column of least ink a little before; each box is then drawn in to
    the strokes within.
    """
    return [_box(part, prepared, picture_shape) for part in part_digits(labels, prepared.pixels, prepared.columns)]


def part_digits(labels: list[AlignedLabel], pixels: Pixels, columns: tuple[int, int]) -> list[tuple[int, int]]:
    """The columns of each label, the last one excluded, in a prepared picture, uint8 (HEIGHT, width).

    columns: of all its ink.
    """
    if not labels:
        return []
    profile = pixels.sum(axis=0, dtype=np.int64)
    borders = [columns[0]]
    for label in labels[1:]:
        begin = (label.start + label.stop) * STEP_WIDTH / 2 - _BEFORE
        first = min(max(round(begin) - _WINDOW, borders[-1] + 1), columns[1] - 1)
        near = np.arange(first, max(min(round(begin) + _WINDOW, columns[1]), first + 1))
        distance = np.abs(near - begin) / len(profile)  # less than 1: only parts equal columns
        borders.append(int(near[np.argmin(profile[near] + distance)]))
    borders.append(columns[1])
    return [(start, max(stop, start + 1)) for start, stop in pairwise(borders)]


def inked_columns(pixels: Pixels, part: tuple[int, int]) -> tuple[int, int]:
    """The columns of the ink in a part of a prepared picture; where there is none, all of the part."""
    start, stop = part
    columns = np.flatnonzero((pixels[:, start:stop] > _INK).any(axis=0))
    return (start + int(columns[0]), start + int(columns[-1]) + 1) if len(columns) else part


def _box(part: tuple[int, int], prepared: Prepared, picture_shape: tuple[int, int]) -> Box:
    ink = prepared.pixels[:, part[0] : part[1]] > _INK
    rows = np.flatnonzero(ink.any(axis=1))
    left, right = inked_columns(prepared.pixels, part)
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, len(ink))
    corners = np.array([(x, y, 1) for x in (left, right) for y in (top, bottom)]) @ prepared.to_picture.T
    (first_x, first_y), (last_x, last_y) = corners.min(axis=0), corners.max(axis=0)
    height, width = picture_shape
    return Box(
        left=min(max(math.floor(first_x), 0), width - 1),
        top=min(max(math.floor(first_y), 0), height - 1),
        right=min(max(math.ceil(last_x), 1), width),
        bottom=min(max(math.ceil(last_y), 1), height),
    )
