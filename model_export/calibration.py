"""What a model's probabilities are worth, measured on strings that it was not trained on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from model_export.statistics import wilson_interval
from recognizer.calibration import LEAST, Calibration, Curve, Level
from recognizer.contract import CHARSET
from recognizer.decoding import find_labels, rounded
from recognizer.search import search
from recognizer.second_look import look
from recognizer.session import Session

if TYPE_CHECKING:
    from model_training.batches import Batch  # with torch, which takes seconds to import

Values = npt.NDArray[np.float64]
Rights = npt.NDArray[np.bool_]

MAX_ERRORS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""Levels that thresholds are looked for at."""
KEPT_SHARE = 0.99
"""Of true strings: the others are the price of telling what is no number."""
UNCALIBRATED = Calibration(Curve(), Curve(), 0.0, (), "nothing", 0)

_NEWTON_STEPS = 50


@dataclass(frozen=True)
class Outcome:
    """One string read. probability: of the string; digits: each one's probability, and whether it is right.

    kind: of picture, in a word.
    """

    probability: float
    is_right: bool
    digits: tuple[tuple[float, bool], ...]
    kind: str = ""


def read_outcomes(session: Session, batches: "Iterable[Batch]", kind: str = "") -> list[Outcome]:
    """Read prepared pictures of known strings, all of one kind, as the recognizer does, without any calibration."""
    outcomes = []
    for batch in batches:
        for lattice, string in zip(look(session, batch.pictures.numpy()), batch.strings(), strict=True):
            (best,) = search(lattice).strings
            labels = find_labels(lattice, best)
            read = "".join(CHARSET[label.label] for label in labels)
            rights = np.zeros(len(read), np.bool_)
            for block in Levenshtein.opcodes(read, string):
                rights[block.src_start : block.src_end] = block.tag == "equal"
            digits = tuple((label.probability, bool(right)) for label, right in zip(labels, rights, strict=True))
            outcomes.append(Outcome(best.probability, read == string, digits, kind))
    return outcomes


def calibrate(outcomes: Sequence[Outcome], measured_on: str) -> Calibration:
    """Curves by maximum likelihood, and the thresholds that keep each level with 95% confidence.

    Raises:
        ValueError: there is nothing to learn from: no strings, or none right, or none wrong.
    """
    rights = np.array([outcome.is_right for outcome in outcomes], np.bool_)
    if len(rights) < 2 or rights.all() or not rights.any():
        raise ValueError("calibration needs strings that are read right and strings that are read wrong")
    string = fit_curve(np.array([outcome.probability for outcome in outcomes]), rights)
    digits = [digit for outcome in outcomes for digit in outcome.digits]
    digit_rights = np.array([right for _, right in digits], np.bool_)
    digit = Curve() if digit_rights.all() else fit_curve(np.array([p for p, _ in digits]), digit_rights)
    confidences = np.array([rounded(string(outcome.probability)) for outcome in outcomes])
    return Calibration(
        string,
        digit,
        number_threshold=float(np.quantile(confidences, 1 - KEPT_SHARE, method="lower")),
        levels=tuple(find_levels(confidences, rights, np.array([outcome.kind for outcome in outcomes]))),
        measured_on=measured_on,
        strings=len(outcomes),
    )


def fit_curve(probabilities: Values, rights: Rights) -> Curve:
    """Logistic regression on the log odds by Newton's method; targets are drawn in as J. Platt does (1999, 2.2)."""
    bounded = np.clip(probabilities, LEAST, 1 - LEAST)
    inputs = np.column_stack((np.log(bounded / (1 - bounded)), np.ones(len(bounded))))
    positives, negatives = int(rights.sum()), int((~rights).sum())
    targets = np.where(rights, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    weights = np.array([1.0, 0.0])
    for _ in range(_NEWTON_STEPS):
        fitted = 1 / (1 + np.exp(-inputs @ weights))
        curvature = (inputs * (fitted * (1 - fitted))[:, None]).T @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, inputs.T @ (targets - fitted))
        weights = weights + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    return Curve(max(float(weights[0]), 1e-3), float(weights[1]))


def find_levels(confidences: Values, rights: Rights, kinds: npt.NDArray[np.str_]) -> list[Level]:
    """The lowest threshold of each level at which the interval of the error lies below it; no level without one.

    Of no kind of pictures alone, one a string, may a larger share be wrong than the level allows: who has forms only is
    promised the same.
    """
    order = np.argsort(-confidences, kind="stable")
    sorted_confidences, wrong = confidences[order], ~rights[order]
    of_kinds = [kinds[order] == kind for kind in np.unique(kinds)]
    accepted = np.arange(1, len(order) + 1)
    worst_kind = np.max([np.cumsum(wrong & kind) / np.maximum(1, np.cumsum(kind)) for kind in of_kinds], axis=0)
    shares = np.cumsum(wrong) / accepted
    upper_ends = np.array(
        [wilson_interval(share, count)[1] for share, count in zip(shares.tolist(), accepted.tolist(), strict=True)]
    )
    # A threshold takes all strings of its confidence: only the last of equal ones can be one.
    is_last = np.diff(sorted_confidences, append=-1.0) != 0
    levels = []
    for max_error in MAX_ERRORS:
        safe = np.flatnonzero(is_last & (upper_ends <= max_error) & (worst_kind <= max_error))
        if len(safe):
            coverage = (int(safe[-1]) + 1) / len(order)
            low, high = wilson_interval(coverage, len(order))
            threshold = float(sorted_confidences[safe[-1]])
            levels.append(Level(max_error, threshold, round(coverage, 4), round(low, 4), round(high, 4)))
    return levels
