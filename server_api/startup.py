"""A start that fails says why in a line."""

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recognizer import ModelError
from server_api.settings import Settings


class CannotStart(Exception):
    """The message says why, to the one who runs the server."""

    @classmethod
    def because(cls, error: ModelError | ValidationError) -> "CannotStart":
        if isinstance(error, ModelError):
            return cls(str(error))
        prefix = Settings.model_config["env_prefix"]
        return cls("; ".join(f"{prefix}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()))


class ShortStartupFailure:
    """Middleware: Starlette reports a failed start by its whole traceback; of CannotStart the message is enough."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def shorten(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                message["message"] = message["message"].rpartition(f"{CannotStart.__name__}: ")[2].rstrip()
            await send(message)

        await self._app(scope, receive, shorten if scope["type"] == "lifespan" else send)
