"""The lattice of one picture -> its reading: the best legal string, what it is worth, where its digits stand."""

from dataclasses import dataclass

from recognizer.alignment import locate
from recognizer.automaton import Automaton
from recognizer.calibration import Calibration
from recognizer.constraint import Constraint, compile_constraint
from recognizer.contract import CHARSET
from recognizer.ctc import AlignedLabel, align
from recognizer.preparation import MAXIMUM_MAGNIFICATION, Prepared
from recognizer.recognition import Alternative, Digit, Reason, Recognition, Verdict
from recognizer.search import Candidate, Candidates, Lattice, search

MAXIMUM_ERROR = 0.005
"""Share of wrong strings among the accepted ones that is lived with where nobody says another."""
MOST_ALTERNATIVES = 100

_DOUBTFUL = 0.9  # a digit of less confidence is a "?" in the mask
_LEAST_LEGAL_MASS = 0.1  # with less, constraint and picture contradict each other


@dataclass(frozen=True)
class PreparedPicture:
    """What preparation made of one picture, and the picture's shape (height, width)."""

    prepared: Prepared
    shape: tuple[int, int]


@dataclass(frozen=True)
class Question:
    """What is asked of a picture. legal: the strings that are; None for all. alternatives: how many strings to tell.

    max_error: the share of wrong strings among the accepted that can be lived with.

    Raises:
        ValueError: alternatives or max_error are out of their limits.
    """

    legal: Automaton | None = None
    alternatives: int = 0
    max_error: float = MAXIMUM_ERROR

    @staticmethod
    def of(constraint: Constraint | None, alternatives: int = 0, max_error: float = MAXIMUM_ERROR) -> "Question":
        """Raises ConstraintError too, where the constraint makes no sense."""
        return Question(None if constraint is None else compile_constraint(constraint), alternatives, max_error)

    def __post_init__(self) -> None:
        if not 0 <= self.alternatives <= MOST_ALTERNATIVES:
            raise ValueError(f"alternatives go from 0 to {MOST_ALTERNATIVES}")
        if not 0 < self.max_error <= 1:
            raise ValueError("max_error is a share above 0 and up to 1")


def decode(lattice: Lattice, picture: PreparedPicture, question: Question, calibration: Calibration) -> Recognition:
    """What the network saw in a picture -> what is asked of it."""
    wanted = max(1, question.alternatives)
    automaton = question.legal
    free = search(lattice, None, 1 if automaton is not None else wanted)
    found = free if automaton is None else search(lattice, automaton, wanted, best=free.strings[0])
    if rounded(found.legal_mass) == 0:  # whatever is best of nothing would be invented
        found = Candidates((), 0.0)
    chances = _chances(found, calibration)
    labels = find_labels(lattice, found.strings[0]) if found.strings else []
    digits = _digits(labels, picture, calibration)
    confidence = rounded(chances[0]) if chances else 0.0
    verdict, reason = _judge(found, confidence, picture.prepared, question, calibration)
    return Recognition(
        prediction="".join(digit.digit for digit in digits),
        confidence=confidence,
        digits=digits,
        verdict=verdict,
        reason=reason,
        mask="".join("?" if digit.confidence < _DOUBTFUL else digit.digit for digit in digits),
        alternatives=tuple(
            Alternative(_text(candidate), rounded(chance))
            for candidate, chance in zip(found.strings, chances, strict=True)
        )[: question.alternatives],
        legal_mass=None if automaton is None else rounded(found.legal_mass),
        unconstrained=None
        if automaton is None
        else Alternative(_text(free.strings[0]), rounded(_chances(free, calibration)[0])),
    )


def _chances(found: Candidates, calibration: Calibration) -> list[float]:
    """Calibrated probabilities, given that one of the legal strings is right.

    The first string's comes from the curve; the others share what it leaves as the network parts it among them.
    """
    shares = [min(1.0, string.probability / max(found.legal_mass, string.probability)) for string in found.strings]
    if not shares:
        return []
    first = calibration.string(shares[0])
    others = max(1 - shares[0], sum(shares[1:]), 1e-9)
    return [first, *(min(first, (1 - first) * share / others) for share in shares[1:])]


def _judge(
    found: Candidates, confidence: float, prepared: Prepared, question: Question, calibration: Calibration
) -> tuple[Verdict, Reason | None]:
    if not found.strings:
        return "reject", "no_legal_reading"
    if not found.strings[0].labels or confidence < calibration.number_threshold:
        return "reject", "too_small" if prepared.magnification > 0.999 * MAXIMUM_MAGNIFICATION else "not_digits"
    threshold = calibration.threshold(question.max_error)
    is_safe = threshold is not None and confidence >= threshold and found.legal_mass >= _LEAST_LEGAL_MASS
    return ("accept" if is_safe else "review"), None


def find_labels(lattice: Lattice, string: Candidate) -> list[AlignedLabel]:
    """Where the digits of a string stand in a lattice."""
    if lattice.path_string.labels == string.labels:
        return lattice.path
    return align(lattice.log, list(string.labels))


def _digits(labels: list[AlignedLabel], picture: PreparedPicture, calibration: Calibration) -> tuple[Digit, ...]:
    boxes = locate(labels, picture.prepared, picture.shape)
    return tuple(
        Digit(CHARSET[label.label], rounded(calibration.digit(label.probability)), box)
        for label, box in zip(labels, boxes, strict=True)
    )


def _text(candidate: Candidate) -> str:
    return "".join(CHARSET[label] for label in candidate.labels)


def rounded(value: float) -> float:
    """Rounding hides the last bits of a float, in which batches may differ (ADR 2)."""
    return round(min(1.0, value), 4)
