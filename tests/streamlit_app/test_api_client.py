"""The client against real local servers."""

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from streamlit_app.api_client import (
    ApiAway,
    ApiBusy,
    ApiClient,
    ApiError,
    ApiFailed,
    ApiRefused,
    ApiSlow,
    Constraint,
    ConstraintRefused,
    KeyRefused,
    Question,
)
from tests.streamlit_app.stand_in import READING, StandIn, stand_in

PROBLEM = {"type": "about:blank", "title": "Picture", "status": 413, "detail": "too large", "code": "picture_too_large"}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Callable[..., ApiClient]]:
    clients: list[ApiClient] = []

    def connect(url: str, timeout: float = 5) -> ApiClient:
        clients.append(ApiClient(url, timeout))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def test_a_reading_is_typed(server: StandIn, connect: Callable[..., ApiClient]) -> None:
    reading = connect(server.url).read(b"\x89PNG")
    assert reading.model_dump(mode="json") == READING


@pytest.mark.parametrize(
    ("picture", "sent"),
    [
        (b"\x89PNG\r\n", "data:image/png;base64,iVBORw0K"),
        (b"\xff\xd8\xff\xe0", "data:image/jpeg;base64,/9j/4A=="),
    ],
)
def test_the_picture_goes_out_as_it_is(
    server: StandIn, connect: Callable[..., ApiClient], picture: bytes, sent: str
) -> None:
    connect(server.url).read(picture)
    assert server.requests == [("/predict", {"image": sent})]


@pytest.mark.parametrize(
    ("question", "alternatives", "sent"),
    [
        (None, 5, {"alternatives": 5}),
        (Question(), 0, {}),
        (Question(max_error=0.01), 0, {"max_error": 0.01}),
        (
            Question(constraint=Constraint(length=16, checksum="luhn")),
            0,
            {"constraint": {"length": 16, "checksum": "luhn"}},
        ),
        (Question(constraint=Constraint(pattern="4|5")), 2, {"constraint": {"pattern": "4|5"}, "alternatives": 2}),
    ],
)
def test_only_what_is_asked_for_goes_out(
    server: StandIn,
    connect: Callable[..., ApiClient],
    question: Question | None,
    alternatives: int,
    sent: dict[str, object],
) -> None:
    connect(server.url).read(b"\x89PNG\r\n", question, alternatives)
    assert server.requests == [("/predict", {"image": "data:image/png;base64,iVBORw0K"} | sent)]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(401, "unauthorized", KeyRefused), (503, "overloaded", ApiBusy), (429, "rate_limited", ApiBusy)],
)
def test_what_is_no_fault_of_the_picture_is_told_apart(
    server: StandIn, connect: Callable[..., ApiClient], status: int, code: str, error: type[ApiError]
) -> None:
    server.status = status
    server.answer = json.dumps({**PROBLEM, "status": status, "code": code}).encode()
    with pytest.raises(error):
        connect(server.url).read(b"picture")


def test_a_refused_constraint_is_told_from_a_refused_picture(
    server: StandIn, connect: Callable[..., ApiClient]
) -> None:
    server.status = 422
    server.answer = json.dumps({**PROBLEM, "detail": "write a )", "code": "constraint_invalid"}).encode()
    with pytest.raises(ConstraintRefused) as raised:
        connect(server.url).read(b"picture", Question(constraint=Constraint(pattern="(")))
    assert raised.value.detail == "write a )"


@pytest.mark.parametrize(
    ("status", "answer", "error", "message"),
    [
        (413, json.dumps(PROBLEM), ApiRefused, "too large"),
        (422, json.dumps(PROBLEM), ApiRefused, "too large"),
        (503, json.dumps({**PROBLEM, "detail": "not ready"}), ApiFailed, "not ready"),
        (500, "<html>oops</html>", ApiFailed, "status 500"),  # a proxy's own page
        (404, '{"status": 404}', ApiFailed, "status 404"),  # somebody else's API
        (200, "{}", ApiFailed, "status 200"),
        (200, "", ApiFailed, "status 200"),
    ],
)
def test_any_other_answer_is_a_plain_error(
    server: StandIn,
    connect: Callable[..., ApiClient],
    status: int,
    answer: str,
    error: type[ApiError],
    message: str,
) -> None:
    server.status, server.answer = status, answer.encode()
    with pytest.raises(error, match=message) as raised:
        connect(server.url).read(b"picture")
    assert raised.value.advice


def test_a_slow_api_is_not_waited_for(server: StandIn, connect: Callable[..., ApiClient]) -> None:
    server.delay = 0.5
    with pytest.raises(ApiSlow, match="too long"):
        connect(server.url, timeout=0.1).read(b"picture")


def test_an_api_that_is_away_is_a_plain_error(connect: Callable[..., ApiClient]) -> None:
    with socket.socket() as unused:  # bound, and not listening
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ApiAway, match="cannot be reached"):
            connect(f"http://127.0.0.1:{unused.getsockname()[1]}").read(b"picture")
