"""Small jobs: a few pictures, and whoever reads them in the test's own process."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.pictures import Drawn, draw_pictures
from bulk_recognition.job import Job, Outcome, run
from bulk_recognition.pictures import Part
from bulk_recognition.reading import PartReader
from bulk_recognition.rows import Asking
from bulk_recognition.tables import Columns
from recognizer import Recognizer
from recognizer.session import SHIPPED_MODEL

CARD = Recognizer().card
ASKING = Asking(str(SHIPPED_MODEL), CARD)
DRAWN = draw_pictures(12, seed=5)


class Here:
    """Reads in this process, the last part of each three first."""

    def __init__(self, asking: Asking = ASKING) -> None:
        self._reader = PartReader(asking)

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, parts: Iterator[Part]) -> Iterator[tuple[Part, bytes]]:
        some = list[Part]()
        for part in parts:
            some.append(part.loaded())
            if len(some) == 3:
                yield from self._read(some)
                some = []
        yield from self._read(some)

    def _read(self, parts: list[Part]) -> Iterator[tuple[Part, bytes]]:
        return ((part, self._reader.read(part)) for part in reversed(parts))


def job(*inputs: object, output: Path, asking: Asking = ASKING, part_size: int = 5, **columns: Any) -> Job:
    return Job(tuple(map(str, inputs)), output, asking, Columns(**columns), part_size)


def do(wanted: Job, **options: Any) -> Outcome:
    return run(wanted, lambda: Here(wanted.asking), quiet=True, **options)


class Stopped(BaseException):
    """As sudden as a kill."""


class StoppedAfter(Here):
    def __init__(self, parts: int) -> None:
        super().__init__()
        self._parts = parts

    def read(self, parts: Iterator[Part]) -> Iterator[tuple[Part, bytes]]:
        for count, done in enumerate(super().read(parts)):
            if count == self._parts:
                raise Stopped
            yield done


def begin(wanted: Job, parts: int, **options: Any) -> None:
    """So many parts of a job."""
    with suppress(Stopped):
        run(wanted, lambda: StoppedAfter(parts), quiet=True, **options)
        raise AssertionError("the job has come to its end")


def rows_of(output: Path) -> list[dict[str, Any]]:
    if output.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(output).to_pylist()
        return rows
    return [json.loads(line) for line in output.read_text().splitlines()]


def read(*inputs: object, folder: Path, **options: Any) -> list[dict[str, Any]]:
    """The rows of a job, written into a folder of its own."""
    output = folder / "output" / "readings.parquet"
    do(job(*inputs, output=output, **options))
    return rows_of(output)


def name_of(index: int, drawn: Drawn) -> str:
    kind = "jpg" if drawn.picture.startswith(b"\xff\xd8") else "png"
    return f"{index:03d}.{kind}"


def write_pictures(folder: Path, drawn: list[Drawn] = DRAWN) -> list[Path]:
    """Half of them in a folder within; in the order in which they are read."""
    (folder / "more").mkdir(parents=True)
    half = len(drawn) // 2
    paths = [(folder if index < half else folder / "more") / name_of(index, each) for index, each in enumerate(drawn)]
    for path, each in zip(paths, drawn, strict=True):
        path.write_bytes(each.picture)
    return paths
