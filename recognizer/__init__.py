"""Reads strings of handwritten digits from pictures.

>>> from pathlib import Path
>>> from recognizer import Recognizer
>>> Recognizer().read(Path("docs/sample.png")).prediction
"""

from recognizer.errors import (
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
from recognizer.recognition import Box, Digit, Recognition
from recognizer.recognizer import Recognizer
from recognizer.session import ModelCard

__all__ = [
    "Box",
    "CorruptPicture",
    "Digit",
    "ModelCard",
    "ModelContractError",
    "ModelError",
    "ModelFileError",
    "NotAPicture",
    "PictureError",
    "PictureTooLarge",
    "PictureTooSmall",
    "Recognition",
    "Recognizer",
    "RecognizerError",
    "TruncatedPicture",
]
