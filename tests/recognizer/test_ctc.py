from itertools import groupby, product

import numpy as np
import pytest

from recognizer.contract import BLANK, CLASS_COUNT
from recognizer.ctc import align, best_path, log_softmax


def certain(path: list[int]) -> np.ndarray:
    """Log probabilities, (time steps, classes), of a network that is sure of a path."""
    logits = np.full((len(path), CLASS_COUNT), -20, np.float32)
    logits[np.arange(len(path)), path] = 20
    return log_softmax(logits)


@pytest.mark.parametrize(
    ("path", "digits"),
    [
        ([4, 0, 9], [4, 0, 9]),
        ([4, 4, BLANK, 0], [4, 0]),  # a digit that takes several time steps is one digit
        ([0, BLANK, 0], [0, 0]),  # a blank parts two equal ones
        ([BLANK, 1, BLANK, 1, BLANK, 1], [1, 1, 1]),
        ([BLANK, BLANK], []),
    ],
)
def test_best_path_merges_repeats_and_drops_blanks(path: list[int], digits: list[int]) -> None:
    assert [label.label for label in best_path(certain(path))] == digits


def test_best_path_tells_time_steps_and_probability() -> None:
    probabilities = np.full((4, CLASS_COUNT), 0.01, np.float32)
    probabilities[0, BLANK] = probabilities[3, BLANK] = 0.9
    probabilities[1, 7], probabilities[2, 7] = 0.6, 0.8
    (label,) = best_path(np.log(probabilities))
    assert (label.label, label.start, label.stop) == (7, 1, 3)
    assert label.probability == pytest.approx(0.8)


@pytest.mark.parametrize("string", [[], [3], [3, 3], [1, 2], [1, 2, 1], [0, 0, 1]])
def test_a_string_is_aligned_along_its_most_probable_path(generator: np.random.Generator, string: list[int]) -> None:
    """Brute force over every path of 5 time steps of the classes that matter."""
    log_probabilities = log_softmax(generator.normal(0, 2, (5, CLASS_COUNT)).astype(np.float32))
    paths = [
        path
        for path in product([0, 1, 2, 3, BLANK], repeat=5)
        if [key for key, _ in groupby(path) if key != BLANK] == string
    ]
    best = max(paths, key=lambda path: log_probabilities[np.arange(5), path].sum())
    aligned = align(log_probabilities, string)
    path = np.full(5, BLANK)
    for label in aligned:
        path[label.start : label.stop] = label.label
        assert label.probability == pytest.approx(
            np.exp(log_probabilities[label.start : label.stop, label.label].max())
        )
    assert path.tolist() == list(best)
