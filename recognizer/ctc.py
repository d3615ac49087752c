"""CTC: log probabilities over time steps -> digits, where they stand, and how probable they are.

A. Graves et al., Connectionist Temporal Classification, ICML 2006.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.contract import BLANK

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True)
class AlignedLabel:
    """One label of a best path. start, stop: its time steps, stop excluded; probability: its highest in them."""

    label: int
    start: int
    stop: int
    probability: float


def log_softmax(logits: Logits) -> Logits:
    """Logits (..., classes) -> log probabilities of the same shape."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))  # type: ignore[no-any-return]


def best_path(log_probabilities: npt.NDArray[np.floating]) -> list[AlignedLabel]:
    """The most probable class of each time step, (time steps, classes), repeats merged, blanks dropped."""
    classes = log_probabilities.argmax(axis=1)
    starts = np.flatnonzero(np.diff(classes, prepend=-1))
    stops = np.append(starts[1:], len(classes))
    return [
        AlignedLabel(
            int(classes[start]),
            int(start),
            int(stop),
            float(np.exp(log_probabilities[start:stop, classes[start]].max())),
        )
        for start, stop in zip(starts, stops, strict=True)
        if classes[start] != BLANK
    ]


def align(log_probabilities: npt.NDArray[np.floating], labels: list[int]) -> list[AlignedLabel]:
    """Where a given string stands: its most probable alignment (Viterbi) to (time steps, classes).

    There must be a time step for each label, and one more between two that are the same.
    """
    extended = np.full(2 * len(labels) + 1, BLANK)
    extended[1::2] = labels
    emissions = log_probabilities[:, extended].astype(np.float64)  # (time steps, 2 * labels + 1)
    can_skip = np.zeros(len(extended), np.bool_)
    can_skip[3::2] = extended[3::2] != extended[1:-2:2]  # a blank may be left out between unlike digits
    best = np.full(len(extended), -np.inf)
    best[:2] = emissions[0, :2]
    moves = np.zeros(emissions.shape, np.int64)  # places that were gone on by at each time step: 0, 1 or 2
    ways = np.full((3, len(extended)), -np.inf)
    for step in range(1, len(emissions)):
        ways[0], ways[1, 1:], ways[2, 2:] = best, best[:-1], np.where(can_skip[2:], best[:-2], -np.inf)
        moves[step] = ways.argmax(axis=0)
        best = ways.max(axis=0) + emissions[step]
    place = len(extended) - 1 if len(labels) == 0 or best[-1] >= best[-2] else len(extended) - 2
    places = np.empty(len(emissions), np.int64)
    for step in range(len(emissions) - 1, -1, -1):
        places[step] = place
        place -= moves[step, place]
    aligned = []
    for index, label in enumerate(labels):
        start, stop = np.searchsorted(places, [2 * index + 1, 2 * index + 2])
        probability = float(np.exp(log_probabilities[start:stop, label].max()))
        aligned.append(AlignedLabel(label, int(start), int(stop), probability))
    return aligned
