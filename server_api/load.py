"""Load on a server, measured.

`python -m server_api.load` makes it from a process of its own: a `Load` in JSON comes in, a `Measured` goes out.
"""

import json
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle

from server_api.clients import answers, pack


@dataclass(frozen=True)
class Load:
    """bodies: JSON, sent in turn; without any it is a GET. clients: each asks when it has its answer, and a pause.

    warm_up: seconds before those that count.
    """

    url: str
    bodies: Sequence[str]
    clients: int
    seconds: float
    warm_up: float = 0.0
    pause: float = 0.0


@dataclass(frozen=True)
class Measured:
    """Of the seconds that count. latencies: of the answers with 200, in seconds. processor: seconds that the client
    itself needed. statuses: answers by status.
    """

    seconds: float
    latencies: Sequence[float]
    processor: float
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Answers with 200 a second."""
        return len(self.latencies) / self.seconds

    @property
    def failures(self) -> int:
        """Answers without 200."""
        return sum(self.statuses.values()) - self.statuses.get("200", 0)


def percentile(latencies: Sequence[float], share: float) -> float:
    """The least that a share of the latencies does not exceed; not a number where there are none."""
    ordered = sorted(latencies)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def measure(load: Load) -> Measured:
    """Raises NoAnswer, and OSError where nothing listens."""
    packed = [pack(load.url, body.encode()) for body in load.bodies] or [pack(load.url)]
    start = time.perf_counter() + load.warm_up
    end = start + load.seconds
    processor = 0.0
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    for answer in answers(load.url, _until(end, packed, load.pause), load.clients):
        if start <= time.perf_counter() < end:
            processor = processor or time.process_time()
            statuses[str(answer.status)] += 1
            if answer.status == 200:
                latencies.append(answer.seconds)
    return Measured(load.seconds, latencies, time.process_time() - processor if processor else 0.0, dict(statuses))


def _until(end: float, requests: Iterable[bytes], pause: float) -> Iterator[bytes]:
    for request in cycle(requests):
        if pause:
            time.sleep(pause)
        if time.perf_counter() >= end:
            return
        yield request


class Apart:
    """A load that is made from a process of its own, from now on."""

    def __init__(self, load: Load) -> None:
        command = [sys.executable, "-m", "server_api.load"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        with self._process.stdin as words:
            json.dump(asdict(load), words)

    def result(self) -> Measured:
        """Raises subprocess.CalledProcessError; what went wrong is on standard error."""
        assert self._process.stdout is not None
        with self._process.stdout as words:
            told = words.read()
        if self._process.wait():
            raise subprocess.CalledProcessError(self._process.returncode, self._process.args)
        return Measured(**json.loads(told))


def measure_apart(load: Load, processes: int) -> Measured:
    """The clients parted among processes of their own."""
    shares = [len(range(first, load.clients, processes)) for first in range(min(processes, load.clients))]
    parts = [each.result() for each in [Apart(replace(load, clients=share)) for share in shares]]
    return Measured(
        load.seconds,
        [latency for part in parts for latency in part.latencies],
        sum(part.processor for part in parts),
        dict(sum((Counter(part.statuses) for part in parts), Counter())),
    )


if __name__ == "__main__":
    json.dump(asdict(measure(Load(**json.load(sys.stdin)))), sys.stdout)
