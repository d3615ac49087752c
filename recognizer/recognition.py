"""What a reading is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """Pixels of the picture that was read, upright; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Digit:
    """digit: "0" to "9"; confidence: 0 to 1, of this digit alone."""

    digit: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class Recognition:
    """prediction: the digits as a string, "" where there are none; confidence: 0 to 1, of the whole string."""

    prediction: str
    confidence: float
    digits: tuple[Digit, ...]


NOTHING = Recognition(prediction="", confidence=1.0, digits=())
"""The reading of a picture without ink."""
