"""Reads strings of handwritten digits from pictures.

>>> from pathlib import Path
>>> from recognizer import Recognizer
>>> Recognizer().read(Path("docs/sample.png")).prediction
"""

from recognizer.calibration import Calibration
from recognizer.checksums import CHECKSUMS, WeightedSum
from recognizer.constraint import Constraint, NumberRange
from recognizer.errors import (
    ConstraintError,
    CorruptPicture,
    ModelContractError,
    ModelError,
    ModelFileError,
    NotAPicture,
    PictureError,
    PictureTooLarge,
    PictureTooSmall,
    RecognizerError,
    TruncatedPicture,
)
from recognizer.recognition import Alternative, Box, Digit, Recognition
from recognizer.recognizer import Recognizer
from recognizer.session import ModelCard

__all__ = [
    "CHECKSUMS",
    "Alternative",
    "Box",
    "Calibration",
    "Constraint",
    "ConstraintError",
    "CorruptPicture",
    "Digit",
    "ModelCard",
    "ModelContractError",
    "ModelError",
    "ModelFileError",
    "NotAPicture",
    "NumberRange",
    "PictureError",
    "PictureTooLarge",
    "PictureTooSmall",
    "Recognition",
    "Recognizer",
    "RecognizerError",
    "TruncatedPicture",
    "WeightedSum",
]
