"""What happens before the first request: memory is kept small, and a start that fails says why in a line."""

import asyncio
import ctypes
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


# https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 128 << 10  # a picture, or a long body; among smaller pieces they would leave holes that nothing fills
_KEPT_BYTES = 4 << 20  # from picture to picture: pages given back and taken again cost a tenth of a reading
_ARENAS = 2
_SECONDS_BETWEEN_TRIMS = 5


@asynccontextmanager
async def small_memory() -> AsyncIterator[None]:
    """Gives what pictures took back to the system.

    glibc keeps it for the next one in each thread, up to twice as much as the largest pictures ever took, and small
    pieces between longer lived ones for ever. Other libraries of C have no such functions, or need none.
    """
    c = ctypes.CDLL(None) if os.name == "posix" else None
    if not hasattr(c, "mallopt") or not hasattr(c, "malloc_trim"):
        yield
        return
    assert c is not None
    c.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    c.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    c.mallopt(_M_ARENA_MAX, _ARENAS)

    async def trim() -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_TRIMS)
            await asyncio.to_thread(c.malloc_trim, 0)

    trimming = asyncio.create_task(trim())
    try:
        yield
    finally:
        trimming.cancel()


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
