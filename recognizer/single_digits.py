"""Each digit of a string by itself: its picture for a network that tells single digits, and what that says of it.

Two networks that err on different digits are righter together than either: L. K. Hansen, P. Salamon, Neural Network
Ensembles, IEEE TPAMI 1990. The one that reads strings tells how many digits there are and where; the other one looks
at each of them once more (ADR 12).
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from recognizer.alignment import inked_columns, part_digits
from recognizer.contract import BLANK
from recognizer.ctc import AlignedLabel, Logits
from recognizer.preparation import MINIMUM_WIDTH

Pixels = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float64]

WINDOW_WIDTH = MINIMUM_WIDTH
"""Columns of the picture of one digit."""

_NEIGHBOURS = 0.4  # of their ink is left


def cut_digits(pixels: Pixels, labels: list[AlignedLabel]) -> Pixels:
    """A prepared picture, uint8 (HEIGHT, width), -> its digits, uint8 (digits, HEIGHT, WINDOW_WIDTH).

    labels: where they are told. A digit stands in the middle, in its full strength; its neighbours, which may hold some
    of its strokes, are paler.
    """
    half = WINDOW_WIDTH // 2
    padded = np.pad(pixels, ((0, 0), (half, half)))
    pale = (padded * _NEIGHBOURS).astype(np.uint8)
    windows = []
    for start, stop in part_digits(labels, pixels, inked_columns(pixels, (0, pixels.shape[1]))):
        left, right = inked_columns(pixels, (start, stop))
        begin = (left + right) // 2  # of the window in the padded picture, where all stands `half` further right
        window = pale[:, begin : begin + WINDOW_WIDTH].copy()
        own = slice(max(0, start + half - begin), stop + half - begin)
        window[:, own] = padded[:, begin : begin + WINDOW_WIDTH][:, own]
        windows.append(window)
    return np.stack(windows)


def mix_in(log: Values, labels: list[AlignedLabel], told: Logits, share: float) -> Logits:
    """Log probabilities, float64 (time steps, classes), and of single digits, (labels, 10) -> float32, as the former.

    What a time step gives to all digits is parted among them as both networks would on average, weighted by `share`,
    that of the second one, which looked at the nearest label's digit; the blank keeps what it has, so that no digit is
    put in or left out.
    """
    probabilities = np.exp(log)
    middles = [(label.start + label.stop) / 2 for label in labels]
    borders = [0, *(round((first + second) / 2) for first, second in pairwise(middles)), len(log)]
    for (start, stop), digit in zip(pairwise(borders), np.exp(told), strict=True):
        of_digits = probabilities[start:stop, :BLANK]
        of_digits[:] = (1 - share) * of_digits + share * of_digits.sum(axis=1, keepdims=True) * digit
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)).astype(np.float32)
