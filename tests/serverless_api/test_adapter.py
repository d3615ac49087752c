"""What belongs to Lambda alone; test_equality.py has what is the server's."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server_api import api
from server_api.api import create_app
from server_api.reader import Reader
from server_api.startup import CannotStart
from serverless_api.adapter import Adapter
from serverless_api.settings import Settings
from tests.conftest import ROOT
from tests.server_api.answers import MARKER, check_problem
from tests.server_api.pictures import encoded
from tests.serverless_api.events import EVENTS, JSON, Request, http_api, load_balancer, response, rest_api

PICTURE = {"image": f"data:image/png;base64,{encoded((ROOT / 'docs' / 'sample.png').read_bytes())}"}
ASKING = Request(body=json.dumps(PICTURE).encode())


@dataclass(frozen=True)
class Context:
    aws_request_id: str


@pytest.fixture
def failing() -> Iterator[Adapter]:
    app = create_app(Settings())

    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError(MARKER)

    adapter = Adapter(app)
    yield adapter
    adapter.close()


def test_the_predecessors_event_is_answered_by_an_http_response(handler: Adapter) -> None:
    answer = handler(PICTURE, None)
    assert answer.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(answer["body"])["prediction"] == "40950"


def test_it_may_ask_all_that_a_request_may(handler: Adapter) -> None:
    asked = {**PICTURE, "alternatives": 2, "max_error": 0.3, "constraint": {"one_of": ["40950", "40951"]}}
    reading = json.loads(handler(asked, None)["body"])
    assert [other["prediction"] for other in reading["alternatives"]] == ["40950", "40951"]
    assert reading["verdict"] == "accept"


def test_several_pictures_are_a_batch(handler: Adapter) -> None:
    results = json.loads(handler({"pictures": [PICTURE, {"image": "?"}]}, None)["body"])["results"]
    assert results[0]["reading"]["prediction"] == "40950"
    assert results[1]["problem"]["code"] == "invalid_base64"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},  # to keep a function warm
        {"Records": [{"eventSource": "aws:s3", "s3": {}}]},
        # What only looks like a request.
        {"Records": []},
        {"Records": 5},
        {"requestContext": {}},
        {"requestContext": None},
        {"requestContext": {}, "version": "2.0"},
        {"requestContext": {}, "resource": "/"},
        {"requestContext": {"elb": {}}},
        load_balancer(Request(headers={"Host": "::"})),
        [],
        "image",
        5,
        None,
    ],
    ids=str,
)
def test_any_other_event_is_a_request_that_is_wrong(event: Any, handler: Adapter) -> None:
    check_problem(response(handler(event, None)), 422, "invalid_request")


@pytest.mark.parametrize("kind", EVENTS)
def test_a_body_in_base64_is_the_same(kind: str, handler: Adapter) -> None:
    event = EVENTS[kind](ASKING) | {"body": base64.b64encode(ASKING.body).decode(), "isBase64Encoded": True}
    assert response(handler(event, None)).json()["prediction"] == "40950"


@pytest.mark.parametrize("kind", EVENTS)
def test_an_answer_is_text_and_json_throughout(kind: str, handler: Adapter) -> None:
    for request in (ASKING, Request(body=b"?"), Request("GET", "/metrics", {})):
        answer = handler(EVENTS[kind](request), None)
        assert answer["isBase64Encoded"] is False
        assert json.loads(json.dumps(answer)) == answer


def test_cloudfronts_requests_are_answered_too(handler: Adapter) -> None:
    request = {"clientIp": "192.0.2.1", "method": "GET", "uri": "/livez", "querystring": "", "headers": {}}
    answer = handler({"Records": [{"cf": {"config": {}, "request": request}}]}, None)
    assert (answer["status"], json.loads(answer["body"])) == (200, {"status": "alive"})


def test_the_model_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load(settings: Settings) -> Reader:
        loaded.append(settings)
        return Reader(settings)

    monkeypatch.setattr(api, "Reader", load)
    adapter = Adapter(create_app(Settings()))
    assert len(loaded) == 1
    answers = [adapter(PICTURE, None) for _ in range(3)]
    adapter.close()
    assert [answer["statusCode"] for answer in answers] == [200] * 3
    assert len(loaded) == 1


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize(
    ("given", "told"),
    [({}, "of-lambda"), ({"X-Request-ID": "of-the-client"}, "of-the-client")],
    ids=["none given", "one given"],
)
def test_an_answer_has_the_id_of_lambdas_own_log(given: dict[str, str], told: str, kind: str, handler: Adapter) -> None:
    event = EVENTS[kind](Request(body=ASKING.body, headers=JSON | given))
    assert response(handler(event, Context("of-lambda"))).headers["x-request-id"] == told


def test_a_body_alone_has_it_too(handler: Adapter) -> None:
    assert handler(PICTURE, Context("of-lambda"))["headers"]["x-request-id"] == "of-lambda"


@pytest.mark.parametrize("event", [http_api, rest_api])
def test_what_api_gateway_puts_before_a_path_is_taken_away(event: Any) -> None:
    adapter = Adapter(create_app(Settings()), base_path="/prod")
    answers = [response(adapter(event(Request("GET", path, {})), None)) for path in ("/prod/livez", "/livez", "/prod")]
    adapter.close()
    assert [answer.status_code for answer in answers] == [200, 200, 404]


def test_an_inward_failure_tells_nothing_and_ends_nothing(failing: Adapter) -> None:
    check_problem(response(failing(EVENTS["REST API"](Request("GET", "/fail", {})), None)), 500, "internal_error")
    assert failing(PICTURE, None)["statusCode"] == 200


def test_without_a_model_there_is_no_handler(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="cannot read the model file"):
        Adapter(create_app(Settings(model=tmp_path / "none.onnx")))
