"""What `deploy/ray/serve.yaml` deploys: a replica is a process with the whole of `server_api.api`."""

import os

import ray
from pydantic import ValidationError
from ray import serve
from starlette.types import ASGIApp, Receive, Scope, Send

from recognizer import ModelError
from server_api import request_log
from server_api.api import create_configured_app
from server_api.startup import CannotStart

_THREADS = "NUMBERS_THREADS"


class NotHealthy(Exception):
    """The replica is to be replaced."""


class WithState:
    """Gives each request what the application has loaded at its start, as uvicorn does and Ray does not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._state: dict[str, object] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._state = scope.setdefault("state", {})
        else:
            scope["state"] = self._state.copy()
        await self._app(scope, receive, send)


async def ask_status(app: ASGIApp, path: str) -> int:
    """Of a GET, without a server."""
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        statuses.append(message.get("status", 0))

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "http_version": "1.1"}
    await app(scope, receive, send)
    return statuses[0]


def create_replicas_app() -> ASGIApp:
    """By the environment of the replica; a thread a CPU that Ray has given it. Raises CannotStart."""
    processors = ray.get_runtime_context().get_assigned_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
    os.environ.setdefault(_THREADS, str(max(1, int(processors))))
    request_log.to_standard_streams()
    try:
        return WithState(create_configured_app())
    except (ModelError, ValidationError) as error:
        raise CannotStart.because(error) from None


@serve.deployment(name="numbers")
@serve.ingress(create_replicas_app)
class Numbers:
    """Ray adds `app`, what `create_replicas_app` has made."""

    app: ASGIApp

    async def check_health(self) -> None:
        """Called by Ray again and again. Raises NotHealthy."""
        status = await ask_status(self.app, "/readyz")
        if status != 200:
            raise NotHealthy(f"/readyz answers {status}")


app = Numbers.bind()  # type: ignore[attr-defined]  # Ray makes a Deployment of the class
