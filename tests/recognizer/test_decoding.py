"""From log probabilities to a reading: what is believed, what is doubted, and what a constraint may do."""

import numpy as np
import pytest

from recognizer.calibration import Calibration, Curve, Level
from recognizer.constraint import Constraint
from recognizer.contract import BLANK, CLASS_COUNT
from recognizer.ctc import Logits, log_softmax
from recognizer.decoding import PreparedPicture, Question, decode
from recognizer.preparation import HEIGHT, Prepared
from recognizer.recognition import Recognition
from recognizer.search import Lattice

LEVELS = (Level(0.005, 0.99, 0.7, 0.6, 0.8), Level(0.1, 0.6, 0.9, 0.8, 1.0))
CALIBRATION = Calibration(Curve(), Curve(), 0.2, LEVELS, "tests", 100)


def picture(magnification: float = 1.0) -> PreparedPicture:
    pixels = np.zeros((HEIGHT, 128), np.uint8)
    pixels[4:28, 4:124:3] = 255
    to_picture = np.array([[1, 0, 0], [0, 1, 0]]) / magnification
    return PreparedPicture(Prepared(pixels, to_picture, (0, 128)), (HEIGHT, 128))


def written(*places: dict[int, float]) -> Logits:
    """Log probabilities of digits at their places: each a choice of digits with their probabilities."""
    probabilities = np.full((4 * len(places) + 1, CLASS_COUNT), 1e-7)
    probabilities[:, BLANK] = 1
    for index, choice in enumerate(places):
        probabilities[2 + 4 * index, BLANK] = max(1e-7, 1 - sum(choice.values()))
        probabilities[2 + 4 * index, list(choice)] = list(choice.values())
    return log_softmax(np.log(probabilities).astype(np.float32))


ANY = dict.fromkeys(range(10), 0.1)
SURE = written({4: 0.999}, {0: 0.9985}, {9: 0.999})
DOUBTFUL = written({4: 0.999}, {0: 0.7, 6: 0.3}, {9: 0.999})


def read(log_probabilities: Logits, constraint: Constraint | None = None, **asked: float) -> Recognition:
    question = Question.of(constraint, int(asked.get("alternatives", 0)), asked.get("max_error", 0.005))
    return decode(Lattice(log_probabilities), picture(asked.get("magnification", 1.0)), question, CALIBRATION)


def test_a_sure_reading_is_accepted() -> None:
    reading = read(SURE)
    assert (reading.prediction, reading.verdict, reading.reason, reading.mask) == ("409", "accept", None, "409")
    assert reading.confidence == pytest.approx(0.999 * 0.9985 * 0.999, abs=1e-3)


def test_a_doubtful_reading_is_for_review_and_its_mask_says_where() -> None:
    reading = read(DOUBTFUL)
    assert (reading.prediction, reading.verdict, reading.mask) == ("409", "review", "4?9")


def test_who_can_live_with_more_errors_accepts_more() -> None:
    assert [read(DOUBTFUL, max_error=share).verdict for share in (0.005, 0.0999, 0.1, 1.0)] == [
        "review",
        "review",
        "accept",
        "accept",
    ]


def test_nothing_is_accepted_at_a_risk_that_was_never_measured() -> None:
    assert read(SURE, max_error=0.004).verdict == "review"


@pytest.mark.parametrize(
    ("log_probabilities", "magnification", "reason"),
    [
        (written({}), 1.0, "not_digits"),  # strokes, but no digit in them
        (written(ANY, ANY), 1.0, "not_digits"),
        (written(ANY, ANY), 4.0, "too_small"),
    ],
)
def test_what_is_no_number_is_rejected(log_probabilities: Logits, magnification: float, reason: str) -> None:
    reading = read(log_probabilities, magnification=magnification)
    assert (reading.verdict, reading.reason) == ("reject", reason)


def test_alternatives_come_in_order_and_sum_to_one_at_most() -> None:
    reading = read(DOUBTFUL, alternatives=5)
    assert [other.prediction for other in reading.alternatives[:2]] == ["409", "469"]
    chances = [other.confidence for other in reading.alternatives]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == reading.confidence
    assert sum(chances) <= 1.0001  # each is rounded to four places


def test_a_constraint_chooses_the_best_legal_string_and_says_what_it_did() -> None:
    reading = read(DOUBTFUL, Constraint(pattern="46."))
    assert reading.prediction == "469"
    assert [digit.digit for digit in reading.digits] == ["4", "6", "9"]
    assert reading.unconstrained is not None
    assert reading.unconstrained.prediction == "409"
    assert reading.unconstrained.confidence == pytest.approx(0.7, abs=0.01)
    assert reading.legal_mass == pytest.approx(0.3, abs=0.01)
    assert reading.confidence > 0.99  # given that the constraint holds
    assert reading.verdict == "accept"


def test_a_constraint_against_all_that_was_seen_is_for_review() -> None:
    reading = read(written({4: 0.999}, {0: 0.997, 6: 0.001}, {9: 0.999}), Constraint(pattern="46."))
    assert (reading.prediction, reading.verdict) == ("469", "review")
    assert reading.legal_mass == pytest.approx(0.001, abs=5e-4)


def test_a_constraint_invents_no_number() -> None:
    reading = read(SURE, Constraint(length=10))
    assert (reading.prediction, reading.digits, reading.verdict, reading.reason) == (
        "",
        (),
        "reject",
        "no_legal_reading",
    )
    assert reading.legal_mass == 0
    assert reading.unconstrained is not None
    assert reading.unconstrained.prediction == "409"


def test_without_a_constraint_there_is_no_legal_mass() -> None:
    reading = read(SURE)
    assert (reading.legal_mass, reading.unconstrained, reading.alternatives) == (None, None, ())


@pytest.mark.parametrize(("alternatives", "max_error"), [(-1, 0.1), (101, 0.1), (0, 0.0), (0, 1.5), (0, float("nan"))])
def test_questions_out_of_their_limits_are_refused(alternatives: int, max_error: float) -> None:
    with pytest.raises(ValueError, match=r"go from|share above"):
        Question(None, alternatives, max_error)


def test_a_calibration_is_the_same_after_a_journey_through_json() -> None:
    assert Calibration.from_json(CALIBRATION.to_json()) == CALIBRATION


@pytest.mark.parametrize("probability", [0.0, 1e-12, 0.3, 1.0])
def test_a_curve_keeps_to_probabilities_and_order(probability: float) -> None:
    curve = Curve(0.5, -1.0)
    assert 0 <= curve(probability) <= 1
    assert curve(probability) <= curve(min(1.0, probability + 0.1))
    assert Curve()(0.3) == pytest.approx(0.3)
