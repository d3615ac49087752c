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


def best_path(log_probabilities: Logits) -> list[AlignedLabel]:
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


def string_log_probability(log_probabilities: Logits, labels: list[int]) -> float:
    """The exact log probability of a string, summed over all its alignments (the forward algorithm, section 4.1)."""
    extended = np.full(2 * len(labels) + 1, BLANK)
    extended[1::2] = labels
    emissions = log_probabilities[:, extended].astype(np.float64)  # (time steps, 2 * labels + 1)
    can_skip = np.zeros(len(extended), np.bool_)
    can_skip[3::2] = extended[3::2] != extended[1:-2:2]  # a blank may be left out between unlike digits
    forward = np.full(len(extended), -np.inf)
    forward[:2] = emissions[0, :2]
    one, two = np.full_like(forward, -np.inf), np.full_like(forward, -np.inf)
    for emission in emissions[1:]:
        one[1:] = forward[:-1]
        two[2:] = np.where(can_skip[2:], forward[:-2], -np.inf)
        forward = np.logaddexp(np.logaddexp(forward, one), two) + emission
    return float(np.logaddexp.reduce(forward[-2:]))
