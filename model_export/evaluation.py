"""How well a recognizer reads labelled pictures, from PNG bytes to digits."""

import heapq
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz.distance import Levenshtein
from tqdm import tqdm

from model_export.samples import Sample
from recognizer import PictureError, Recognition

_STANDARD_DEVIATIONS = 1.96  # 95% of a normal distribution
_KEPT_PICTURES = 40


class Reader(Protocol):
    """A recognizer.Recognizer, or another system made to look like one."""

    def read(self, picture: bytes, /) -> Recognition: ...


@dataclass(frozen=True)
class Reading:
    """What was read of a sample, and of the sample all but its picture."""

    wanted: str
    read: str
    confidence: float
    kind: str = ""
    digit_height: float | None = None
    pen_width: float | None = None

    @property
    def is_right(self) -> bool:
        return self.wanted == self.read


@dataclass(frozen=True)
class Score:
    """Of one set.

    exact: share of strings read whole, interval: its 95% confidence interval; cer: edits by digits in all;
    milliseconds: a string, one at a time; readings: all of them, in order; worst: the most confident wrong ones, the
    most confident first, each with its picture as PNG.
    """

    strings: int
    exact: float
    interval: tuple[float, float]
    cer: float
    milliseconds: float
    readings: tuple[Reading, ...]
    worst: tuple[tuple[Reading, bytes], ...]

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
    edits = sum(Levenshtein.distance(reading.wanted, reading.read) for reading in readings)
    return Score(
        strings=count,
        exact=exact,
        interval=wilson_interval(exact, count),
        cer=edits / sum(len(reading.wanted) for reading in readings),
        milliseconds=seconds / count * 1000,
        readings=tuple(readings),
        worst=tuple((readings[-index], png) for _, index, png in sorted(worst, reverse=True)),
    )


def _read(recognizer: Reader, sample: Sample) -> Reading:
    try:
        found = recognizer.read(sample.png)
        read, confidence = found.prediction, found.confidence
    except PictureError:
        read, confidence = "", 0.0
    return Reading(sample.digits, read, confidence, sample.kind, sample.digit_height, sample.pen_width)


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95% confidence interval of a share (E. B. Wilson, 1927)."""
    z = _STANDARD_DEVIATIONS
    centre = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
