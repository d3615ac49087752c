"""The handler answers what the server answers: one table of requests, sent to both."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from server_api.api import create_app
from server_api.problems import PROBLEMS
from serverless_api.adapter import Adapter
from serverless_api.settings import Settings
from tests.conftest import ROOT
from tests.server_api.pictures import encoded
from tests.server_api.serving import serving
from tests.server_api.test_attacks import BODIES, CONTENT_TYPES, LIMIT, image, picture
from tests.serverless_api.events import EVENTS, JSON, Event, Request, response

SAMPLE = (ROOT / "docs" / "sample.png").read_bytes()
SAMPLE_BODY = picture(SAMPLE)
LARGE = 20_000  # bytes: what is larger is read by the same code, only longer
OTHERS = {"date", "x-request-id", "server-timing"}  # headers that differ from answer to answer
PAGE = "https://example.org"

ALL_PICTURES = [json.loads(SAMPLE_BODY), {"image": "no base64!"}, {"image": "aGVsbG8="}, {}, 5]


def batch(*pictures: Any) -> bytes:
    return json.dumps({"pictures": pictures}).encode()


def read(**more: object) -> bytes:
    return image(encoded(SAMPLE), **more)


def asking(**headers: str) -> dict[str, str]:
    return {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}


REQUESTS: dict[str, Request] = {
    # Every body that the server is attacked with.
    **{name: Request(body=body) for name, body, _, _ in BODIES if isinstance(body, bytes) and len(body) <= LARGE},
    "a byte over the limit": Request(body=image("A" * LIMIT)),
    # Content types.
    **{
        f"content type {kind}": Request(body=SAMPLE_BODY, headers={} if kind is None else {"Content-Type": kind})
        for kind, _, _ in CONTENT_TYPES
    },
    # What may be asked beside the picture.
    "alternatives": Request(body=read(alternatives=3)),
    "an error to live with": Request(body=read(max_error=0.3)),
    "pattern and length": Request(body=read(constraint={"pattern": "4\\d+", "length": [4, 6]}, alternatives=2)),
    "a list": Request(body=read(constraint={"one_of": ["40950", "40951"]})),
    "a rule that nothing fits": Request(body=read(constraint={"one_of": ["1"]})),
    "a range": Request(body=read(constraint={"range": {"low": 1, "high": 99, "leading_zeros": True}})),
    "a checksum": Request(body=read(constraint={"checksum": "luhn"})),
    "a pattern that is none": Request(body=read(constraint={"pattern": "("})),
    "rules that contradict each other": Request(body=read(constraint={"length": 3, "one_of": ["40950"]})),
    # Batches.
    "a batch, good and bad": Request(path="/predict/batch", body=batch(*ALL_PICTURES)),
    "a batch of none": Request(path="/predict/batch", body=batch()),
    "a batch of too many": Request(path="/predict/batch", body=batch(*[{"image": ""}] * 65)),
    "a batch that is none": Request(path="/predict/batch", body=b'{"pictures": "x"}'),
    "a batch in plain text": Request(path="/predict/batch", body=batch({}), headers={"Content-Type": "text/plain"}),
    # Other paths and methods.
    "alive": Request("GET", "/livez", {}),
    "ready": Request("GET", "/readyz", {}),
    "healthy": Request("GET", "/health", {}),
    "the model's card": Request("GET", "/info", {}),
    "the documentation": Request("GET", "/docs", {}),
    "the documentation for programs": Request("GET", "/openapi.json", {}),
    "home": Request("GET", "/", {}),
    "no such path": Request("GET", "/nothing", {}),
    "a slash too many": Request(path="/predict/", body=SAMPLE_BODY),
    "a path out of letters": Request("GET", "/%00%ff", {}),
    "GET of a picture": Request("GET", "/predict", {}),
    "PUT of a picture": Request("PUT", "/predict", body=SAMPLE_BODY),
    "DELETE of the card": Request("DELETE", "/info", {}),
    "POST of health": Request("POST", "/livez", {}),
    # Pages of other sites, which may not call unless the settings say so.
    "a page of another site": Request(body=SAMPLE_BODY, headers=asking(Origin=PAGE)),
    "a page of another site, asking before": Request(
        "OPTIONS", "/predict", {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    ),
}

GUARDED = {
    "api_keys": "right,seldom",
    "cors_origins": PAGE,
    "held_bytes": "100000",
    "rate_limit": "60/hour",
}
GUARDED_REQUESTS: dict[str, Request] = {
    "no key": Request(body=SAMPLE_BODY),
    "a wrong key": Request(body=SAMPLE_BODY, headers=asking(X_API_Key="wrong")),
    "the right key": Request(body=SAMPLE_BODY, headers=asking(X_API_Key="right")),
    "health needs no key": Request("GET", "/livez", {}),
    "a page that may call": Request(body=SAMPLE_BODY, headers=asking(X_API_Key="right", Origin=PAGE)),
    "a page that may call, asking before": Request(
        "OPTIONS", "/predict", {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    ),
    "a page that may not": Request(
        "OPTIONS", "/predict", {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    ),
    "more than memory is set aside for": Request(body=image("A" * 100_000), headers=asking(X_API_Key="right")),
    "more than the limit allows": Request(
        path="/predict/batch", body=batch(*[{}] * 61), headers=asking(X_API_Key="seldom")
    ),
}

HASTY = {"request_seconds": "0.1", "threads": "1"}
TOO_MUCH = Request(path="/predict/batch", body=batch(*[json.loads(SAMPLE_BODY)] * 64))

THE_GATEWAYS_OWN = {"invalid_http", "request_too_slow", "headers_too_large", "body_incomplete"}
"""Codes for what does not get as far as Lambda."""
NEVER = {"not_ready", "internal_error"}
"""Without a model there is no handler; and test_adapter.py has what fails inwardly."""


@contextmanager
def both(folder: Path, settings: dict[str, str]) -> Iterator[tuple[httpx.Client, Adapter]]:
    """A server and a handler with the same settings."""
    environment = {f"NUMBERS_{name.upper()}": value for name, value in settings.items()}
    with (
        serving(folder / "log", **environment) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        adapter = Adapter(create_app(Settings.model_validate(settings)))
        try:
            yield client, adapter
        finally:
            adapter.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Adapter]]:
    with both(tmp_path_factory.mktemp("guarded"), GUARDED) as servers:
        yield servers


def ask(client: httpx.Client, request: Request) -> httpx.Response:
    return client.request(request.method, request.path, headers=request.headers, content=request.body)


def assert_same(ours: httpx.Response, theirs: httpx.Response) -> None:
    assert ours.status_code == theirs.status_code
    assert ours.content == theirs.content
    others = OTHERS if ours.content else OTHERS | {"content-type"}  # of nothing, Mangum tells one
    assert [pair for pair in sorted(ours.headers.multi_items()) if pair[0] not in others] == [
        pair for pair in sorted(theirs.headers.multi_items()) if pair[0] not in others
    ]
    assert "x-request-id" in ours.headers


def of_a_table(table: dict[str, Request]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("request_", table.values(), ids=table)


@of_a_table(REQUESTS)
def test_every_kind_of_event_is_answered_as_by_the_server(
    request_: Request, api: httpx.Client, handler: Adapter
) -> None:
    answer = ask(api, request_)
    for event in EVENTS.values():
        assert_same(response(handler(event(request_), None)), answer)


def bodies() -> Iterator[tuple[str, Request, Any]]:
    """Requests whose bodies are JSON, and thus can be events: Lambda itself refuses those that are none."""
    for name, request in REQUESTS.items():
        path = "/predict/batch" if b'"pictures"' in request.body else "/predict"
        if request == Request(path=path, body=request.body):
            try:
                yield name, request, json.loads(request.body.decode())
            except (ValueError, RecursionError):
                continue


@pytest.mark.parametrize(("request_", "event"), [row[1:] for row in bodies()], ids=[row[0] for row in bodies()])
def test_a_body_alone_is_answered_as_by_the_server(
    request_: Request, event: Event, api: httpx.Client, handler: Adapter
) -> None:
    assert_same(response(handler(event, None)), ask(api, request_))


@of_a_table(GUARDED_REQUESTS)
def test_with_other_settings_too(request_: Request, guarded: tuple[httpx.Client, Adapter]) -> None:
    client, adapter = guarded
    answer = ask(client, request_)
    for event in EVENTS.values():
        assert_same(response(adapter(event(request_), None)), answer)


def test_what_takes_too_long_is_given_up_as_by_the_server(tmp_path: Path) -> None:
    with both(tmp_path, HASTY) as (client, adapter):
        answer = ask(client, TOO_MUCH)
        assert (answer.status_code, answer.json()["code"]) == (504, "timed_out")
        assert_same(response(adapter(EVENTS["function URL"](TOO_MUCH), None)), answer)


def test_the_table_has_every_problem(api: httpx.Client, guarded: tuple[httpx.Client, Adapter]) -> None:
    answers = [ask(api, request) for request in REQUESTS.values()]
    answers += [ask(guarded[0], request) for request in GUARDED_REQUESTS.values()]
    told = {answer.json()["code"] for answer in answers if "problem+json" in answer.headers.get("content-type", "")}
    known = {answer.code for answer in PROBLEMS.values()}
    assert told | {"timed_out"} == known - THE_GATEWAYS_OWN - NEVER
