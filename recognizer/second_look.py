"""Pictures that are read in doubt are looked at again: a little changed, and digit by digit; what is seen is averaged.

The mean over several views of a picture is righter than any one of them: A. Krizhevsky et al., ImageNet Classification
with Deep Convolutional Neural Networks, NeurIPS 2012, section 4.1. Only the doubtful ones are worth the time (ADR 11,
ADR 12).
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from recognizer.contract import BLANK
from recognizer.ctc import Logits, log_softmax
from recognizer.preparation import HEIGHT
from recognizer.search import Lattice
from recognizer.session import Session
from recognizer.single_digits import cut_digits, mix_in

Pixels = npt.NDArray[np.uint8]

_SURE = 0.85  # probability of the best string, from which on a second look changes next to nothing
_CHANGES = ((0.0, 0.92), (0.0, 1.06), (-0.12, 1.0))
"""Slant, in columns a row, and height, both about the middle row: strokes stay in their time steps."""
_MOST_COLUMNS = 1280  # of pictures that are looked at together: what many or wide ones take, onnxruntime keeps for good
_BY_ITSELF = 0.3  # weight of what is seen of a digit by itself


def look(session: Session, pixels: Pixels, again: bool = True) -> list[Lattice]:
    """Prepared pictures, uint8 (pictures, HEIGHT, width) -> a lattice each.

    again: at those that the first look leaves in doubt.
    """
    seen = log_softmax(session.run(pixels))
    lattices = [Lattice(first) for first in seen]
    for index, lattice in enumerate(lattices):
        if again and is_doubtful(lattice):
            lattices[index] = _look_again(session, pixels[index], seen[index])
    return lattices


def _look_again(session: Session, pixels: Pixels, first: Logits) -> Lattice:
    """A prepared picture, uint8 (HEIGHT, width), and its log probabilities -> the lattice of all that is seen in it."""
    views = log_softmax(_run_in_parts(session.run, make_views(pixels)))
    lattice = Lattice(average(np.concatenate((first[np.newaxis], views))))
    if session.tells_single_digits and lattice.path:
        told = tell_digits(session, cut_digits(pixels, lattice.path))
        lattice = Lattice(mix_in(lattice.log, lattice.path, told, _BY_ITSELF))
    return lattice


def tell_digits(session: Session, windows: Pixels) -> Logits:
    """Pictures of single digits, uint8 (digits, HEIGHT, WINDOW_WIDTH) -> log probabilities, float32 (digits, 10)."""
    told = _run_in_parts(session.run_on_digits, windows)[:, :, :BLANK]
    return log_softmax(told.max(axis=1))  # in whichever time step it is told


def _run_in_parts(run: Callable[[Pixels], Logits], pictures: Pixels) -> Logits:
    together = max(1, _MOST_COLUMNS // pictures.shape[2])
    return np.concatenate([run(pictures[start : start + together]) for start in range(0, len(pictures), together)])


def is_doubtful(lattice: Lattice) -> bool:
    """Whether a second look is worth its time, by what the first one saw."""
    return lattice.path_string.probability < _SURE


def make_views(pixels: Pixels) -> Pixels:
    """A prepared picture, uint8 (HEIGHT, width) -> others of it, uint8 (views, HEIGHT, width)."""
    size = (pixels.shape[1], HEIGHT)
    middle = (HEIGHT - 1) / 2
    moves = (np.array([[1, slant, -slant * middle], [0, high, (1 - high) * middle]]) for slant, high in _CHANGES)
    return np.stack([np.asarray(cv2.warpAffine(pixels, move, size), np.uint8) for move in moves])


def average(views: Logits) -> Logits:
    """Log probabilities, (views, time steps, classes) -> of the mean of the probabilities, (time steps, classes)."""
    return log_softmax(np.logaddexp.reduce(views, axis=0))
