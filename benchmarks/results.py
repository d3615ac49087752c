"""What was measured, round by round, and how it compares."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server_api.load import Measured, percentile

FLOOR = "floor"
LIVEZ = "/livez"
FEW, SOME, MANY = 1, 8, 32
"""Clients."""


@dataclass(frozen=True)
class Run:
    """Who was asked, in how many processes with a model, by how many clients at once, or of the floor threads."""

    name: str
    processes: int
    clients: int


class Results:
    def __init__(self) -> None:
        self._rounds: dict[Run, list[Measured]] = defaultdict(list)

    def add(self, run: Run, measured: Measured) -> None:
        self._rounds[run].append(measured)

    def __contains__(self, run: Run) -> bool:
        return run in self._rounds

    def __iter__(self) -> Iterator[Run]:
        return iter(self._rounds)

    def rate(self, run: Run) -> float:
        """Pictures a second; the rounds' median."""
        return statistics.median(measured.rate for measured in self._rounds[run])

    def ratio(self, run: Run, other: Run) -> float:
        """Of the rates, each with the other's of its round; the rounds' median."""
        pairs = zip(self._rounds[run], self._rounds[other], strict=True)
        return statistics.median(one.rate / two.rate if two.rate else float("inf") for one, two in pairs)

    def milliseconds(self, run: Run, share: float) -> float:
        """What a share of the answers does not exceed, in all rounds together."""
        return 1000 * percentile([latency for measured in self._rounds[run] for latency in measured.latencies], share)

    def failures(self, run: Run) -> int:
        return sum(measured.failures for measured in self._rounds[run])

    def processor_milliseconds(self, run: Run) -> float:
        """Of the client, a request."""
        rounds = self._rounds[run]
        count = sum(len(measured.latencies) for measured in rounds)
        return 1000 * sum(measured.processor for measured in rounds) / max(1, count)

    def best(self, runs: Iterable[Run]) -> Run | None:
        """The fastest of those that were measured."""
        return max((run for run in runs if run in self), key=self.rate, default=None)

    def table(self, cores: int) -> Iterator[str]:
        """Of every run under load, beside the floor, which has a thread for one client and all cores for more."""
        yield "| who | processes | clients | pictures a second | of the floor's | p50, ms | p99, ms | not 200 |"
        yield "|---" * 8 + "|"
        for run in sorted(self._rounds, key=lambda run: run.name != FLOOR):
            if run.name != LIVEZ:
                floor = Run(FLOOR, 1, 1 if run.clients == 1 else cores)
                share = f"{self.rate(run):.1f} | {self.ratio(run, floor):.2f}"
                times = f"{self.milliseconds(run, 0.5):.1f} | {self.milliseconds(run, 0.99):.1f}"
                yield f"| {run.name} | {run.processes} | {run.clients} | {share} | {times} | {self.failures(run)} |"
