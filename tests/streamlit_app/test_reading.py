from typing import Any

import pytest

from streamlit_app.api_client import Reading
from streamlit_app.reading import others, rejection, without_rule
from tests.streamlit_app.stand_in import READING


def a_reading(**changed: Any) -> Reading:
    return Reading.model_validate(READING | changed)


def an_alternative(prediction: str, confidence: float = 0.5) -> dict[str, Any]:
    return {"prediction": prediction, "confidence": confidence}


def test_the_prediction_and_what_is_hardly_possible_are_no_alternatives() -> None:
    offered = [an_alternative(*pair) for pair in (("4", 0.9), ("9", 0.001), ("7", 0.0009), ("", 0.05))]
    assert [other.prediction for other in others(a_reading(alternatives=offered))] == ["9"]


@pytest.mark.parametrize(
    ("changed", "title", "advice"),
    [
        ({"reason": "blank", "prediction": ""}, "No digits found", "contrast"),
        ({"reason": "too_small", "prediction": ""}, "Written too small", "Write larger"),
        ({"reason": "not_digits", "prediction": ""}, "does not look like a number", "side by side"),
        ({"reason": "not_digits"}, "does not look like a number", "If it is one, it reads 4."),
        (
            {
                "reason": "no_legal_reading",
                "prediction": "",
                "legal_mass": 0.0,
                "unconstrained": an_alternative("40951"),
            },
            "Nothing in the picture fits",
            "Without the rule it reads 40951.",
        ),
    ],
)
def test_a_rejection_says_why_in_plain_words(changed: dict[str, Any], title: str, advice: str) -> None:
    said, told = rejection(a_reading(verdict="reject", **changed))
    assert title in said
    assert advice in told


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"legal_mass": 0.9, "unconstrained": an_alternative("4")}, ""),  # the rule changed nothing
        ({"legal_mass": 0.3, "unconstrained": an_alternative("9")}, "Without the rule it reads 9."),
        (
            {"legal_mass": 0.01, "unconstrained": an_alternative("9")},
            "The picture hardly fits the rule. Without the rule it reads 9.",
        ),
        ({"legal_mass": 0.3, "unconstrained": an_alternative("")}, "Without the rule it reads no digits at all."),
    ],
)
def test_a_rule_never_changes_the_reading_in_silence(changed: dict[str, Any], said: str) -> None:
    assert without_rule(a_reading(**changed)) == said
