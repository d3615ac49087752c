from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest

from recognizer.contract import BLANK, CLASS_COUNT
from recognizer.ctc import best_path, log_softmax, string_log_probability


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


def test_string_probability_is_the_sum_over_all_alignments(generator: np.random.Generator) -> None:
    """Brute force over every path of 4 time steps and 11 classes."""
    log_probabilities = log_softmax(generator.normal(0, 2, (4, CLASS_COUNT)).astype(np.float32))
    sums: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(CLASS_COUNT), repeat=4):
        string = tuple(key for key, _ in groupby(path) if key != BLANK)
        sums[string] += float(np.exp(log_probabilities[np.arange(4), path].astype(np.float64).sum()))
    assert sum(sums.values()) == pytest.approx(1, abs=1e-5)
    for string in [(), (3,), (3, 3), (1, 2), (1, 2, 3), (0, 0, 1), (1, 2, 3, 4), (5, 5, 5)]:
        assert np.exp(string_log_probability(log_probabilities, list(string))) == pytest.approx(sums.get(string, 0))
