"""What came out, over all pictures: counts, how sure, and which pictures to look at first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any

from bulk_recognition.rows import COUNTED, Row

BINS = 20
"""Of confidence, from 0 to 1."""
SHOWN = 24
_COLUMNS = ("path", "prediction", "confidence", "verdict", "reason", "mask", "error", "detail")

Shown = dict[str, Any]
"""Of a row, what the report shows, and its `index` in the input."""


@dataclass
class Summary:
    """counts: by verdict, and of errors; histogram: by verdict, pictures in each bin of confidence; least, rejected:
    the least certain of those to review or accept, and of those rejected; failed: the first errors.
    """

    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    histogram: dict[str, list[int]] = field(default_factory=lambda: {verdict: [0] * BINS for verdict in COUNTED[:3]})
    least: list[Shown] = field(default_factory=list)
    rejected: list[Shown] = field(default_factory=list)
    failed: list[Shown] = field(default_factory=list)

    @property
    def pictures(self) -> int:
        return self.counts.total()

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))  # asdict cannot copy a Counter

    @staticmethod
    def of_json(told: dict[str, Any]) -> "Summary":
        counted = {name: Counter(told[name]) for name in ("counts", "errors", "reasons")}
        return Summary(**{**told, **counted})


class Summing:
    """Takes rows in the order of the input."""

    def __init__(self) -> None:
        self._summary = Summary()
        self._index = 0
        self._least: dict[str, list[tuple[float, int, Shown]]] = {
            "least": [],
            "rejected": [],
        }  # heaps, most certain first

    def add(self, table: Any) -> None:
        for row in table.select(_COLUMNS).to_pylist():
            self._count(row)
            self._index += 1

    def summary(self) -> Summary:
        self._summary.least, self._summary.rejected = (
            [row for *_, row in sorted(self._least[name], reverse=True)] for name in ("least", "rejected")
        )
        return self._summary

    def _count(self, row: Row) -> None:
        summary = self._summary
        if row["error"] is not None:
            summary.counts["error"] += 1
            summary.errors[row["error"]] += 1
            if len(summary.failed) < SHOWN:
                summary.failed.append({**row, "index": self._index})
            return
        summary.counts[row["verdict"]] += 1
        if row["reason"] is not None:
            summary.reasons[row["reason"]] += 1
        if row["reason"] == "blank":  # there is nothing to be less or more certain of
            return
        summary.histogram[row["verdict"]][min(int(row["confidence"] * BINS), BINS - 1)] += 1
        heap = self._least["rejected" if row["verdict"] == "reject" else "least"]
        entry = (-row["confidence"], -self._index, {**row, "index": self._index})
        if len(heap) < SHOWN:
            heappush(heap, entry)
        elif entry > heap[0]:
            heappushpop(heap, entry)


def shares(summary: Summary) -> Iterator[tuple[str, int, float]]:
    """Each that is counted, how many, and their share of all."""
    for name in COUNTED:
        yield name, summary.counts[name], summary.counts[name] / max(1, summary.pictures)
