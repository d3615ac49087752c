"""From what the network says to what it is worth: calibrated probabilities, and whom to believe at which risk.

J. Platt, Probabilistic Outputs for Support Vector Machines, 1999, for the curve; A. Niculescu-Mizil, R. Caruana,
Predicting Good Probabilities With Supervised Learning, ICML 2005. ADR 7 defines every term.
"""

import json
import math
from dataclasses import asdict, dataclass

LEAST = 1e-9
"""Odds are not taken of less, nor of as much less than 1."""


@dataclass(frozen=True)
class Curve:
    """A probability p -> 1 / (1 + exp(-slope * log(p / (1 - p)) - offset)); slope is above 0, so order is kept."""

    slope: float = 1.0
    offset: float = 0.0

    def __call__(self, probability: float) -> float:
        bounded = min(max(probability, LEAST), 1 - LEAST)
        return 1 / (1 + math.exp(-self.slope * math.log(bounded / (1 - bounded)) - self.offset))


@dataclass(frozen=True)
class Level:
    """Readings with at least `threshold` of confidence are wrong in at most `max_error` of cases.

    The upper end of the 95% interval of the wrong ones' share, measured, is below `max_error`; coverage: the share of
    all readings that were accepted, coverage_low and coverage_high: its 95% interval.
    """

    max_error: float
    threshold: float
    coverage: float
    coverage_low: float
    coverage_high: float


@dataclass(frozen=True)
class Calibration:
    """string, digit: curves of the whole string's exact probability and of a digit's.

    number_threshold: 99% of true strings have at least this confidence; what has less is taken for no number.
    levels: by rising max_error. measured_on: which strings, in words; strings: how many.
    """

    string: Curve
    digit: Curve
    number_threshold: float
    levels: tuple[Level, ...]
    measured_on: str
    strings: int

    def threshold(self, max_error: float) -> float | None:
        """The confidence from which readings are accepted at a risk; None where nothing was found safe enough."""
        return next((level.threshold for level in reversed(self.levels) if level.max_error <= max_error), None)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Calibration":
        """Raises ValueError, KeyError or TypeError where the text is not of `to_json`."""
        values = json.loads(text)
        return Calibration(
            Curve(**values["string"]),
            Curve(**values["digit"]),
            float(values["number_threshold"]),
            tuple(Level(**level) for level in values["levels"]),
            str(values["measured_on"]),
            int(values["strings"]),
        )
