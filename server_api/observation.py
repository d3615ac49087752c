"""Every request seen from outside: its id, its line in the log, its share in the metrics, its Server-Timing."""

import re
import secrets
from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from opentelemetry import trace
from starlette.datastructures import Headers
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server_api import metrics, request_log
from server_api.schemas import Prediction
from server_api.stages import STAGES, Stages

REQUEST_ID = "X-Request-ID"
QUIET = {"/livez", "/readyz", "/health", "/metrics"}
"""Asked for all the time by machines: in the log only where they fail."""

_SAFE_ID = re.compile(r"[A-Za-z0-9._:=+/@-]{1,128}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}


def install(app: FastAPI) -> None:
    """Call it last: what is added later would stand outside, unseen."""
    # Starlette's own stands outside of all middleware, so that a failure's answer would pass nobody.
    app.add_middleware(ServerErrorMiddleware, handler=app.exception_handlers[500])
    app.add_middleware(Observation)
    app.add_api_route("/metrics", _metrics, summary="For Prometheus", response_class=PlainTextResponse)


def _metrics(request: Request) -> PlainTextResponse:
    reader = getattr(request.state, "reader", None)
    text = metrics.expose(request.app.version, reader and reader.information)
    return PlainTextResponse(text, media_type=metrics.MEDIA_TYPE)


class Observation:
    """Middleware. Routes leave in the request's state: `stages` and `predictions`, one a picture that was read;
    `problem`, the code of a refusal; `problems`, those of single pictures."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        request_id = state.setdefault("request_id", take_or_make(headers.get(REQUEST_ID)))
        status: int | None = None

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
                if _wants_timing(headers):
                    timing = _server_timing(state.get("stages", ()), perf_counter() - started)
                    message["headers"].append((b"server-timing", timing.encode()))
            await send(message)

        try:
            await self._app(scope, receive, observe)
        except Exception as error:
            error.add_note(f"{REQUEST_ID}: {request_id}")  # uvicorn puts it under the traceback
            raise
        finally:
            _record(scope, request_id, status, perf_counter() - started)


def refuse(status: int, code: str, under_way: dict[str, Any] | None, request_id: str | None = None) -> str:
    """For what the protocol itself answers. Returns the id to answer with: a new one where none is known.

    under_way: the state of the request that is cut off by it, whose own record then tells of it.
    """
    if under_way is not None:
        under_way["refused"] = status, code
        return str(under_way.setdefault("request_id", take_or_make(None)))
    request_id = request_id or take_or_make(None)
    _record({"state": {"problem": code}}, request_id, status, 0.0)
    return request_id


def take_or_make(given: str | None) -> str:
    """The id of a request."""
    return given if given and _SAFE_ID.fullmatch(given) else secrets.token_hex(16)


def _wants_timing(headers: Headers) -> bool:
    """`Prefer: server-timing`, a preference as in RFC 7240."""
    wishes = ",".join(headers.getlist("Prefer")).split(",")
    return any(wish.partition(";")[0].strip().lower() == "server-timing" for wish in wishes)


def _record(scope: Scope, request_id: str, status: int | None, seconds: float) -> None:
    state = scope["state"]
    stages: Sequence[Stages] = state.get("stages", ())
    predictions: Sequence[Prediction] = state.get("predictions", ())
    status, problem = state.get("refused", (status, state.get("problem")))
    route = _route(scope)
    method = scope.get("method")
    trace_id = trace.get_current_span().get_span_context().trace_id

    codes = [*([problem] if problem else []), *state.get("problems", ())]
    metrics.count_answer(route, status, seconds, codes)
    metrics.count_pictures(stages, predictions)
    request_log.write(
        {
            "request_id": request_id,
            "trace_id": trace.format_trace_id(trace_id) if trace_id else None,
            "method": method if method in _METHODS else None,
            "route": route,
            "status": status,
            "seconds": round(seconds, 6),
            "problem": problem,
            "pictures": len(stages) or None,
            "stages": {name: round(value, 6) for name, value in _longest(stages).items()} or None,
            "model": predictions[0].model.version if predictions else None,
            "verdicts": Counter(prediction.verdict for prediction in predictions) or None,
        },
        quiet=route in QUIET and not problem,
    )


def _route(scope: Scope) -> str | None:
    """A path as the API declares it, whatever is asked for; None where there is none like it."""
    if "route" in scope:
        return str(scope["route"].path)
    # Those that FastAPI itself adds, such as /docs, have no parameters.
    return str(scope["path"]) if "endpoint" in scope and not scope["path_params"] else None


def _longest(stages: Sequence[Stages]) -> dict[str, float]:
    """Pictures of one request are read side by side: of each stage, the slowest picture's seconds."""
    if not stages:
        return {}
    return {name: max(getattr(picture, name) for picture in stages) for name in STAGES}


def _server_timing(stages: Sequence[Stages], total: float) -> str:
    """In milliseconds: https://www.w3.org/TR/server-timing/"""
    return ", ".join(
        f"{name};dur={seconds * 1000:.3f}" for name, seconds in (_longest(stages) | {"total": total}).items()
    )
