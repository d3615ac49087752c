"""`uvicorn server_api.api:app`"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypedDict, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect

from recognizer import ModelError
from server_api import observation, problems, telemetry
from server_api.access import SECURITY_SCHEMES, Access, CrossOrigin, admit
from server_api.problems import BodyTooLarge, NotReady, TimedOut, UnsupportedMediaType
from server_api.reader import Reader
from server_api.schemas import (
    COMPONENTS,
    EXAMPLE_IMAGE,
    EXAMPLE_PREDICTION,
    Batch,
    BatchResult,
    Information,
    Picture,
    Prediction,
    Status,
)
from server_api.settings import MOST_PICTURES, Settings
from server_api.startup import CannotStart, ShortStartupFailure, small_memory

DESCRIPTION = f"""Reads strings of handwritten digits from PNG and JPEG pictures.

Every answer has an `X-Request-ID`: the request's own, or a new one. `Prefer: server-timing` asks where the time went.

Every error is answered by a problem as in RFC 9457. Its `code` is stable:

{problems.table()}
"""
_REQUEST = {
    "data URL": {"value": {"image": EXAMPLE_IMAGE}},
    "bare base64": {"value": {"image": EXAMPLE_IMAGE.partition(",")[2]}},
    "with a rule": {
        "value": {
            "image": EXAMPLE_IMAGE,
            "constraint": {"length": 3, "pattern": "[1-9]\\d*"},
            "alternatives": 3,
            "max_error": 0.01,
        }
    },
}
_BATCH_REQUEST = {"two pictures": {"value": {"pictures": [{"image": EXAMPLE_IMAGE}, {"image": "no base64!"}]}}}
_READ: dict[int | str, dict[str, Any]] = {
    200: {"description": "The reading", "content": {"application/json": {"example": EXAMPLE_PREDICTION}}}
}
_READ_BATCH: dict[int | str, dict[str, Any]] = {200: {"description": "A result a picture, in order"}}
_PROBLEMS = [400, 401, 408, 413, 415, 422, 429, 431, 500, 503, 504]

_SWITCH_SECONDS = 0.0005

Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)


class DirectRoute(APIRoute):
    """Asks its endpoint with the request alone.

    FastAPI's own way, which looks for parameters and dependencies, costs the event loop a fifth more for a picture. It
    is taken where OpenTelemetry is told of each step.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        by_steps = super().get_route_handler()

        async def handle(request: Request) -> Response:
            settings: Settings | None = getattr(request.state, "settings", None)
            ask = by_steps if settings is not None and settings.telemetry else self.endpoint
            return await ask(request)

        return handle


router = APIRouter()
reading = APIRouter(route_class=DirectRoute)


class State(TypedDict):
    """What the server has loaded; each request finds it in its own state."""

    settings: Settings
    reader: Reader
    access: Access


def _loaded(request: Request) -> Reader:
    reader: Reader | None = getattr(request.state, "reader", None)
    if reader is None:
        raise NotReady
    return reader


def _body(schema: type[BaseModel], examples: dict[str, Any]) -> dict[str, Any]:
    """For OpenAPI: what comes in is parsed in the reader's threads, as five megabytes of JSON are work too."""
    content = {"schema": {"$ref": COMPONENTS.format(model=schema.__name__)}, "examples": examples}
    return {
        "requestBody": {"required": True, "content": {"application/json": content}},
        "security": [*({scheme: []} for scheme in SECURITY_SCHEMES), {}],  # none, where the settings ask for none
    }


@reading.post(
    "/predict",
    summary="Read a picture",
    response_model=Prediction,
    responses=_READ | problems.document(_PROBLEMS),
    openapi_extra=_body(Picture, _REQUEST),
)
async def predict(request: Request) -> Response:
    reader = _loaded(request)
    admit(request)(1)
    prediction, stages = await _answered(request, reader, reader.read)
    request.state.predictions, request.state.stages = [prediction], [stages]
    return _json(prediction)


