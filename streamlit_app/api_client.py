"""Sends pictures to the API: streamlit_app knows it by HTTP alone.

ApiError
├── ApiAway       nothing answers at the address
├── ApiSlow       no answer in time
├── ApiRefused    the API says what is wrong with the picture
│   └── ConstraintRefused    or with what is known of the number
└── ApiFailed     any other answer
"""

import base64
from typing import Any, Literal

import httpx
from pydantic import BaseModel, SecretStr, ValidationError


class Constraint(BaseModel, frozen=True):
    """What is known of the number beforehand; all that is given must hold. The API knows more kinds."""

    length: int | None = None
    pattern: str | None = None
    checksum: str | None = None


class Question(BaseModel, frozen=True):
    """Beside the picture. max_error: the share of wrong numbers among the accepted; None: as the API is set."""

    constraint: Constraint | None = None
    max_error: float | None = None


class Box(BaseModel, frozen=True):
    """Pixels of the picture sent, upright; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int


class Digit(BaseModel, frozen=True):
    digit: str
    confidence: float
    box: Box


class Model(BaseModel, frozen=True):
    name: str
    version: str


class Alternative(BaseModel, frozen=True):
    prediction: str
    confidence: float


class Reading(BaseModel, frozen=True):
    """mask: the digits, with a "?" for each doubtful one. legal_mass, unconstrained: None without a constraint."""

    prediction: str
    confidence: float
    digits: tuple[Digit, ...]
    model: Model
    verdict: Literal["accept", "review", "reject"]
    reason: Literal["blank", "too_small", "not_digits", "no_legal_reading"] | None
    mask: str
    alternatives: tuple[Alternative, ...]
    legal_mass: float | None
    unconstrained: Alternative | None


class _Problem(BaseModel):
    """The members of a problem by RFC 9457 that are used here: for people, and for programs."""

    detail: str
    code: str = ""


class ApiError(Exception):
    """The message says what happened, `advice` what the visitor can do."""

    advice = ""


class ApiAway(ApiError):
    advice = "Check that the API is running and that API_URL is its address, then try again."


class ApiSlow(ApiError):
    advice = "It may be busy. Try again in a moment."


class ApiRefused(ApiError):
    advice = "Try another picture."


class KeyRefused(ApiError):
    advice = "Set API_KEY, where this page is started, to one of the API's keys."


class ApiBusy(ApiError):
    advice = "Wait a moment, then try again."


class ConstraintRefused(ApiRefused):
    """detail: what is wrong with it, in the API's own words."""

    advice = "Change it, or choose another kind of number."

    def __init__(self, detail: str) -> None:
        super().__init__("What you said of the number cannot be used.")
        self.detail = detail


class ApiFailed(ApiError):
    advice = "Try again in a moment. If it stays so, look into the API's log."


class ApiClient:
    """Safe to use from several threads at once."""

    def __init__(self, url: str, timeout: float, key: SecretStr | None = None) -> None:
        """`timeout`: seconds."""
        headers = {"X-API-Key": key.get_secret_value()} if key else None
        # The address is meant as it is set: no proxy out of the environment.
        self._http = httpx.Client(base_url=url, timeout=timeout, headers=headers, trust_env=False)

    def read(self, picture: bytes, question: Question | None = None, alternatives: int = 0) -> Reading:
        """Have a PNG or JPEG file read, and get so many of the most probable numbers. Raises ApiError."""
        body: dict[str, Any] = {"image": _data_url(picture)}
        if question is not None:
            body |= question.model_dump(exclude_none=True)
        if alternatives:
            body["alternatives"] = alternatives
        try:
            response = self._http.post("/predict", json=body)
        except httpx.TimeoutException as error:
            raise ApiSlow("The reader takes too long to answer.") from error
        except httpx.RequestError as error:
            raise ApiAway("The reader cannot be reached.") from error
        return _reading(response)

    def close(self) -> None:
        self._http.close()


def _data_url(picture: bytes) -> str:
    media_type = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
    return f"data:{media_type};base64,{base64.b64encode(picture).decode()}"


def _reading(response: httpx.Response) -> Reading:
    try:
        if response.is_success:
            return Reading.model_validate_json(response.content)
        problem = _Problem.model_validate_json(response.content)
    except ValidationError as error:
        raise ApiFailed(f"The reader gave an answer that makes no sense (status {response.status_code}).") from error
    if problem.code == "constraint_invalid":
        raise ConstraintRefused(problem.detail)
    if problem.code == "unauthorized":
        raise KeyRefused("The reader does not know this page.")
    if problem.code in ("overloaded", "rate_limited"):
        raise ApiBusy("The reader has too much to do.")
    kind = ApiRefused if response.is_client_error else ApiFailed
    raise kind(f"The reader refused: {problem.detail}")
