"""`python -m server_api.tune`: measures this machine for half a minute, and prints the settings that suit it.

The real server is started with one setting after the other, and loaded from a process of its own. What was tried goes
to standard error; standard output can be kept as a file of environment variables.
"""

import argparse
import base64
import io
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image

from recognizer.cores import count_cores
from server_api.load import Load, Measured, measure_apart, percentile
from server_api.reader import decode
from server_api.schemas import EXAMPLE_IMAGE
from server_api.settings import Settings
from server_api.trial import DidNotStart, running, this_server

SECONDS = 30.0
BATCH_SIZES = (8, 1, 4, 16)
"""The first is tried with every division of the cores, the others with the best of them."""

_PREFIX = Settings.model_config["env_prefix"]
_KEPT = {f"{_PREFIX}MODEL"}  # keys and limits would be in the way
_CORES_PER_LOAD = 16  # that one process of clients keeps busy
_TIE = 0.97  # of the best rate: then what takes less is taken
_FINAL_SHARE = 0.2  # of the time, for the settings that are chosen
_WARM_UP = 0.3
_SHORTEST = 0.5


@dataclass(frozen=True, order=True)
class Tuning:
    """Ordered by what it takes: memory, then threads, then patience."""

    workers: int
    threads: int
    batch_size: int

    @property
    def lines(self) -> list[str]:
        """As environment variables."""
        values = {"THREADS": self.threads, "WORKERS": self.workers, "BATCH_SIZE": self.batch_size}
        return [f"{_PREFIX}{name}={value}" for name, value in values.items()]


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m server_api.tune", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=SECONDS, help="in all (default: %(default)s)")
    parser.add_argument("--clients", type=int, help="that ask at once (default: 16 a core, but no more than 128)")
    options = parser.parse_args()
    cores = count_cores()
    for name in [name for name in os.environ if name.startswith(_PREFIX) and name not in _KEPT]:
        del os.environ[name]
    clients = options.clients or min(16 * cores, 128)
    try:
        chosen, measured = tune(cores, clients, options.seconds)
    except DidNotStart as error:
        print(error, file=sys.stderr)
        return 1
    milliseconds = [1000 * percentile(measured.latencies, share) for share in (0.5, 0.99)]
    print(*chosen.lines, sep="\n")
    print(
        f"# sustains {measured.rate:.0f} pictures a second, from {clients} clients at once "
        f"(p50 {milliseconds[0]:.0f} ms, p99 {milliseconds[1]:.0f} ms)"
    )
    return 0


def divisions(cores: int) -> list[tuple[int, int]]:
    """Workers and threads: all cores in one process, parted among more of them, and one thread less or more."""
    parted = [(workers, cores // workers) for workers in (1, 2, 4, 8, cores) if workers <= cores]
    return list(dict.fromkeys([*parted, (1, max(1, cores - 1)), (1, cores + 1)]))


def tune(cores: int, clients: int, seconds: float) -> tuple[Tuning, Measured]:
    """The settings that suit, and what they do. Raises DidNotStart."""
    end = time.monotonic() + seconds * (1 - _FINAL_SHARE)
    first = [Tuning(workers, threads, BATCH_SIZES[0]) for workers, threads in divisions(cores)]
    count = len(first) + len(BATCH_SIZES) - 1
    print(f"{cores} cores, {clients} clients at once\n", file=sys.stderr)
    print("| workers | threads | batch size | pictures a second | p50, ms | p99, ms |", file=sys.stderr)
    print("|---" * 6 + "|", file=sys.stderr)
    rates: dict[Tuning, float] = {}

    def try_all(tunings: Iterable[Tuning]) -> None:
        for tuning in tunings:
            if not rates or time.monotonic() < end:
                rates[tuning] = attempt(tuning, clients, (end - time.monotonic()) / (count - len(rates))).rate

    try_all(first)
    best = choose(rates)
    try_all(Tuning(best.workers, best.threads, size) for size in BATCH_SIZES[1:])
    best = choose(rates)
    return best, attempt(best, clients, seconds * _FINAL_SHARE)


def choose(rates: dict[Tuning, float]) -> Tuning:
    """The fastest, or, of those that are nearly as fast, the one that takes the least."""
    return min(tuning for tuning, rate in rates.items() if rate >= _TIE * max(rates.values()))


def attempt(tuning: Tuning, clients: int, seconds: float) -> Measured:
    """seconds: with the start of the server, and no fewer than it needs. A row of the table is printed."""
    end = time.monotonic() + seconds
    settings = {"workers": tuning.workers, "threads": tuning.threads, "batch_size": tuning.batch_size}
    with running(this_server(**settings)) as trial:
        left = max(_SHORTEST, end - time.monotonic() - _WARM_UP)
        load = Load(f"{trial.address}/predict", list(bodies()), clients, left, _WARM_UP)
        measured = measure_apart(load, 1 + count_cores() // _CORES_PER_LOAD)
    times = (f"{1000 * percentile(measured.latencies, share):.0f}" for share in (0.5, 0.99))
    row = (tuning.workers, tuning.threads, tuning.batch_size, f"{measured.rate:.0f}", *times)
    print(f"| {' | '.join(map(str, row))} |", file=sys.stderr, flush=True)
    return measured


def bodies() -> Iterator[str]:
    """The example's 407, cut and repeated to numbers of 1 to 12 digits, small and large."""
    example = Image.open(io.BytesIO(decode(EXAMPLE_IMAGE))).convert("L")
    for columns in (32, 60, example.width):  # 4, 40, 407
        for repeats in (1, 2, 4):
            for scale in (1, 3):
                part = example.crop((0, 0, columns, example.height))
                whole = Image.new("L", (columns * repeats, example.height), 255)
                for place in range(repeats):
                    whole.paste(part, (place * columns, 0))
                whole = whole.resize((whole.width * scale, whole.height * scale), Image.Resampling.BICUBIC)
                packed = io.BytesIO()
                whole.save(packed, "PNG")
                yield json.dumps({"image": base64.b64encode(packed.getvalue()).decode()})


if __name__ == "__main__":
    sys.exit(main())
