"""`uvicorn server_api.api:app`"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypedDict

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi.telemetry import TelemetryConfig
from pydantic import ValidationError
from starlette.middleware import Middleware

from recognizer import ModelError
from server_api import problems
from server_api.problems import BodyTooLarge, NotReady, UnsupportedMediaType
from server_api.reader import Reader
from server_api.schemas import EXAMPLE_IMAGE, EXAMPLE_PREDICTION, Information, Picture, Prediction, Status
from server_api.settings import Settings
from server_api.startup import CannotStart, ShortStartupFailure

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
DESCRIPTION = f"""Reads strings of handwritten digits from PNG and JPEG pictures.

Every error is answered by a problem as in RFC 9457. Its `code` is stable:

{problems.table()}
"""
REQUEST = {
    "required": True,
    "content": {
        "application/json": {
            "schema": Picture.model_json_schema(),
            "examples": {
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
            },
        }
    },
}
READ: dict[int | str, dict[str, Any]] = {
    200: {"description": "The reading", "content": {"application/json": {"example": EXAMPLE_PREDICTION}}}
}

router = APIRouter()


class State(TypedDict):
    reader: Reader


async def _loaded(request: Request) -> Reader:
    reader: Reader | None = getattr(request.state, "reader", None)
    if reader is None:
        raise NotReady
    return reader


Loaded = Annotated[Reader, Depends(_loaded)]


@router.post(
    "/predict",
    summary="Read a picture",
    responses=READ | problems.document([413, 415, 422, 503]),
    openapi_extra={"requestBody": REQUEST},
)
async def predict(request: Request, reader: Loaded) -> Prediction:
    # The body is parsed in the reader's threads, as five megabytes of JSON are work too.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    return await reader.predict(await _body(request, reader.maximum_body_bytes))


async def _body(request: Request, maximum: int) -> bytes:
    """FastAPI's max_body_size would do this, but answers in plain text where Content-Length tells the size."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > maximum:
            raise BodyTooLarge(f"the body has more than {maximum} bytes")
    return bytes(body)


@router.get("/livez", summary="Does the server run?")
async def livez() -> Status:
    return Status(status="alive")


@router.get("/readyz", summary="Can it read pictures?", responses=problems.document([503]))
@router.get("/health", summary="The same as /readyz", responses=problems.document([503]))
async def readyz(_: Loaded) -> Status:
    return Status(status="ready")


@router.get("/info", summary="The model's card", responses=problems.document([503]))
async def info(reader: Loaded) -> Information:
    return reader.information


@router.get("/", include_in_schema=False)
async def home() -> RedirectResponse:
    return RedirectResponse("/docs")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Without settings, they are read from the environment at start-up."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        try:
            reader = Reader(settings or Settings())
        except (ModelError, ValidationError) as error:
            raise CannotStart.because(error) from error
        with reader:
            yield {"reader": reader}

    app = FastAPI(
        title="Handwritten numbers",
        description=DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
        middleware=[Middleware(ShortStartupFailure)],
        redirect_slashes=False,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.include_router(router)
    problems.install(app)
    return app


app = create_app()
