"""Which digits are taken for which, and how accuracy changes with a string's length and its pen."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from model_export.evaluation import Reading
from model_export.statistics import wilson_interval

NOTHING = 10
"""Row of digits read where there were none, and column of digits that were not read."""


def align(wanted: str, read: str) -> list[tuple[str, str]]:
    """Pairs of a wanted and a read digit by the fewest edits; "" where one has no partner.

    >>> align("4095", "495")
    [('4', '4'), ('0', ''), ('9', '9'), ('5', '5')]
    """
    return [
        pair
        for step in Levenshtein.opcodes(wanted, read)
        for pair in zip_longest(
            wanted[step.src_start : step.src_end], read[step.dest_start : step.dest_end], fillvalue=""
        )
    ]


def count_confusions(readings: Iterable[Reading]) -> npt.NDArray[np.int64]:
    """int64 (11, 11): wanted digits by read digits, NOTHING the last of both."""
    counts = np.zeros((11, 11), np.int64)
    for reading in readings:
        for wanted, read in align(reading.wanted, reading.read):
            counts[int(wanted) if wanted else NOTHING, int(read) if read else NOTHING] += 1
    return counts


@dataclass(frozen=True)
class Share:
    """Of the strings about `value`, how many are read whole, with the 95% confidence interval."""

    value: float
    strings: int
    exact: float
    interval: tuple[float, float]


def share_by(
    readings: Iterable[Reading], measure: Callable[[Reading], float | None], edges: Sequence[float] | None = None
) -> list[Share]:
    """Accuracy by what `measure` says of a reading; where it says None, the reading is left out.

    edges: of the ranges to sum up, each a share at the mean of its values; without them every value is its own.
    """
    groups: dict[float, list[tuple[float, bool]]] = defaultdict(list)
    for reading in readings:
        value = measure(reading)
        if value is not None:
            key = value if edges is None else float(np.searchsorted(edges, value, side="right"))
            groups[key].append((value, reading.is_right))
    shares = []
    for _, group in sorted(groups.items()):
        exact = sum(is_right for _, is_right in group) / len(group)
        mean = sum(value for value, _ in group) / len(group)
        shares.append(Share(mean, len(group), exact, wilson_interval(exact, len(group))))
    return shares


def length(reading: Reading) -> float | None:
    return len(reading.wanted)


def digit_height(reading: Reading) -> float | None:
    return reading.digit_height


def relative_pen_width(reading: Reading) -> float | None:
    if reading.digit_height is None or reading.pen_width is None:
        return None
    return reading.pen_width / reading.digit_height
