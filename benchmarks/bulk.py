"""`python -m benchmarks.bulk`: what reading many pictures costs, in time and memory, and beside the floor.

The floor is the same files, in memory, read by bare processes: nothing is found, opened, sent, counted or written.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import cv2

from benchmarks.family import Family
from benchmarks.pictures import draw_small_pictures
from bulk_recognition.job import PART_SIZE, Job, run
from bulk_recognition.pictures import Picture
from bulk_recognition.processes import Processes
from bulk_recognition.rows import Asking
from bulk_recognition.sources import Source
from recognizer import Recognizer
from recognizer.cores import count_cores
from recognizer.session import SHIPPED_MODEL

DIFFERENT = 2_000
"""Pictures that are drawn; more are copies of them."""
MILLION = 1_000_000
_A_FOLDER = 1_000
_SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class Measured:
    """processor: seconds of its time, of all cores. megabytes: resident memory of all processes together, at the most;
    what they share is counted for each.
    """

    pictures: int
    seconds: float
    processor: float
    megabytes: float

    @property
    def row(self) -> str:
        told = (f"{self.seconds:.1f}", f"{self.rate:.0f}", f"{self.processor:.1f}", f"{self.megabytes:.0f}")
        return f"| {self.pictures:,} | {' | '.join(told)} |"

    @property
    def rate(self) -> float:
        return self.pictures / self.seconds


@dataclass(frozen=True)
class OnTheFly:
    """Pictures that are on no disk."""

    total: int

    def count(self) -> int | None:
        return self.total

    def __iter__(self) -> Iterator[Picture]:
        files = [drawn.picture for drawn in draw_small_pictures(min(self.total, DIFFERENT))]
        for index in range(self.total):
            file = files[index % len(files)]
            yield Picture(f"{index:07d}", file, size=len(file))


class JobOnTheFly(Job):
    @property
    def source(self) -> Source:
        return OnTheFly(int(self.inputs[0]))


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.bulk", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="PICTURES")
    parser.add_argument("--million", action="store_true", help="and 1,000,000, made as they are read")
    parser.add_argument("--floor", type=int, default=10_000, metavar="PICTURES", help="to compare with the floor by")
    parser.add_argument("--rounds", type=int, default=3, help="of that comparison; its medians are told")
    parser.add_argument("--workers", type=int, default=count_cores())
    parser.add_argument("--picture", type=Path, help="where to draw the curves, such as docs/bulk.png")
    parser.add_argument("--on-the-fly", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.on_the_fly:
        read_on_the_fly(options.on_the_fly, options.workers, options.output)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(
            "| pictures | seconds | pictures a second | processor, s | memory at the most, MB |\n|---|---|---|---|---|"
        )
        measured = []
        for size in (*options.sizes, *[MILLION] * options.million):
            source = write_files(folder, size) if size != MILLION else None
            measured.append(measure(source, size, folder, options.workers))
            print(measured[-1].row, flush=True)
        print(f"\n{compare(folder, options.floor, options.workers, options.rounds)}", flush=True)
    if options.picture is not None:
        draw(measured, options.picture)
    return 0


def write_files(folder: Path, count: int) -> Path:
    """Copies of the drawn pictures, a thousand a folder."""
    target = folder / str(count)
    drawn = draw_small_pictures(min(count, DIFFERENT))
    for index in range(count):
        inner = target / f"{index // _A_FOLDER:04d}"
        if index % _A_FOLDER == 0:
            inner.mkdir(parents=True)
        (inner / f"{index:07d}.png").write_bytes(drawn[index % DIFFERENT].picture)
    return target


def measure(source: Path | None, pictures: int, folder: Path, workers: int) -> Measured:
    """One job in processes of its own, from its start to its end; source: None for pictures made on the fly."""
    output = folder / f"{pictures}-{time.monotonic_ns()}.parquet"
    module = ["benchmarks.bulk", "--on-the-fly", str(pictures)] if source is None else ["bulk_recognition", str(source)]
    command = [sys.executable, "-m", *module, "--output", str(output), "--workers", str(workers)]
    started, used, most = time.perf_counter(), _processor_time(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        family = Family(process.pid)
        while process.poll() is None:
            most = max(most, family.megabytes)
            time.sleep(_SECONDS_BETWEEN_LOOKS)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Measured(pictures, time.perf_counter() - started, _processor_time() - used, most)


def _processor_time() -> float:
    """Seconds, of all processes that were started here, or by them, and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read_on_the_fly(pictures: int, workers: int, output: Path) -> None:
    asking = Asking(str(SHIPPED_MODEL), Recognizer().card)
    run(JobOnTheFly((str(pictures),), output, asking), lambda: Processes(asking, workers))


