"""`python -m benchmarks.soak`: 100,000 mixed good and bad requests, and the memory of the server meanwhile.

It fails where an answer is not the right one, so where any is 5xx, and where memory grows once the server is warm.
"""

import argparse
import http.client
import json
import socket
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tqdm import tqdm

from benchmarks.family import Family
from benchmarks.mixed_requests import PREDICT, Mixed, Mixture
from server_api.clients import answers, pack
from server_api.trial import running, this_server

MOST_GROWTH = 20.0  # megabytes
SECONDS_BETWEEN_LOOKS, SECONDS_BETWEEN_LEAVERS = 0.25, 0.1

Curve = list[tuple[int, float]]
"""Requests answered so far, resident megabytes."""


@dataclass
class Soaked:
    """answered: by kind. wrong: answers that were not the right ones, by kind and status."""

    answered: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, int]] = field(default_factory=Counter)
    curve: Curve = field(default_factory=list)
    left: int = 0
    seconds: float = 0.0

    def growth(self, warm_up: int) -> float:
        """Of memory, in megabytes, over the requests after the warm-up: the last twentieth's less the first's."""
        settled = [megabytes for answered, megabytes in self.curve if answered >= warm_up]
        share = max(1, len(settled) // 20)
        return statistics.median(settled[-share:]) - statistics.median(settled[:share])


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--warm-up", type=int, default=2_000, help="requests whose growth does not count")
    parser.add_argument("--clients", type=int, default=8, help="that ask at once")
    parser.add_argument("--pictures", type=int, default=64, help="different ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--most-growth", type=float, default=MOST_GROWTH, metavar="MB", help="of memory (default: %(default)s)"
    )
    parser.add_argument("--picture", type=Path, help="where to draw the curve of memory, such as docs/soak.png")
    options = parser.parse_args()
    with running(this_server()) as trial:
        mixture = Mixture(trial.address, read_document(trial.address), options.pictures, options.seed)
        soaked = soak(trial.address, Family(trial.pid), mixture, options.requests, options.clients)
    print(report(soaked, options.warm_up))
    if options.picture is not None:
        draw(soaked.curve, options.warm_up, options.picture)
    return 0 if not soaked.wrong and soaked.growth(options.warm_up) < options.most_growth else 1


def read_document(address: str) -> Any:
    """The OpenAPI document."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request("GET", "/openapi.json")
    return json.load(connection.getresponse())


def soak(address: str, family: Family, mixture: Mixture, requests: int, clients: int) -> Soaked:
    """Raises NoAnswer, and OSError where the server has died."""
    soaked = Soaked()
    under_way: dict[int, Mixed] = {}

    def sent() -> Iterator[bytes]:
        for number, mixed in enumerate(islice(mixture, requests)):
            under_way[number] = mixed
            yield mixed.packed

    def look() -> None:
        soaked.curve.append((soaked.answered.total(), family.megabytes))

    def leave() -> None:
        soaked.left += leave_early(address)

    started = time.perf_counter()
    with every(SECONDS_BETWEEN_LOOKS, look), every(SECONDS_BETWEEN_LEAVERS, leave):
        for answer in tqdm(answers(address, sent(), clients), total=requests, desc="requests", disable=None):
            mixed = under_way.pop(answer.number)
            soaked.answered[mixed.kind] += 1
            if answer.status not in mixed.statuses:
                soaked.wrong[mixed.kind, answer.status] += 1
    soaked.seconds = time.perf_counter() - started
    return soaked


@contextmanager
def every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Calls it from a thread of its own, again and again, and once more at the end."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            act()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    act()


def leave_early(address: str) -> bool:
    """Be a client that goes away within its body."""
    parts = urlsplit(address)
    request = pack(address + PREDICT, b"{" * 100_000)
    with suppress(OSError), socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(request[: len(request) // 2])
        return True
    return False


def report(soaked: Soaked, warm_up: int) -> str:
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in soaked.answered.most_common())
    wrong = ", ".join(f"{kind}: {status} ({count:,} times)" for (kind, status), count in soaked.wrong.most_common())
    failures = sum(count for (_, status), count in soaked.wrong.items() if status >= 500)
    return (
        f"{soaked.answered.total():,} requests in {soaked.seconds:.0f} s ({kinds}), "
        f"and {soaked.left:,} clients that left within their body\n"
        f"answers that were not the right ones: {wrong or 'none'}; 5xx: {failures or 'none'}\n"
        f"memory: {soaked.growth(warm_up):+.1f} MB over the requests after the first {warm_up:,}, "
        f"at the end {soaked.curve[-1][1]:.0f} MB, at most {max(megabytes for _, megabytes in soaked.curve):.0f} MB"
    )


def draw(curve: Curve, warm_up: int, path: Path) -> None:
    from matplotlib.figure import Figure  # takes a second to import

    figure = Figure(figsize=(7.6, 3.6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(*zip(*curve, strict=True), color="#4269d0", linewidth=1)
    axes.axvline(warm_up, color="#9aa5b1", linewidth=1, linestyle="--")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("requests answered, good and bad ones; from the dashed line on growth counts")
    axes.set_ylabel("resident memory, MB")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(color="#e8ecf0")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
