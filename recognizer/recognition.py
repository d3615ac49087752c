"""What a reading is. ADR 7 defines confidence, verdict and the rest."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["accept", "review", "reject"]
Reason = Literal["blank", "too_small", "not_digits", "no_legal_reading"]


@dataclass(frozen=True)
class Box:
    """Pixels of the picture that was read, upright; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Digit:
    """digit: "0" to "9"; confidence: 0 to 1, the calibrated probability of this digit at its place, by the picture."""

    digit: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class Alternative:
    """A string, and the calibrated probability that it is the right one."""

    prediction: str
    confidence: float


@dataclass(frozen=True)
class Recognition:
    """A reading; probabilities are from 0 to 1.

    prediction: the digits, "" where there are none. confidence: the calibrated probability that they are all right,
    under a constraint: given that it holds. verdict: whether to believe it at the error asked for; reason: of a
    rejection. mask: the digits with a "?" for each doubtful one. alternatives: the most probable strings, the
    prediction first, as many as were asked for. legal_mass: the probability of all legal strings together, and
    unconstrained: the reading without the constraint, both where there is one.
    """

    prediction: str
    confidence: float
    digits: tuple[Digit, ...]
    verdict: Verdict = "review"
    reason: Reason | None = None
    mask: str = ""
    alternatives: tuple[Alternative, ...] = ()
    legal_mass: float | None = None
    unconstrained: Alternative | None = None


NOTHING = Recognition(prediction="", confidence=1.0, digits=(), verdict="reject", reason="blank")
"""The reading of a picture without ink."""
