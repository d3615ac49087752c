"""POST /predict/batch"""

from typing import Any

import httpx
import pytest

from server_api.schemas import BatchResult
from tests.server_api.pictures import encoded, kinds

pytestmark = pytest.mark.contract

PICTURES = kinds()


def ask(api: httpx.Client, *pictures: Any) -> httpx.Response:
    return api.post("/predict/batch", json={"pictures": pictures})


def test_each_picture_is_answered_in_its_place_as_alone(api: httpx.Client) -> None:
    bodies: list[dict[str, Any]] = [{"image": encoded(picture)} for picture in PICTURES.values()]
    bodies += [{**bodies[0], "alternatives": 3, "constraint": {"length": 3}, "max_error": 0.1}]
    alone = [api.post("/predict", json=body).json() for body in bodies]
    response = ask(api, *bodies)
    assert response.status_code == 200
    assert response.json() == {"results": [{"reading": reading, "problem": None} for reading in alone]}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"image": "no base64!"}, "invalid_base64"),
        ({"image": "aGVsbG8="}, "not_a_picture"),
        ({"image": 5}, "invalid_request"),
        ({}, "invalid_request"),
        ([], "invalid_request"),
        ({"image": encoded(PICTURES["JPEG"]), "constraint": {"pattern": "("}}, "constraint_invalid"),
        ({"image": encoded(PICTURES["JPEG"]), "alternatives": 1_000}, "invalid_request"),
    ],
)
def test_a_wrong_one_harms_no_other(wrong: Any, code: str, api: httpx.Client) -> None:
    good = {"image": encoded(PICTURES["grey PNG"])}
    results = BatchResult.model_validate_json(ask(api, good, wrong, good).content).results
    assert [result.reading and result.reading.prediction for result in results] == ["407", None, "407"]
    alone = api.post("/predict", json=wrong)
    assert results[1].problem is not None
    assert results[1].problem.model_dump() == alone.json()
    assert results[1].problem.code == code


@pytest.mark.parametrize("pictures", [[], [{"image": "x"}] * 65, "x", None])
def test_a_batch_has_1_to_64_pictures(pictures: Any, api: httpx.Client) -> None:
    response = api.post("/predict/batch", json={"pictures": pictures})
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_request"
    assert response.json()["detail"].startswith("pictures: ")


def test_the_most_are_answered(api: httpx.Client) -> None:
    results = ask(api, *[{"image": encoded(PICTURES["one bit"])}] * 64).json()["results"]
    assert [result["reading"]["prediction"] for result in results] == ["407"] * 64
