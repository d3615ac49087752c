"""Held-out digits whose labels are plainly wrong: the network would be blamed for what it reads right.

A string with such a digit is an error that the network is sure of, and a handful of them among thousands keeps every
threshold from being as low as it could be. They were found among what a network reads otherwise with confidence, as in
C. Northcutt et al., Confident Learning, JAIR 2021, and looked at one by one; what could be read either way stays.
MNIST's test split keeps its own, as everybody's does.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from number_generator import Glyphs, PenDigit

_OF_MNIST = {
    "305191271bbe9bbc": "7080 of the training split: a 5, labelled 3",
    "0728528db3a71f3f": "26560: a 1, labelled 7",
    "5ef74d6c7f84fad6": "35310: a 6, labelled 5",
    "59921f7ce4a9c2ff": "49960: a 4, labelled 6",
}
_OF_PENS = {"95eb1f29a4595691": "a 2, labelled 3"}
"""By the first 16 digits of SHA-256 over a glyph's pixels, or over the points of a pen's strokes."""


def without_wrong_glyphs(glyphs: Glyphs) -> Glyphs:
    return glyphs.select(np.array([_hash(image.tobytes()) not in _OF_MNIST for image in glyphs.images], np.bool_))


def without_wrong_strokes(digits: Sequence[PenDigit]) -> list[PenDigit]:
    return [digit for digit in digits if _hash(b"".join(map(np.ndarray.tobytes, digit.strokes))) not in _OF_PENS]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
