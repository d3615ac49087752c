"""What can go wrong in a request, and how it is answered: by RFC 9457, never with any part of the input."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

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
    pass


class UnsupportedMediaType(Exception):
    pass


class NotReady(Exception):
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


def _problem(answer: Answer, detail: str) -> Problem:
    return Problem(
        type=f"/docs#{answer.code}", title=answer.title, status=answer.status, detail=detail, code=answer.code
    )


def install(app: FastAPI) -> None:
    for key, answer in PROBLEMS.items():
        app.add_exception_handler(key, _handler(answer))


def _handler(answer: Answer) -> Any:
    async def handle(_: Request, error: Exception) -> JSONResponse:
        problem = _problem(answer, answer.detail or _say(error))
        headers = getattr(error, "headers", None)  # Allow
        return JSONResponse(problem.model_dump(), answer.status, headers, MEDIA_TYPE)

    return handle


def _say(error: Exception) -> str:
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
