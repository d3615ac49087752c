"""The bytes of a body -> the prediction, in threads of their own."""

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Self

import cv2
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from recognizer import Recognizer
from server_api.problems import InvalidBase64, InvalidJson, InvalidRequest
from server_api.schemas import (
    EXAMPLE_IMAGE,
    Calibration,
    Constraint,
    Information,
    Model,
    NumberRange,
    Picture,
    Prediction,
    WeightedSum,
)
from server_api.settings import Settings

_FIELDS = {name for schema in (Picture, Constraint, NumberRange, WeightedSum) for name in schema.model_fields}
_ASCII_WHITESPACE = b" \t\r\n\v\f"


class Reader:
    """A loaded model and its threads; used as a context, at whose end the threads end."""

    def __init__(self, settings: Settings) -> None:
        """Load the model and read one picture, so that the first request is as fast as the others.

        Raises:
            ModelError
        """
        self._max_error = settings.max_error
        self.maximum_body_bytes = settings.maximum_body_bytes
        # One thread a picture, OpenCV's included: requests share the cores without waiting for one another.
        cv2.setNumThreads(1)
        self._recognizer = Recognizer(settings.model, threads=1, maximum_pixels=settings.maximum_pixels)
        self._recognizer.read(decode(EXAMPLE_IMAGE))
        self._pool = ThreadPoolExecutor(settings.threads, "reader")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def information(self) -> Information:
        calibration = asdict(self._recognizer.calibration) | {"max_error": self._max_error}
        return Information(**asdict(self._recognizer.card), calibration=Calibration(**calibration))

    async def predict(self, body: bytes) -> Prediction:
        """Raises PictureError, ConstraintError, InvalidJson, InvalidRequest, InvalidBase64."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._predict, body)

    def _predict(self, body: bytes) -> Prediction:
        picture = parse(body)
        reading = self._recognizer.read(
            decode(picture.image),
            constraint=picture.constraint.to_recognizer() if picture.constraint else None,
            alternatives=picture.alternatives,
            max_error=picture.max_error or self._max_error,
        )
        card = self._recognizer.card
        return Prediction(**asdict(reading), model=Model(name=card.name, version=card.version))


def parse(body: bytes) -> Picture:
    try:
        return Picture.model_validate_json(body)
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
    return f"{'.'.join(place) or 'the body'}: {detail['msg']}"


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
