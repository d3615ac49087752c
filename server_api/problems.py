"""What can go wrong in a request, and how it is answered: by RFC 9457, never with any part of the input."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from recognizer import ConstraintError, CorruptPicture, NotAPicture, PictureTooLarge, PictureTooSmall, TruncatedPicture

MEDIA_TYPE = "application/problem+json"


class InvalidJson(Exception):
    pass


class InvalidRequest(Exception):
    pass


class InvalidBase64(Exception):
    pass


class BodyTooLarge(Exception):
    def __init__(self, maximum: int) -> None:
        super().__init__(f"the body has more than {maximum} bytes")


class UnsupportedMediaType(Exception):
    pass


class NotReady(Exception):
    pass


class Overloaded(Exception):
    headers: ClassVar = {"Retry-After": "1"}


class TimedOut(Exception):
    pass


class Unauthorized(Exception):
    headers: ClassVar = {"WWW-Authenticate": "ApiKey"}


class RateLimited(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"more pictures than your limit allows; try again in {seconds} s")
        self.headers = {"Retry-After": str(seconds)}


class ForeignOrigin(Exception):
    pass


class InvalidHttp(Exception):
    pass


class HeadersTooLarge(Exception):
    pass


class RequestTooSlow(Exception):
    pass


@dataclass(frozen=True)
class Answer:
    """detail: None where the error's own message, made for the sender's eyes, says more."""

    status: int
    code: str
    title: str
    detail: str | None = None


PROBLEMS: dict[type[Exception] | int, Answer] = {
    InvalidJson: Answer(422, "invalid_json", "Invalid JSON", "the body cannot be read as JSON in UTF-8"),
    InvalidRequest: Answer(422, "invalid_request", "Invalid request"),
    ConstraintError: Answer(422, ConstraintError.code, "Invalid constraint"),
    InvalidBase64: Answer(
        422,
        "invalid_base64",
        "Invalid base64",
        'the field "image" must be base64, bare or as a data URL with ";base64,"',
    ),
    NotAPicture: Answer(422, NotAPicture.code, "Not a picture"),
    TruncatedPicture: Answer(422, TruncatedPicture.code, "Truncated picture"),
    CorruptPicture: Answer(422, CorruptPicture.code, "Corrupt picture"),
    PictureTooSmall: Answer(422, PictureTooSmall.code, "Picture too small"),
    PictureTooLarge: Answer(413, PictureTooLarge.code, "Picture too large"),
    BodyTooLarge: Answer(413, "body_too_large", "Body too large"),
    UnsupportedMediaType: Answer(
        415, "unsupported_media_type", "Unsupported media type", "the content type must be application/json"
    ),
    # Nobody is left to read this one; it keeps a lost connection from being logged as a failure of the server.
    ClientDisconnect: Answer(400, "body_incomplete", "Body incomplete", "the connection ended before the body did"),
    NotReady: Answer(503, "not_ready", "Not ready", "the model is not loaded yet; try again in a moment"),
    Overloaded: Answer(503, "overloaded", "Overloaded", "more is asked for than can be read; try again in a moment"),
    TimedOut: Answer(504, "timed_out", "Timed out", "the answer took too long"),
    Unauthorized: Answer(401, "unauthorized", "Unauthorized", "the header X-API-Key must hold a valid key"),
    RateLimited: Answer(429, "rate_limited", "Too many requests"),
    ForeignOrigin: Answer(400, "foreign_origin", "Foreign origin", "pages of this origin may not call, or not so"),
    # These the server answers before there is a request to speak of, and closes the connection.
    InvalidHttp: Answer(400, "invalid_http", "Invalid HTTP", "what was sent is no HTTP request"),
    RequestTooSlow: Answer(408, "request_too_slow", "Request too slow", "the request took too long to arrive"),
    HeadersTooLarge: Answer(431, "headers_too_large", "Headers too large", "the headers are larger than allowed"),
    404: Answer(404, "not_found", "Not found", "there is nothing at this path; /docs says what there is"),
    405: Answer(405, "method_not_allowed", "Method not allowed", "this path has other methods; see the Allow header"),
    500: Answer(500, "internal_error", "Internal error", "this is the server's fault; its log says more"),
}
"""By the exception's class, or by the status of an exception of the framework itself."""


class Problem(BaseModel):
    """RFC 9457, with a `code` that programs may rely on."""

    type: str = Field(description="A URI reference: the kind of problem, told of in /docs.")
    title: str
    status: int
    detail: str = Field(description="For people; the wording may change.")
    code: str = Field(description="For programs; stable.")


def describe(error: Exception | type[Exception]) -> Problem:
    """What went wrong, for the sender: by its class, and where it belongs to none of these, as the server's fault."""
    kind = error if isinstance(error, type) else type(error)
    keys = (getattr(error, "status_code", None), *kind.__mro__)  # the framework's own exceptions have a status
    answer = next((PROBLEMS[key] for key in keys if key in PROBLEMS), PROBLEMS[500])
    return _problem(answer, answer.detail or _say(error))


def _problem(answer: Answer, detail: str) -> Problem:
    return Problem(
        type=f"/docs#{answer.code}", title=answer.title, status=answer.status, detail=detail, code=answer.code
    )


def respond(error: Exception | type[Exception]) -> JSONResponse:
    problem = describe(error)
    headers = getattr(error, "headers", None)  # Allow, Retry-After
    return JSONResponse(problem.model_dump(), problem.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    for key, answer in PROBLEMS.items():
        app.add_exception_handler(key, _handler(answer))


def _handler(answer: Answer) -> Any:
    async def handle(request: Request, error: Exception) -> JSONResponse:
        request.scope.setdefault("state", {})["problem"] = answer.code
        return respond(error)

    return handle


def _say(error: object) -> str:
    if not isinstance(error, ConstraintError):
        return str(error)
    place = "" if error.position is None else f", at position {error.position + 1}"
    return f"constraint ({error.field}{place}): {error}"


def document(statuses: Iterable[int]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the problems with these statuses, for a route's `responses`."""
    return {status: _document(status) for status in statuses}


def _document(status: int) -> dict[str, Any]:
    answers = [answer for answer in PROBLEMS.values() if answer.status == status]
    examples = {
        answer.code: {"value": _problem(answer, answer.detail or "says what is wrong").model_dump()}
        for answer in answers
    }
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema(), "examples": examples}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def table() -> str:
    """All problems, in Markdown."""
    rows = (f"| `{a.code}` | {a.status} | {a.title} |" for a in PROBLEMS.values())
    return "\n".join(["| code | status | title |", "|---|---|---|", *rows])
