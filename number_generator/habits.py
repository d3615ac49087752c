"""Habits of a hand that few writers of a data set have: a 1 with a foot, a 7 with a bar, corners rounded in haste."""

from dataclasses import dataclass

import numpy as np

from number_generator.pen import PenDigit, Stroke, normalize

_POINTS = 48  # of a stroke in haste
_POINTS_ADDED = 6  # of an added stroke
_END = 0.12  # digit heights: so near its end belongs to the foot, or to the top, of a digit


@dataclass(frozen=True)
class Habits:
    """hat, foot: of every 1; bar: of every 7; none is added where the digit has one.

    haste: the standard deviation of the smoothing, as a share of a stroke's length; 0 leaves corners sharp.
    """

    hat: bool = False
    foot: bool = False
    bar: bool = False
    haste: float = 0.0


def random_habits(generator: np.random.Generator) -> Habits:
    """Of one hand, for all digits of a string; most have none."""
    foot = generator.random() < 0.3
    hat = generator.random() < (0.9 if foot else 0.3)
    bar = generator.random() < 0.25
    haste = generator.uniform(0, 0.12) if generator.random() < 0.3 else 0.0
    return Habits(hat, foot, bar, haste)


def write_by(habits: Habits, digit: PenDigit, generator: np.random.Generator) -> PenDigit:
    """The digit as a hand of such habits writes it, to its height of 1."""
    strokes, points, added = list(digit.strokes), np.concatenate(digit.strokes), []
    if digit.label == 1:
        if habits.hat and not _has_hat(points):
            added.append(_hat(points, generator))
        if habits.foot and not _has_foot(points):
            added.append(_foot(points, generator))
    elif digit.label == 7 and habits.bar and len(strokes) == 1:  # one of two strokes has its bar
        added.append(_bar(points, generator))
    if habits.haste:
        strokes = [_hurried(stroke, habits.haste) for stroke in strokes]
    return PenDigit(digit.label, digit.writer, normalize([*strokes, *added]))


def _has_foot(points: Stroke) -> bool:
    return bool(np.ptp(points[points[:, 1] > 1 - _END, 0]) > 2 * _END)


def _has_hat(points: Stroke) -> bool:
    top = points[points[:, 1].argmin()]
    return bool(top[0] - points[points[:, 1] < 0.5, 0].min() > _END)


def _hat(points: Stroke, generator: np.random.Generator) -> Stroke:
    """From the left up to the top, and at times from far below."""
    top = points[points[:, 1].argmin()]
    down = generator.uniform(0.03, 0.35) if generator.random() < 0.65 else generator.uniform(0.35, 0.8)
    return np.linspace(top + (-generator.uniform(0.12, 0.45), down), top, _POINTS_ADDED)


def _foot(points: Stroke, generator: np.random.Generator) -> Stroke:
    """Under the bottom."""
    return _level_stroke(points[points[:, 1].argmax()], (0.1, 0.4), 0.03, generator)


def _bar(points: Stroke, generator: np.random.Generator) -> Stroke:
    """Across the stem, about in its middle."""
    height = generator.uniform(0.4, 0.62)
    return _level_stroke(points[np.abs(points[:, 1] - height).argmin()], (0.12, 0.3), 0.04, generator)


def _level_stroke(
    middle: Stroke, reach: tuple[float, float], deviation: float, generator: np.random.Generator
) -> Stroke:
    """Through a point, as far as `reach` to the left and as far again to the right, each end about at its height."""
    left, right = generator.uniform(*reach, 2)
    down = generator.normal(0, deviation, 2)
    return np.linspace(middle + (-left, down[0]), middle + (right, down[1]), _POINTS_ADDED)


def _hurried(stroke: Stroke, haste: float) -> Stroke:
    """A stroke whose corners are cut, from its first point to its last one: smoothed along its length."""
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    if len(stroke) < 3 or not steps.sum():
        return stroke
    places = np.concatenate(([0.0], np.cumsum(steps))) / steps.sum()
    even = np.column_stack([np.interp(np.linspace(0, 1, _POINTS), places, axis) for axis in stroke.T])
    before, after = 2 * even[0] - even[:0:-1], 2 * even[-1] - even[-2::-1]  # mirrored in its ends, which so stay
    offsets = np.arange(-_POINTS + 1, _POINTS)
    weights = np.exp(-0.5 * (offsets / (haste * _POINTS)) ** 2)
    long = np.concatenate((before, even, after))
    return np.column_stack([np.convolve(axis, weights / weights.sum(), "valid") for axis in long.T])
