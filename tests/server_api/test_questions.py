"""What may be asked beside the picture: rules, alternatives, an error to live with."""

from typing import Any

import httpx
import pytest

from recognizer import Constraint, NumberRange, Recognizer, WeightedSum
from tests.conftest import ROOT
from tests.server_api.pictures import encoded

pytestmark = pytest.mark.contract

SAMPLE = ROOT / "docs" / "sample.png"  # 40950
IMAGE = encoded(SAMPLE.read_bytes())

CONSTRAINTS: list[tuple[dict[str, Any], Constraint]] = [
    ({"length": 5}, Constraint(length=5)),
    ({"length": [4, 6]}, Constraint(length=(4, 6))),
    ({"pattern": r"4\d+"}, Constraint(pattern=r"4\d+")),
    ({"one_of": ["40950", "40951"]}, Constraint(one_of=("40950", "40951"))),
    ({"range": {"low": 1, "high": 99999}}, Constraint(range=NumberRange(1, 99999))),
    (
        {"range": {"low": 1, "high": 99, "leading_zeros": True}, "length": 5},
        Constraint(range=NumberRange(1, 99, leading_zeros=True), length=5),
    ),
    ({"checksum": "luhn"}, Constraint(checksum="luhn")),
    (
        {"checksum": {"weights": [1, 1, 1, 1, 1], "modulus": 9}},
        Constraint(checksum=WeightedSum((1, 1, 1, 1, 1), 9)),
    ),
    ({}, Constraint()),
]


def ask(api: httpx.Client, **fields: object) -> httpx.Response:
    return api.post("/predict", json={"image": IMAGE, **fields})


@pytest.mark.parametrize(("sent", "meant"), CONSTRAINTS, ids=str)
def test_every_kind_of_rule_binds_as_in_the_recognizer(
    sent: dict[str, Any], meant: Constraint, api: httpx.Client, recognizer: Recognizer
) -> None:
    answer = ask(api, constraint=sent, alternatives=3).json()
    reading = recognizer.read(SAMPLE, constraint=meant, alternatives=3)
    assert (answer["prediction"], answer["verdict"], answer["legal_mass"]) == (
        reading.prediction,
        reading.verdict,
        reading.legal_mass,
    )
    assert [other["prediction"] for other in answer["alternatives"]] == [o.prediction for o in reading.alternatives]
    assert answer["unconstrained"]["prediction"] == "40950"


def test_a_plain_request_is_answered_as_ever_and_more_is_told(api: httpx.Client) -> None:
    answer = ask(api).json()
    assert answer["prediction"] == "40950"
    assert len(answer["digits"]) == 5
    assert answer["verdict"] in ("accept", "review")
    assert (answer["alternatives"], answer["legal_mass"], answer["unconstrained"]) == ([], None, None)
    assert len(answer["mask"]) == 5


@pytest.mark.parametrize(
    ("fields", "code", "told"),
    [
        ({"constraint": {"pattern": "12("}}, "constraint_invalid", "pattern"),
        ({"constraint": {"pattern": r"(\d{900}){900}"}}, "constraint_invalid", "pattern"),
        ({"constraint": {"length": 300}}, "constraint_invalid", "length"),
        ({"constraint": {"length": [1, 2, 3]}}, "constraint_invalid", "length"),
        ({"constraint": {"one_of": ["12", "x"]}}, "constraint_invalid", "position 2"),
        ({"constraint": {"one_of": []}}, "constraint_invalid", "one_of"),
        ({"constraint": {"one_of": ["1"] * 10_001}}, "constraint_invalid", "10,000"),
        ({"constraint": {"range": {"low": 5, "high": 4}}}, "constraint_invalid", "range"),
        ({"constraint": {"checksum": "crc"}}, "constraint_invalid", "luhn"),
        ({"constraint": {"length": 4, "checksum": "ean13"}}, "constraint_invalid", "no number can satisfy"),
        ({"constraint": {"lenght": 4}}, "invalid_request", "unknown name"),
        ({"constraint": 5}, "invalid_request", "constraint"),
        ({"constraint": {"range": {"low": 1}}}, "invalid_request", "constraint.range.high"),
        ({"alternatives": -1}, "invalid_request", "alternatives"),
        ({"alternatives": "5"}, "invalid_request", "alternatives"),
        ({"max_error": 0}, "invalid_request", "max_error"),
        ({"max_error": 2}, "invalid_request", "max_error"),
    ],
    ids=str,
)
def test_a_bad_question_is_answered_by_what_is_wrong_and_where(
    fields: dict[str, Any], code: str, told: str, api: httpx.Client
) -> None:
    response = ask(api, **fields)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == code
    assert told in problem["detail"]