@reading.post(
    "/predict/batch",
    summary=f"Read up to {MOST_PICTURES} pictures",
    response_model=BatchResult,
    responses=_READ_BATCH | problems.document(_PROBLEMS),
    openapi_extra=_body(Batch, _BATCH_REQUEST),
)
async def predict_batch(request: Request) -> Response:
    reader, count = _loaded(request), admit(request)
    results = await _answered(request, reader, lambda body: reader.read_batch(body, count))
    request.state.predictions = [result.reading for result, _ in results if result.reading is not None]
    request.state.stages = [stages for _, stages in results if stages is not None]
    request.state.problems = [result.problem.code for result, _ in results if result.problem is not None]
    return _json(BatchResult(results=[result for result, _ in results]))


def _json(answer: BaseModel) -> Response:
    """FastAPI would check it again."""
    return Response(answer.model_dump_json(), media_type="application/json")


async def _answered(request: Request, reader: Reader, read: Callable[[bytes], Awaitable[Answer]]) -> Answer:
    """What `read` makes of the body, within the time for it, and as long as somebody waits for it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    settings: Settings = request.state.settings
    if int(request.headers.get("content-length", 0)) > settings.maximum_body_bytes:
        raise BodyTooLarge(settings.maximum_body_bytes)
    reader.make_room()
    body = bytearray()
    try:
        async for chunk in request.stream():
            reader.hold(len(chunk))
            body += chunk
            if len(body) > settings.maximum_body_bytes:
                raise BodyTooLarge(settings.maximum_body_bytes)
        return await while_connected(request, read(bytes(body)), settings.request_seconds)
    finally:
        reader.hold(-len(body))


async def while_connected(request: Request, work: Awaitable[Answer], seconds: float) -> Answer:
    """Work that is cancelled when the client leaves, or the time is over. Raises ClientDisconnect, TimedOut."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(request.receive())  # after the body nothing else can come
    try:
        await asyncio.wait((working, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect if leaving.done() else TimedOut
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


@router.get("/livez", summary="Does the server run?")
async def livez() -> Status:
    return Status(status="alive")


@router.get("/readyz", summary="Can it read pictures?", responses=problems.document([503]))
@router.get("/health", summary="The same as /readyz", responses=problems.document([503]))
async def readyz(request: Request) -> Status:
    _loaded(request)
    return Status(status="ready")


@router.get("/info", summary="The model's card", responses=problems.document([503]))
async def info(request: Request) -> Information:
    return _loaded(request).information


@router.get("/", include_in_schema=False)
async def home() -> RedirectResponse:
    return RedirectResponse("/docs")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Without settings, they are read from the environment at start-up."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with small_memory():
            try:
                chosen = settings or Settings()
                reader = Reader(chosen)
            except (ModelError, ValidationError) as error:
                raise CannotStart.because(error) from error
            # A thread that computes in Python gives way after this time, lest the event loop wait for it.
            sys.setswitchinterval(_SWITCH_SECONDS)
            logger.info("reading with %d threads, %d pictures at once", chosen.threads, chosen.batch_size)
            with reader:
                yield {"settings": chosen, "reader": reader, "access": Access(chosen)}

    app = FastAPI(
        title="Handwritten numbers",
        description=DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
        middleware=[Middleware(ShortStartupFailure), Middleware(CrossOrigin)],
        redirect_slashes=False,
        redoc_url=None,
        telemetry=telemetry.configuration(wanted=settings is not None and settings.telemetry),
    )
    app.include_router(reading)
    app.include_router(router)
    problems.install(app)
    observation.install(app)
    _describe(app)
    return app


def create_configured_app() -> FastAPI:
    """By the environment as it is now: what must be known before the start, such as telemetry, is heeded too."""
    return create_app(Settings())


def _describe(app: FastAPI) -> None:
    """Adds to OpenAPI what FastAPI does not read itself and thus does not know: bodies and keys."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            _, schemas = models_json_schema([(Picture, "validation"), (Batch, "validation")], ref_template=COMPONENTS)
            components = describe()["components"]
            components["schemas"] |= schemas["$defs"]
            components["securitySchemes"] = SECURITY_SCHEMES
        return describe()

    app.openapi = openapi  # type: ignore[method-assign]


app = create_app()
