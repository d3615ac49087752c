"""What stands before the replicas, in each of Ray's HTTP proxies: the guards of `server_api.protocol`, as far as an
application can have them, a repetition of what a lost replica left unanswered, and problems for Ray's own words.

Ray asks `middlewares` for them where RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH says so; see deploy/ray/serve.yaml.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server_api import problems, request_log
from server_api.observation import REQUEST_ID, refuse, take_or_make
from server_api.problems import HeadersTooLarge, NotReady, Overloaded, RequestTooSlow, TimedOut
from server_api.settings import Settings

ATTEMPTS = 3
"""Of one request: no more, as there may be one that no replica survives."""

_PAUSE = 0.1  # seconds: Ray must have seen what died
_SYSTEM = "/-/"  # Ray's own paths, for probes of load balancers
_BACK_PRESSURE = b"backpressure"  # is in Ray's words for a full queue; a 503 without it: no replica is there

logger = logging.getLogger(__name__)


def middlewares() -> list[Middleware]:
    """For one proxy, by its environment."""
    request_log.to_standard_streams()
    return [Middleware(Guard, settings=Settings())]


class Guard:
    """Middleware: a request is passed on once it is whole, and its answer once that is whole.

    Whoever sends slowly thus holds no replica. Where a replica dies over a request, another is asked. That is safe, as
    nothing that the API answers changes anything.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self.held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_SYSTEM):
            await self._app(scope, receive, send)
            return
        headers = MutableHeaders(scope=scope)
        headers[REQUEST_ID] = take_or_make(headers.get(REQUEST_ID))
        request = _Request(receive)
        try:
            answer = await self._ask(scope, headers, request)
        finally:
            self.held_bytes -= len(request.body)
        for message in answer:
            await send(message)

    async def _ask(self, scope: Scope, headers: Headers, request: "_Request") -> list[Message]:
        size = len(scope["raw_path"]) + sum(len(name) + len(value) + 4 for name, value in headers.raw)
        if size > self._settings.header_bytes:
            return _refusal(HeadersTooLarge, headers, closes=True)
        try:
            async with asyncio.timeout(self._settings.request_seconds):
                await self._take_in(headers, request)
        except TimeoutError:
            return _refusal(RequestTooSlow, headers, closes=True)
        except Overloaded as error:
            return _refusal(type(error), headers, closes=True)
        if request.has_left:
            return _refusal(ClientDisconnect, headers, closes=True)
        answer = await self._attempt(scope, request)
        for _ in range(ATTEMPTS - 1):
            if not answer.is_lost or not request.is_whole or request.has_left:
                break
            logger.warning("a replica was lost over the request %s; another is asked", headers[REQUEST_ID])
            await asyncio.sleep(_PAUSE)
            answer = await self._attempt(scope, request)
        return answer.messages(headers)

    async def _take_in(self, headers: Headers, request: "_Request") -> None:
        """All of it, unless it is larger than allowed: then the application shall say so. Raises Overloaded."""
        most = self._settings.maximum_body_bytes
        if int(headers.get("content-length", 0)) > most:
            return
        while not request.is_whole and not request.has_left and len(request.body) <= most:
            before = len(request.body)
            await request.take()
            self.held_bytes += len(request.body) - before
            if self.held_bytes > self._settings.held_bytes:
                raise Overloaded

    async def _attempt(self, scope: Scope, request: "_Request") -> "_Answer":
        answer = _Answer()

        async def keep(message: Message) -> None:
            answer.kept.append(message)

        # Ray adds headers and paths to a scope.
        await self._app({**scope, "headers": [*scope["headers"]]}, request.replay(), keep)
        return answer


@dataclass
class _Request:
    """receive: the server's own. body: what has come of it. has_left: the client."""

    receive: Receive
    body: bytearray = field(default_factory=bytearray)
    is_whole: bool = False
    has_left: bool = False

    async def take(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            self.has_left = True
        else:
            self.body += message.get("body", b"")
            self.is_whole = not message.get("more_body", False)
        return message

    def replay(self) -> Receive:
        """What has come, from the beginning, and then what comes."""
        taken: list[Message] = [{"type": "http.request", "body": bytes(self.body), "more_body": not self.is_whole}]

        async def receive() -> Message:
            if taken:
                return taken.pop()
            message = await self.receive()
            self.has_left |= message["type"] == "http.disconnect"
            return message

        return receive


@dataclass
class _Answer:
    """kept: what the application or Ray has answered, in ASGI's messages."""

    kept: list[Message] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        last = self.kept[-1] if self.kept else {"type": ""}
        return last["type"] == "http.response.body" and not last.get("more_body", False)

    @property
    def status(self) -> int:
        """500 where it broke off."""
        return int(self.kept[0]["status"]) if self.is_whole else 500

    @property
    def is_the_applications(self) -> bool:
        """Whose refusals are problems, unlike Ray's."""
        kind = Headers(raw=self.kept[0]["headers"]).get("content-type") if self.is_whole else None
        return self.status < 400 or kind == problems.MEDIA_TYPE

    @property
    def is_lost(self) -> bool:
        return self.status == 500 and not self.is_the_applications

    def messages(self, headers: Headers) -> list[Message]:
        """headers: the request's."""
        if not self.is_the_applications:
            return _refusal(self._problem(), headers)
        told = MutableHeaders(scope=self.kept[0])
        told[REQUEST_ID] = headers[REQUEST_ID]  # both the application and Ray have added it
        return self.kept

    def _problem(self) -> Exception | type[Exception]:
        match self.status:
            case 503:
                is_full = any(_BACK_PRESSURE in message.get("body", b"") for message in self.kept)
                return Overloaded if is_full else NotReady
            case 408:
                return TimedOut
            case 404:
                return HTTPException(404)
            case _:
                return Exception


def _refusal(problem: Exception | type[Exception], headers: Headers, *, closes: bool = False) -> list[Message]:
    """headers: the request's. closes: the connection too, as the rest of the request is not wanted."""
    response = problems.respond(problem)
    response.headers[REQUEST_ID] = headers[REQUEST_ID]
    if closes:
        response.headers["Connection"] = "close"
    refuse(response.status_code, problems.describe(problem).code, None, headers[REQUEST_ID])
    return [
        {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers},
        {"type": "http.response.body", "body": bytes(response.body)},
    ]
