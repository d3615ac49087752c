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
    strokes = list(digit.strokes)
    if digit.label == 1:
        added = [
            *([_hat(strokes, generator)] if habits.hat and not _has_hat(strokes) else []),
            *([_foot(strokes, generator)] if habits.foot and not _has_foot(strokes) else []),
        ]
    elif digit.label == 7 and habits.bar and len(strokes) == 1:  # one of two strokes has its bar
        added = [_bar(strokes, generator)]
    else:
        added = []
    if habits.haste:
        strokes = [_hurried(stroke, habits.haste) for stroke in strokes]
    return PenDigit(digit.label, digit.writer, normalize([*strokes, *added]))


def _has_foot(strokes: list[Stroke]) -> bool:
    points = np.concatenate(strokes)
    return bool(np.ptp(points[points[:, 1] > 1 - _END, 0]) > 2 * _END)


def _has_hat(strokes: list[Stroke]) -> bool:
    points = np.concatenate(strokes)
    top = points[points[:, 1].argmin()]
    return bool(top[0] - points[points[:, 1] < 0.5, 0].min() > _END)


def _hat(strokes: list[Stroke], generator: np.random.Generator) -> Stroke:
    """From the left up to the top, and at times from far below."""
    points = np.concatenate(strokes)
    top = points[points[:, 1].argmin()]
    down = generator.uniform(0.03, 0.35) if generator.random() < 0.65 else generator.uniform(0.35, 0.8)
    return _line(top + (-generator.uniform(0.12, 0.45), down), top)


def _foot(strokes: list[Stroke], generator: np.random.Generator) -> Stroke:
    """Level, under the bottom."""
    points = np.concatenate(strokes)
    bottom = points[points[:, 1].argmax()]
    left, right = generator.uniform(0.1, 0.4, 2)
    down = generator.normal(0, 0.03, 2)
    return _line(bottom + (-left, down[0]), bottom + (right, down[1]))


def _bar(strokes: list[Stroke], generator: np.random.Generator) -> Stroke:
    """Across the stem, about in its middle."""
    points = np.concatenate(strokes)
    height = generator.uniform(0.4, 0.62)
    middle = points[np.abs(points[:, 1] - height).argmin()]
    left, right = generator.uniform(0.12, 0.3, 2)
    down = generator.normal(0, 0.04, 2)
    return _line(middle + (-left, down[0]), middle + (right, down[1]))


def _line(start: Stroke, end: Stroke) -> Stroke:
    return np.linspace(start, end, _POINTS_ADDED)


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
