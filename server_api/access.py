"""Who may ask, and how often."""

import hmac
import math
import time
from collections.abc import Callable
from functools import partial

from fastapi import Request
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server_api.observation import REQUEST_ID
from server_api.problems import ForeignOrigin, RateLimited, Unauthorized, respond
from server_api.settings import Settings

API_KEY_HEADER = "X-API-Key"
SECURITY_SCHEMES = {
    "APIKeyHeader": {
        "type": "apiKey",
        "in": "header",
        "name": API_KEY_HEADER,
        "description": "Where the server asks for one; see docs/operations.md.",
    }
}
"""For OpenAPI."""


class Access:
    """Checks keys and counts pictures."""

    def __init__(self, settings: Settings) -> None:
        self._keys = tuple(key.encode() for key in settings.all_api_keys())
        self._limits = parse_many(settings.rate_limit) if settings.rate_limit else []
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def identify(self, key: str | None, address: str) -> str:
        """The one who asks: the key, or where none is asked for, the address. Raises Unauthorized."""
        if not self._keys:  # whoever makes up a new key for each request would have no limit
            return address
        given = (key or "").encode("utf-8", "surrogateescape")
        # All of them are compared, each in constant time: the time tells nothing about any.
        if key is None or not sum(hmac.compare_digest(given, known) for known in self._keys):
            raise Unauthorized
        return key

    def count(self, client: str, pictures: int) -> None:
        """Raises RateLimited, and then counts nothing."""
        for limit in self._limits:
            if not self._limiter.test(limit, client, cost=pictures):
                reset = self._limiter.get_window_stats(limit, client).reset_time
                raise RateLimited(max(1, math.ceil(reset - time.time())))
        for limit in self._limits:
            self._limiter.hit(limit, client, cost=pictures)


def admit(request: Request) -> Callable[[int], None]:
    """Counts pictures of the one who asks, who may. Raises Unauthorized; and what it returns, RateLimited."""
    access: Access = request.state.access
    address = request.client.host if request.client else ""
    return partial(access.count, access.identify(request.headers.get(API_KEY_HEADER), address))


class CrossOrigin:
    """Middleware: lets pages of the origins in the settings call, which are known once the server has started."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._allowing: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._allowing is None and "settings" in scope.get("state", {}):
            settings: Settings = scope["state"]["settings"]
            self._allowing = self._app
            if settings.cors_origins:
                self._allowing = _Cors(
                    self._app,
                    allow_origins=settings.cors_origins,
                    allow_methods=("GET", "POST"),
                    allow_headers=("Content-Type", "Prefer", API_KEY_HEADER, REQUEST_ID),
                    expose_headers=("Retry-After", "Server-Timing", REQUEST_ID),
                )
        await (self._allowing or self._app)(scope, receive, send)


class _Cors(CORSMiddleware):
    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        return response if response.status_code < 400 else respond(ForeignOrigin)
