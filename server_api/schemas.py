"""What goes in and out, and an example of each that is true."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_IMAGE = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAGAAAAAoAQAAAAAp6MKUAAAA3UlEQVR42p2RMU7DUBBEnzeRcGduYB8EyT4Yxe9Sch1KFxyAI7hMGaf6kT5+"
    "FPkxlIitdjTamdFsIz8T/BV8wtcO3uFjAs4cAZgXg0NB35SuwEG0d+tPBZ4MhG14idFEwADT0My0BJupsAEJLK9jdlV7gwIZQcBcxtWs22iQ"
    "mQDYIGhqyjIRXH+nXuACCRJRo1ZmrtsNgpbzTgmH1ayrxl7V9V7ILhFNnzMAS/WRDMfaW1sz3UtMF5grOBLQPph5qaZmt/6knaJZ6bTXgAzp"
    "GXe1aXjc3PSmjtr846ff7o15M3RpIikAAAAASUVORK5CYII="
)
"""A drawn 407."""

Confidence = Annotated[float, Field(ge=0, le=1)]


class Picture(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"image": EXAMPLE_IMAGE}]})

    image: str = Field(description="A PNG or JPEG file in base64, bare or as a data URL.")


class Box(BaseModel):
    """Pixels of the picture that was sent, upright; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int


class Digit(BaseModel):
    digit: str = Field(pattern="^[0-9]$")
    confidence: Confidence
    box: Box


class Model(BaseModel):
    name: str
    version: str


class Prediction(BaseModel):
    prediction: str = Field(pattern="^[0-9]*$", description="The digits; empty where nothing is drawn.")
    confidence: Confidence = Field(description="Of the whole string.")
    digits: list[Digit]
    model: Model


class Information(BaseModel):
    """The model's card."""

    name: str
    version: str
    sha256: str
    training_commit: str
    scores: dict[str, float] = Field(description="As measured when the model was exported.")


class Status(BaseModel):
    status: str


EXAMPLE_PREDICTION = {
    "prediction": "407",
    "confidence": 0.97,
    "digits": [
        {"digit": "4", "confidence": 0.98, "box": {"left": 7, "top": 4, "right": 30, "bottom": 36}},
        {"digit": "0", "confidence": 0.99, "box": {"left": 34, "top": 4, "right": 58, "bottom": 36}},
        {"digit": "7", "confidence": 0.99, "box": {"left": 61, "top": 5, "right": 86, "bottom": 36}},
    ],
    "model": {"name": "crnn", "version": "0.1.0"},
}
