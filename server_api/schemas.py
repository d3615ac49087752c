"""What goes in and out, and an example of each that is true."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

import recognizer
from recognizer import CHECKSUMS
from recognizer.decoding import MOST_ALTERNATIVES
from recognizer.recognition import Reason, Verdict
from server_api.problems import Problem
from server_api.settings import MOST_PICTURES

EXAMPLE_IMAGE = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAGAAAAAoAQAAAAAp6MKUAAAA3UlEQVR42p2RMU7DUBBEnzeRcGduYB8EyT4Yxe9Sch1KFxyAI7hMGaf6kT5+"
    "FPkxlIitdjTamdFsIz8T/BV8wtcO3uFjAs4cAZgXg0NB35SuwEG0d+tPBZ4MhG14idFEwADT0My0BJupsAEJLK9jdlV7gwIZQcBcxtWs22iQ"
    "mQDYIGhqyjIRXH+nXuACCRJRo1ZmrtsNgpbzTgmH1ayrxl7V9V7ILhFNnzMAS/WRDMfaW1sz3UtMF5grOBLQPph5qaZmt/6knaJZ6bTXgAzp"
    "GXe1aXjc3PSmjtr846ff7o15M3RpIikAAAAASUVORK5CYII="
)
"""A drawn 407."""

COMPONENTS = "#/components/schemas/{model}"
"""Where OpenAPI keeps schemas."""

Confidence = Annotated[float, Field(ge=0, le=1)]
# The first wrong entry is enough: a million of them would make a million errors.
Integers = Annotated[list[int], Field(fail_fast=True)]
Strings = Annotated[list[str], Field(fail_fast=True)]


class Strict(BaseModel):
    """What comes in: unknown fields are refused, and nothing is taken for something else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NumberRange(Strict):
    low: int
    high: int = Field(description="Included.")
    leading_zeros: bool = Field(False, description="Whether 007 is a legal 7.")


class WeightedSum(Strict):
    """Each digit times its weight, from the left: the sum leaves the remainder when divided by the modulus."""

    weights: Integers
    modulus: int
    remainder: int = 0


class Constraint(Strict):
    """All that is given must hold."""

    length: int | Integers | None = Field(None, description="How many digits, or the fewest and the most.")
    pattern: str | None = Field(None, description="A regular expression over digits that the whole number matches.")
    one_of: Strings | None = Field(None, description="Up to 10,000 known numbers.")
    range: NumberRange | None = None
    checksum: str | WeightedSum | None = Field(None, description=f"One of {', '.join(CHECKSUMS)}, or a rule.")

    def to_recognizer(self) -> recognizer.Constraint:
        """Raises ConstraintError."""
        rule = self.checksum
        return recognizer.Constraint(
            length=tuple(self.length) if isinstance(self.length, list) else self.length,  # type: ignore[arg-type]
            pattern=self.pattern,
            one_of=None if self.one_of is None else tuple(self.one_of),
            range=None if self.range is None else recognizer.NumberRange(**self.range.model_dump()),
            checksum=recognizer.WeightedSum(tuple(rule.weights), rule.modulus, rule.remainder)
            if isinstance(rule, WeightedSum)
            else rule,
        )


class Picture(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"image": EXAMPLE_IMAGE}]})

    image: str = Field(description="A PNG or JPEG file in base64, bare or as a data URL.")
    max_error: float | None = Field(
        None, gt=0, le=1, description="Share of wrong numbers among the accepted that you can live with."
    )
    alternatives: int = Field(0, ge=0, le=MOST_ALTERNATIVES, description="How many of the most probable numbers.")
    constraint: Constraint | None = Field(None, description="What is known of the number beforehand.")


class Batch(Strict):
    """Each picture is judged by itself: one that is wrong harms no other."""

    pictures: list[Any] = Field(
        min_length=1,
        max_length=MOST_PICTURES,
        description="Each as the body of /predict.",
        json_schema_extra={"items": {"$ref": COMPONENTS.format(model="Picture")}},
    )


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


class Alternative(BaseModel):
    prediction: str = Field(pattern="^[0-9]*$")
    confidence: Confidence


class Prediction(BaseModel):
    prediction: str = Field(pattern="^[0-9]*$", description="The digits; empty where nothing is drawn.")
    confidence: Confidence = Field(description="The probability that all digits are right; calibrated.")
    digits: list[Digit]
    model: Model
    verdict: Verdict = Field(description="Whether to believe it at the error asked for.")
    reason: Reason | None = Field(None, description="Of a rejection.")
    mask: str = Field(pattern="^[0-9?]*$", description='The digits, with a "?" for each doubtful one.')
    alternatives: list[Alternative] = Field(description="The most probable numbers, the prediction first.")
    legal_mass: Confidence | None = Field(None, description="How probable any number is that fits the constraint.")
    unconstrained: Alternative | None = Field(None, description="What would be read without the constraint.")


class Result(BaseModel):
    """Of one picture of a batch: either its reading or what was wrong with it."""

    reading: Prediction | None = None
    problem: Problem | None = None


class BatchResult(BaseModel):
    results: list[Result] = Field(description="In the order of the pictures.")


class Level(BaseModel):
    """Numbers with at least the threshold as confidence are wrong in at most max_error of cases."""

    max_error: float
    threshold: Confidence
    coverage: Confidence = Field(description="Share of all numbers that were accepted when this was measured.")
    coverage_low: Confidence = Field(description="Of the 95% interval of the coverage.")
    coverage_high: Confidence


class Calibration(BaseModel):
    """What the thresholds were measured on."""

    measured_on: str
    strings: int
    number_threshold: Confidence = Field(description="What has less confidence is taken for no number.")
    levels: list[Level]
    max_error: float = Field(description="Where a request has none.")


class Information(BaseModel):
    """The model's card."""

    name: str
    version: str
    sha256: str
    training_commit: str
    scores: dict[str, float] = Field(description="As measured when the model was exported.")
    calibration: Calibration


class Status(BaseModel):
    status: str


EXAMPLE_PREDICTION = {
    "prediction": "407",
    "confidence": 0.9977,
    "digits": [
        {"digit": "4", "confidence": 0.9996, "box": {"left": 6, "top": 3, "right": 32, "bottom": 37}},
        {"digit": "0", "confidence": 0.9997, "box": {"left": 34, "top": 3, "right": 58, "bottom": 37}},
        {"digit": "7", "confidence": 0.9993, "box": {"left": 62, "top": 4, "right": 88, "bottom": 37}},
    ],
    "model": {"name": "crnn", "version": "0.9.0"},
    "verdict": "accept",
    "reason": None,
    "mask": "407",
    "alternatives": [],
    "legal_mass": None,
    "unconstrained": None,
}
