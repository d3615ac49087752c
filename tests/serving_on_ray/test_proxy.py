"""The guard in Ray's proxies, around applications that behave as Ray does."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from server_api.problems import InvalidBase64, Overloaded, respond
from server_api.settings import Settings
from serving_on_ray.proxy import ATTEMPTS, Guard

READ = JSONResponse({"prediction": "407"})
DIED = PlainTextResponse("The actor died unexpectedly before finishing this task.", 500)
FULL = PlainTextResponse("Request dropped due to backpressure (num_queued_requests=9, max_queued_requests=9).", 503)
NO_REPLICA = PlainTextResponse("Deployment numbers is unavailable.", 503)
TOO_LONG = PlainTextResponse("Request 1 timed out after 60s.", 408)
NO_APPLICATION = PlainTextResponse("Path '/' not found.", 404)
START: Message = {"type": "http.response.start", "status": 200, "headers": []}
LEAVE: Message = {"type": "http.disconnect"}


@dataclass
class Behind:
    """Answers each attempt by the next, the last of them for ever; or breaks off in the middle of it."""

    answers: list[Any]
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[bytes, bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answers[min(len(self.bodies), len(self.answers) - 1)]
        self.headers.append(dict(scope["headers"]))
        self.bodies.append(await whole(receive))
        if isinstance(answer, list):
            for message in answer:
                await send(message)
        else:
            await answer(scope, receive, send)


async def whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


@dataclass(frozen=True)
class Got:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def code(self) -> Any:
        assert (b"content-type", b"application/problem+json") in self.headers
        return json.loads(self.body)["code"]

    def header(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key.lower() == name]


def sent(*parts: bytes) -> list[Message]:
    last = len(parts) - 1
    return [{"type": "http.request", "body": part, "more_body": index < last} for index, part in enumerate(parts)]


def ask(
    behind: Callable[..., Any],
    messages: Iterable[Message] = (),
    headers: Iterable[tuple[bytes, bytes]] = (),
    path: str = "/predict",
    **settings: Any,
) -> Got | None:
    """Where the messages end the client waits. None where nobody was left to answer."""
    guard = Guard(behind, Settings(**settings))
    waiting = [*messages] or sent(b"{}")
    answer: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Message) -> None:
        answer.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "headers": [*headers]}
    asyncio.run(asyncio.wait_for(guard(scope, receive, send), 30))
    assert guard.held_bytes == 0
    start, *rest = answer
    return Got(start["status"], start["headers"], b"".join(part.get("body", b"") for part in rest))


def asked(*arguments: Any, **named: Any) -> Got:
    got = ask(*arguments, **named)
    assert got is not None
    return got


@pytest.mark.parametrize(
    "lost",
    [
        DIED,
        [],  # the replica was gone before it began
        [START],
        [START, {"type": "http.response.body", "body": b"half", "more_body": True}],
    ],
)
def test_what_a_lost_replica_left_is_asked_of_another(lost: Any) -> None:
    behind = Behind([lost, READ])
    got = asked(behind, sent(b'{"image', b'": "x"}'))
    assert (got.status, json.loads(got.body)) == (200, {"prediction": "407"})
    assert behind.bodies == [b'{"image": "x"}'] * 2


def test_what_no_replica_survives_is_given_up() -> None:
    behind = Behind([DIED])
    assert asked(behind).code == "internal_error"
    assert len(behind.bodies) == ATTEMPTS


@pytest.mark.parametrize("answer", [READ, respond(InvalidBase64), respond(Overloaded), respond(Exception)])
def test_what_the_application_answers_is_passed_on_as_it_is(answer: Any) -> None:
    behind = Behind([answer])
    got = asked(behind)
    assert (got.status, got.body) == (answer.status_code, answer.body)
    assert len(behind.bodies) == 1


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (FULL, 503, "overloaded"),
        (NO_REPLICA, 503, "not_ready"),
        (TOO_LONG, 504, "timed_out"),
        (NO_APPLICATION, 404, "not_found"),
    ],
)
def test_rays_own_words_become_problems(words: Any, status: int, code: str) -> None:
    behind = Behind([words])
    got = asked(behind, headers=[(b"x-request-id", b"mine")])
    assert (got.status, got.code, got.header(b"x-request-id")) == (status, code, [b"mine"])
    assert got.header(b"retry-after") == ([b"1"] if code == "overloaded" else [])
    assert len(behind.bodies) == 1


def test_rays_own_paths_are_left_alone() -> None:
    assert asked(Behind([NO_REPLICA]), path="/-/healthz").body == NO_REPLICA.body


def test_the_id_is_on_the_answer_once_and_is_the_one_the_replica_sees() -> None:
    behind = Behind([JSONResponse({}, headers={"X-Request-ID": "the replica's"})])
    got = asked(behind, headers=[(b"x-request-id", b"forged\nline")])
    (request_id,) = got.header(b"x-request-id")
    assert behind.headers[0][b"x-request-id"] == request_id
    assert len(request_id) == 32


@pytest.mark.parametrize("parts", [(b"{",), (b"{", b"{" * 50)])
def test_a_request_that_does_not_come_to_its_end_holds_no_replica(parts: tuple[bytes, ...]) -> None:
    behind = Behind([READ])
    got = asked(behind, sent(*parts, b"never sent")[:-1], request_seconds=0.05)
    assert (got.status, got.code, got.header(b"connection")) == (408, "request_too_slow", [b"close"])
    assert behind.bodies == []


def test_larger_headers_than_the_setting_allows_are_refused() -> None:
    behind = Behind([READ])
    assert asked(behind, headers=[(b"x-large", b"y" * 5_000)], header_bytes=4_000).code == "headers_too_large"
    assert behind.bodies == []


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"300")]])
def test_a_body_that_is_too_large_is_the_applications_to_refuse(headers: list[tuple[bytes, bytes]]) -> None:
    behind = Behind([DIED])
    parts = [b"x" * 100] * 3
    assert asked(behind, sent(*parts), headers, maximum_body_bytes=150).code == "internal_error"
    assert behind.bodies == [b"x" * 300]  # once: it is not kept


def test_bodies_are_held_up_to_the_setting() -> None:
    assert asked(Behind([READ]), sent(b"x" * 100, b"x" * 100), held_bytes=150).code == "overloaded"


@pytest.mark.parametrize("messages", [[LEAVE], [sent(b"{", b"")[0], LEAVE]])
def test_nobody_is_asked_for_one_who_has_left(messages: list[Message]) -> None:
    behind = Behind([READ])
    assert asked(behind, messages).code == "body_incomplete"
    assert behind.bodies == []


def test_a_lost_replica_is_nobodys_loss_where_the_client_has_left() -> None:
    class Dies(Behind):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await whole(receive)
            assert (await receive())["type"] == "http.disconnect"
            self.bodies.append(b"")
            await DIED(scope, receive, send)

    behind = Dies([])
    ask(behind, [*sent(b"{}"), LEAVE])
    assert len(behind.bodies) == 1
