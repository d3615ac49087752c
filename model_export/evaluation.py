"""How well a recognizer reads labelled pictures, from PNG bytes to digits."""

import heapq
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein
from tqdm import tqdm

from model_export.samples import Sample
from model_export.statistics import calibration_error
from recognizer import PictureError, Recognition

_KEPT_PICTURES = 40


class Reader(Protocol):
    """A recognizer.Recognizer, or another system made to look like one."""

    def read(self, picture: bytes, /) -> Recognition: ...


@dataclass(frozen=True)
class Reading:
    """What was read of a sample, and of the sample all but its picture. is_accepted: at the error by default."""

    wanted: str
    read: str
    confidence: float
    kind: str = ""
    digit_height: float | None = None
    pen_width: float | None = None
    is_accepted: bool = False

    @property
    def is_right(self) -> bool:
        return self.wanted == self.read


@dataclass(frozen=True)
class Score:
    """Of one set.

    exact: share of strings read whole; cer: edits by digits in all, nan where there are none; milliseconds: a string,
    one at a time; readings: all of them, in order; worst: the most confident wrong ones, the most confident first, each
    with its picture as PNG.
    """

    strings: int
    exact: float
    cer: float
    milliseconds: float
    readings: tuple[Reading, ...]
    worst: tuple[tuple[Reading, bytes], ...]

    @property
    def confidences(self) -> npt.NDArray[np.float64]:
        """Of the readings, in order, (strings,)."""
        return np.array([reading.confidence for reading in self.readings])

    @property
    def rights(self) -> npt.NDArray[np.bool_]:
        """Whether each reading is right, (strings,)."""
        return np.array([reading.is_right for reading in self.readings])

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the strings' confidence."""
        return calibration_error(self.confidences, self.rights)

    @property
    def accepted(self) -> tuple[int, int]:
        """How many strings were accepted, and how many of these are wrong."""
        rights = [reading.is_right for reading in self.readings if reading.is_accepted]
        return len(rights), len(rights) - sum(rights)

    @property
    def positions(self) -> float:
        """Share of positions read right, all strings filled up to the longest one: what the CRNN predecessor calls
        its accuracy. It is higher than `exact`, as the filling counts too.
        """
        length = max(len(reading.wanted) for reading in self.readings)
        rights = sum(
            one == other
            for reading in self.readings
            for one, other in zip(reading.wanted.ljust(length), reading.read[:length].ljust(length), strict=True)
        )
        return rights / max(1, length * self.strings)

    @property
    def string_errors(self) -> float:
        """Edits by the length of the longer string, the mean over strings: what that code calls its CER."""
        distances = (Levenshtein.normalized_distance(reading.wanted, reading.read) for reading in self.readings)
        return sum(distances) / self.strings

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """(wanted, read)."""
        return tuple((reading.wanted, reading.read) for reading in self.readings if not reading.is_right)


def evaluate(recognizer: Reader, samples: Iterable[Sample], description: str = "", total: int | None = None) -> Score:
    """Read every sample on its own, as a service does, and score the readings. total: for the progress bar."""
    readings: list[Reading] = []
    worst: list[tuple[float, int, bytes]] = []  # a heap of confidence, index, picture: no more than can be looked at
    seconds = 0.0
    for sample in tqdm(samples, desc=description, total=total, unit="string", leave=False, disable=None):
        start = time.perf_counter()
        reading = _read(recognizer, sample)
        seconds += time.perf_counter() - start
        if not reading.is_right:
            heapq.heappush(worst, (reading.confidence, -len(readings), sample.png))
            if len(worst) > _KEPT_PICTURES:
                heapq.heappop(worst)
        readings.append(reading)
    count = len(readings)
    exact = sum(reading.is_right for reading in readings) / count
    digits = sum(len(reading.wanted) for reading in readings)
    edits = sum(Levenshtein.distance(reading.wanted, reading.read) for reading in readings)
    return Score(
        strings=count,
        exact=exact,
        cer=edits / digits if digits else math.nan,
        milliseconds=seconds / count * 1000,
        readings=tuple(readings),
        worst=tuple((readings[-index], png) for _, index, png in sorted(worst, reverse=True)),
    )


def _read(recognizer: Reader, sample: Sample) -> Reading:
    try:
        found = recognizer.read(sample.png)
        read, confidence, is_accepted = found.prediction, found.confidence, found.verdict == "accept"
    except PictureError:
        read, confidence, is_accepted = "", 0.0, False
    return Reading(sample.digits, read, confidence, sample.kind, sample.digit_height, sample.pen_width, is_accepted)
