"""Events of Lambda -> requests to an ASGI application -> HTTP responses as Lambda's callers know them."""

import asyncio
import json
import logging
from typing import Any

from fastapi import FastAPI
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES, HANDLERS
from mangum.types import LambdaConfig
from starlette.types import Receive, Scope, Send

from server_api.observation import REQUEST_ID
from server_api.problems import MEDIA_TYPE

_REQUEST_ID = REQUEST_ID.lower().encode()
_CONFIG = LambdaConfig(api_gateway_base_path="/", text_mime_types=[], exclude_headers=[])
_NO_CONTEXT: Any = None

# It logs the path of every request, and nothing of what was sent shall be in a log.
logging.getLogger("mangum").setLevel(logging.WARNING)


class Adapter:
    """A handler for Lambda: the application, started once, answers one event after the other.

    An event is a request of API Gateway (REST and HTTP APIs), a function URL, a load balancer or CloudFront, or else
    the body of a request itself: that of /predict, or of /predict/batch where it has `pictures`.
    """

    def __init__(self, app: FastAPI, base_path: str = "/") -> None:
        """Start the application, which takes as long as starting the server. base_path: what API Gateway puts before
        all paths, the name of a stage or of a mapping.

        Raises:
            CannotStart
        """
        self._app = app
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)  # where Mangum looks for it
        # Mangum's own way would start the application, and load the model, for every request.
        self._lifespan = app.router.lifespan_context(app)
        try:
            self._state = self._loop.run_until_complete(self._start())
        except Exception:
            self._end_loop()
            raise
        self._mangum = Mangum(
            self._answer,
            lifespan="off",
            api_gateway_base_path=base_path,
            text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, MEDIA_TYPE],
        )

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """The answer: `statusCode`, `headers` and `body`, the same as the server's."""
        asyncio.set_event_loop(self._loop)
        return self._mangum(event if _is_request(event) else _as_request(event), context)

    def close(self) -> None:
        """Ends the application's threads. Lambda has no use for it: it ends the whole process."""
        self._loop.run_until_complete(self._lifespan.__aexit__(None, None, None))
        self._end_loop()

    async def _start(self) -> dict[str, Any]:
        return dict(await self._lifespan.__aenter__() or {})

    def _end_loop(self) -> None:
        asyncio.set_event_loop(None)
        self._loop.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        lambda_id = getattr(scope["aws.context"], "aws_request_id", None)
        if lambda_id and all(name != _REQUEST_ID for name, _ in scope["headers"]):
            scope["headers"].append((_REQUEST_ID, lambda_id.encode()))  # so that Lambda's log and ours agree
        await self._app({**scope, "state": dict(self._state)}, receive, send)


def _is_request(event: Any) -> bool:
    """Whether it is an HTTP request, and not one only by its looks."""
    try:
        kind = next(kind for kind in HANDLERS if kind.infer(event, _NO_CONTEXT, _CONFIG))
        return bool(kind(event, _NO_CONTEXT, _CONFIG).scope)
    except (AttributeError, LookupError, StopIteration, TypeError, ValueError):
        return False


def _as_request(body: Any) -> dict[str, Any]:
    """What was given to the function directly, as API Gateway would have passed it on."""
    path = "/predict/batch" if isinstance(body, dict) and "pictures" in body else "/predict"
    return {
        "version": "2.0",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": path, "sourceIp": ""}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
