"""The bytes of a body -> predictions."""

import asyncio
import base64
import logging
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Self, TypeVar

import cv2
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from recognizer import Recognition, Recognizer
from recognizer.decoding import Question
from server_api import problems
from server_api.engine import Engine
from server_api.problems import InvalidBase64, InvalidJson, InvalidRequest, Overloaded
from server_api.schemas import (
    EXAMPLE_IMAGE,
    Batch,
    Calibration,
    Constraint,
    Information,
    Model,
    NumberRange,
    Picture,
    Prediction,
    Result,
    WeightedSum,
)
from server_api.settings import Settings
from server_api.stages import Stages

_FIELDS = {name for schema in (Batch, Picture, Constraint, NumberRange, WeightedSum) for name in schema.model_fields}
_ASCII_WHITESPACE = b" \t\r\n\v\f"
_MOST_SIGNS = {b"{": 10_000, b"[": 10_000, b":": 10_000, b",": 1_000_000}
"""Of a body. base64 has none of them, so that it takes many pictures with many rules to come near: 64 with 10,000 known
numbers each. Five megabytes of them would become gigabytes of values, or of errors.
"""

logger = logging.getLogger(__name__)
Schema = TypeVar("Schema", bound=BaseModel)


class Reader:
    """A loaded model and its threads; used as a context, at whose end the threads end."""

    def __init__(self, settings: Settings) -> None:
        """Load the model and read one picture, so that the first request is as fast as the others.

        Raises:
            ModelError
        """
        self._max_error = settings.max_error
        self._held_bytes, self._most_held_bytes = 0, settings.held_bytes
        # One thread a picture, OpenCV's included: requests share the cores without waiting for one another.
        cv2.setNumThreads(1)
        self._recognizer = Recognizer(settings.model, threads=1, maximum_pixels=settings.maximum_pixels)
        self._recognizer.read(decode(EXAMPLE_IMAGE))
        self._model = Model(name=self._recognizer.card.name, version=self._recognizer.card.version)
        self._engine = Engine(
            self._recognizer,
            self._predict,
            threads=settings.threads,
            batch_size=settings.batch_size,
            queue_length=settings.queue_length,
            queue_seconds=settings.queue_seconds,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    @property
    def information(self) -> Information:
        calibration = asdict(self._recognizer.calibration) | {"max_error": self._max_error}
        return Information(**asdict(self._recognizer.card), calibration=Calibration(**calibration))

    def make_room(self) -> None:
        """Raises Overloaded where no more pictures are taken."""
        self._engine.make_room()

    def hold(self, count: int) -> None:
        """Count bytes of a body that is arriving; let go by a negative count. Raises Overloaded."""
        if count > 0 and self._held_bytes + count > self._most_held_bytes:
            raise Overloaded
        self._held_bytes += count

    async def read(self, body: bytes) -> tuple[Prediction, Stages]:
        """Raises PictureError, ConstraintError, InvalidJson, InvalidRequest, InvalidBase64, Overloaded."""
        return await self._engine.submit(lambda: self._ask(parse(Picture, body)))

    async def read_batch(self, body: bytes, count: Callable[[int], None]) -> list[tuple[Result, Stages | None]]:
        """A result a picture, in order. count: is told how many there are, and may refuse them by an exception.

        Raises:
            InvalidJson, InvalidRequest, Overloaded, and what `count` raises.
        """
        pictures = (await asyncio.to_thread(parse, Batch, body)).pictures
        count(len(pictures))
        self._engine.make_room(len(pictures))
        answers = [self._engine.submit(partial(self._ask_one, picture)) for picture in pictures]
        return [_result(answer) for answer in await asyncio.gather(*answers, return_exceptions=True)]

    def _ask_one(self, picture: Any) -> tuple[bytes, Question]:
        return self._ask(_validated(lambda: Picture.model_validate(picture)))

    def _ask(self, picture: Picture) -> tuple[bytes, Question]:
        constraint = picture.constraint.to_recognizer() if picture.constraint else None
        question = Question.of(constraint, picture.alternatives, picture.max_error or self._max_error)
        return decode(picture.image), question

    def _predict(self, reading: Recognition) -> Prediction:
        return Prediction.model_validate({**vars(reading), "model": self._model}, from_attributes=True)


def _result(answer: tuple[Prediction, Stages] | BaseException) -> tuple[Result, Stages | None]:
    if not isinstance(answer, BaseException):
        return Result(reading=answer[0]), answer[1]
    if not isinstance(answer, Exception):  # cancelled
        raise answer
    problem = problems.describe(answer)
    if problem.status >= 500 and not isinstance(answer, Overloaded):
        logger.error("a picture of a batch could not be read", exc_info=answer)
    return Result(problem=problem), None


def parse(schema: type[Schema], body: bytes) -> Schema:
    if any(body.count(sign) > most for sign, most in _MOST_SIGNS.items()):
        raise InvalidRequest("the body is in more parts than any question needs")
    return _validated(lambda: schema.model_validate_json(body))


def _validated(validate: Callable[[], Schema]) -> Schema:
    try:
        return validate()
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        if any(detail["type"] == "json_invalid" for detail in details):
            raise InvalidJson from error
        raise InvalidRequest(_explain(details[0])) from error


def _explain(detail: ErrorDetails) -> str:
    """Where and what, in words that hold nothing of the body: a field of another name is not named."""
    if detail["type"] == "extra_forbidden":
        return f"there is a field of an unknown name; those of the body are {', '.join(Picture.model_fields)}"
    place = [str(part) for part in detail["loc"] if str(part).isdecimal() or str(part) in _FIELDS]
    # pydantic tells of its own classes where a picture of a batch is no object
    message = "Input should be an object" if detail["type"] == "model_type" else detail["msg"]
    return f"{'.'.join(place) or 'the body'}: {message}"


def decode(image: str) -> bytes:
    """base64, bare or as a data URL, broken into lines or not -> bytes. A data URL's media type is not believed."""
    try:
        encoded = image.encode("ascii").translate(None, _ASCII_WHITESPACE)
        if encoded[:5].lower() == b"data:":
            header, comma, encoded = encoded.partition(b",")
            if not comma or not header.lower().endswith(b";base64"):
                raise InvalidBase64
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise InvalidBase64 from error
