"""How well a recognizer reads labelled pictures, from PNG bytes to digits."""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein
from tqdm import tqdm

from model_export.test_sets import Sample
from recognizer import PictureError, Recognizer

_STANDARD_DEVIATIONS = 1.96  # 95% of a normal distribution


@dataclass(frozen=True)
class Score:
    """Of one set.

    exact: share of strings read whole, interval: its 95% confidence interval; cer: edits by digits in all;
    milliseconds: a string, one at a time; errors: (wanted, read).
    """

    strings: int
    exact: float
    interval: tuple[float, float]
    cer: float
    milliseconds: float
    errors: tuple[tuple[str, str], ...]


def evaluate(recognizer: Recognizer, samples: Iterable[Sample], description: str = "") -> Score:
    """Read every sample on its own, as a service does, and score the readings."""
    wanted, read, seconds = [], [], 0.0
    for sample in tqdm(samples, desc=description, unit="string", leave=False, disable=None):
        start = time.perf_counter()
        try:
            reading = recognizer.read(sample.png).prediction
        except PictureError:
            reading = ""
        seconds += time.perf_counter() - start
        wanted.append(sample.digits)
        read.append(reading)
    errors = tuple((w, r) for w, r in zip(wanted, read, strict=True) if w != r)
    count = len(wanted)
    exact = (count - len(errors)) / count
    edits = sum(Levenshtein.distance(w, r) for w, r in errors)
    return Score(
        strings=count,
        exact=exact,
        interval=wilson_interval(exact, count),
        cer=edits / sum(map(len, wanted)),
        milliseconds=seconds / count * 1000,
        errors=errors,
    )


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95% confidence interval of a share (E. B. Wilson, 1927)."""
    z = _STANDARD_DEVIATIONS
    centre = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