def measure_floor(files: list[bytes], workers: int) -> Measured:
    """Bare processes, each with its share of the files; their start does not count."""
    context = get_context("spawn")
    pipes = [context.Pipe() for _ in range(workers)]
    processes = [
        context.Process(target=_read_bare, args=(theirs, files[index::workers]))
        for index, (_, theirs) in enumerate(pipes)
    ]
    for process in processes:
        process.start()
    for ours, _ in pipes:
        ours.recv()
    started = time.perf_counter()
    for ours, _ in pipes:
        ours.send(None)
    processor = sum(ours.recv() for ours, _ in pipes)
    seconds = time.perf_counter() - started
    for process in processes:
        process.join()
    return Measured(len(files), seconds, processor, 0.0)


def _read_bare(connection: Connection, files: list[bytes]) -> None:
    cv2.setNumThreads(1)
    recognizer = Recognizer()
    recognizer.read_many(files[:PART_SIZE])
    connection.send(None)
    connection.recv()
    used = time.process_time()
    for first in range(0, len(files), PART_SIZE):
        recognizer.read_many(files[first : first + PART_SIZE])
    connection.send(time.process_time() - used)


def compare(folder: Path, pictures: int, workers: int, rounds: int) -> str:
    """By turns, so that whatever else the machine does falls on both."""
    source = folder / str(pictures)
    if not source.exists():
        write_files(folder, pictures)
    files = [path.read_bytes() for path in sorted(source.rglob("*.png"))]
    pairs = [(measure(source, pictures, folder, workers), measure_floor(files, workers)) for _ in range(rounds)]
    ratio = statistics.median(bulk.rate / floor.rate for bulk, floor in pairs)
    processor = statistics.median(floor.processor / bulk.processor for bulk, floor in pairs)
    bulks, floors = (statistics.median(pair[which].rate for pair in pairs) for which in (0, 1))
    return (
        f"{pictures:,} pictures, {workers} processes, {rounds} rounds by turns: {bulks:.0f} a second with its start "
        f"and end, the floor {floors:.0f}; {ratio:.2f} of the floor; by the processor's time alone {processor:.2f}"
    )


def draw(measured: list[Measured], picture: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    pictures = [each.pictures for each in measured]
    time_axes, memory_axes = figure.subplots(1, 2)
    time_axes.loglog(pictures, [each.seconds for each in measured], "o-", color="tab:blue", label="by the clock")
    processor = [each.processor for each in measured]
    time_axes.loglog(pictures, processor, "s-", color="tab:green", label="of the processor, all cores")
    proportion = [count * processor[-1] / pictures[-1] for count in pictures]
    time_axes.loglog(pictures, proportion, "--", color="grey", label="in proportion to the largest")
    time_axes.set(xlabel="pictures", ylabel="seconds", title="Time")
    time_axes.legend(frameon=False, loc="lower right")
    memory_axes.semilogx(pictures, [each.megabytes for each in measured], "o-", color="tab:red")
    memory_axes.set(xlabel="pictures", ylabel="MB", title="Memory of all processes, at the most", ylim=(0, 1000))
    for axes in (time_axes, memory_axes):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(picture, dpi=130)


if __name__ == "__main__":
    sys.exit(main())
