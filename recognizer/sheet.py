"""The sheet of paper in a photograph of it: what lies darker round it, such as a desk, is left out."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from recognizer.ink import Grey, connect, halve, halvings

_PIXELS = 20_000  # of the picture in which it is looked for
_SURROUNDED = 0.1  # of the picture's edges, that something dark touches
_DARKNESS = 0.75  # of the paper's level, at the most
_LEAST_SHEET = 0.15  # of the picture
_SHARPNESS = 0.85  # of the rectangle about it, that it fills: a round 0 fills less
_BLANK = 0.75  # of its area, at the least; the rest is ink
_INK_SHARE = 0.2  # of the way from light to dark: the palest ink
_LEAST_INK = 0.003  # of its area: a bold 1, white on black, has none in it
_AROUND = np.ones((7, 7), np.uint8)  # of an edge, that is soft, and of strokes
_STEP = 0.6  # of the way from light to dark, that lies within so few pixels: shadows are softer
_GRAIN = 0.7  # of how much darker than its paper the ink is, that spots are darker than what they lie on, or less
_MOST_TEXTURE = 0.005  # of what lies round the sheet, that may be darker still: more may be writing in a shadow


@dataclass(frozen=True)
class Sheet:
    """pixels: uint8 (height, width), all paper and ink. left, top: where it lies in the picture."""

    pixels: Grey
    left: int
    top: int


def find_sheet(picture: Grey, overview: Grey, factor: int = 1) -> Sheet | None:
    """The sheet in a grey picture, uint8 (height, width); None where nothing dark lies round it, or where that may be
    written on too, such as paper in the shadow. overview: the picture, smaller by a factor.
    """
    times = halvings(overview, _PIXELS)
    small = halve(overview, times)
    light = np.asarray(cv2.threshold(small, 0, 1, cv2.THRESH_OTSU)[1], np.uint8)
    edges = np.concatenate((light[0], light[-1], light[:, 0], light[:, -1]))
    if edges.mean() > 1 - _SURROUNDED or light.mean() < _LEAST_SHEET * _BLANK:
        return None
    desk, paper = cv2.mean(small, 1 - light)[0], cv2.mean(small, light)[0]
    if desk > _DARKNESS * paper:
        return None
    inside = _fill_largest(light)
    if inside is None:
        return None
    core = np.asarray(cv2.erode(inside, _AROUND, borderValue=0), np.uint8)
    if not core.any() or not _lies_on(small, inside, core, desk, paper):
        return None
    left, top, width, height = cv2.boundingRect(core)
    factor *= 2**times
    part = picture[top * factor : (top + height) * factor, left * factor : (left + width) * factor]
    mask = cv2.resize(core[top : top + height, left : left + width], part.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return Sheet(np.where(mask > 0, part, np.uint8(paper)), left * factor, top * factor)


def _fill_largest(light: Grey) -> Grey | None:
    """All within the outline of the largest component of 1 on 0; None where it is small, no rectangle, or not blank."""
    labels, statistics = connect(light)
    largest = int(np.argmax(statistics[1:, 4])) + 1
    part = (labels == largest).astype(np.uint8)
    contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(contours[0])
    _, (width, height), _ = cv2.minAreaRect(hull)
    if cv2.contourArea(hull) < max(_LEAST_SHEET * light.size, _SHARPNESS * width * height):
        return None
    inside = np.asarray(cv2.fillConvexPoly(np.zeros_like(light), hull, 1), np.uint8)
    return inside if statistics[largest, 4] >= _BLANK * inside.sum() else None


def _lies_on(small: Grey, inside: Grey, core: Grey, desk: float, paper: float) -> bool:
    """Whether something is written within, nothing may be written round it, and its edge is sharp.

    core: what is inside without its edge. desk, paper: their levels.
    """
    outside = cv2.dilate(inside, _AROUND) == 0
    if not outside.any():
        return False
    beyond = np.asarray((inside == 0) & ~outside, np.uint8)
    within = (inside > 0) & (cv2.dilate(beyond, _AROUND) > 0)
    step = small[within].mean() - small[beyond > 0].mean()
    ink = small[core > 0] < paper - _INK_SHARE * (paper - desk)
    darkness = np.percentile(_spots(small, core > 0, paper), 100 * (1 - _LEAST_INK)) / paper
    texture = _spots(small, outside, desk) > _GRAIN * darkness * desk
    is_written = ink.mean() >= _LEAST_INK
    return bool(is_written and step >= _STEP * (paper - desk) and texture.mean() <= _MOST_TEXTURE)


def _spots(picture: Grey, where: npt.NDArray[np.bool_], elsewhere: float) -> Grey:
    """By how much each of some pixels is darker than what lies about it, uint8 (pixels,)."""
    only = np.where(where, picture, np.uint8(elsewhere))
    return np.asarray(cv2.morphologyEx(only, cv2.MORPH_BLACKHAT, _AROUND)[where], np.uint8)
