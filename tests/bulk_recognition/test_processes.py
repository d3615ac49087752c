"""Processes that read, and that are killed."""

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bulk_recognition.errors import ReaderDied
from bulk_recognition.job import run
from bulk_recognition.pictures import Part, Picture, cut
from bulk_recognition.processes import Processes
from bulk_recognition.rows import unpack
from tests.bulk_recognition.jobs import ASKING, DRAWN, job, rows_of


class Deadly(bytes):
    """Ends whatever process it comes to."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (9,)


def parts_of(*contents: bytes, size: int = 4) -> Iterator[Part]:
    return cut((Picture(str(index), content) for index, content in enumerate(contents)), size)


FILES = [drawn.picture for drawn in DRAWN]


def test_a_process_killed_by_the_system_is_replaced(predictions: list[str]) -> None:
    with Processes(ASKING, 2) as processes:
        results = processes.read(parts_of(*FILES, size=1))
        done = dict([next(results)])
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.kill()
        done |= dict(results)
    rows = [row for part in sorted(done, key=lambda part: part.number) for row in unpack(done[part]).to_pylist()]
    assert [row["prediction"] for row in rows] == predictions


def test_a_picture_that_kills_whoever_reads_it_is_a_row_with_its_error(predictions: list[str]) -> None:
    with Processes(ASKING, 1) as processes:
        ((_, packed),) = processes.read(parts_of(FILES[0], Deadly(), FILES[2]))
    rows = unpack(packed).to_pylist()
    assert [row["error"] for row in rows] == [None, "reader_died", None]
    assert [row["prediction"] for row in rows] == [predictions[0], None, predictions[2]]


def test_where_all_are_killed_the_job_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bulk_recognition.processes._MOST_DEADLY", 0)
    with Processes(ASKING, 1) as processes, pytest.raises(ReaderDied, match="fewer --workers"):
        list(processes.read(parts_of(*[Deadly()] * 4)))


def test_processes_that_do_not_start_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asking = replace(ASKING, model=str(tmp_path / "gone.onnx"))
    with Processes(asking, 1) as processes, pytest.raises(ReaderDied, match="exit status 1"):
        list(processes.read(parts_of(*FILES)))
    assert "gone.onnx" in capfd.readouterr().err


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_pictures_at_urls_are_fetched_by_who_reads_them(
    tmp_path: Path, pictures: list[Path], predictions: list[str]
) -> None:
    output = tmp_path / "readings.parquet"
    with serving(tmp_path) as address:
        table = tmp_path / "a.csv"
        table.write_text(f"url\n{address}/pictures/{pictures[0].name}\n{address}/missing.png\n")
        wanted = job(f"{address}/pictures/", f"{address}/a.csv", output=output)
        run(wanted, lambda: Processes(ASKING, 1), quiet=True)
    rows = rows_of(output)
    assert [row["prediction"] for row in rows] == [*predictions, predictions[0], None]
    assert rows[-1]["error"] == "unreadable"
    assert rows[0]["path"] == f"{address}/pictures/{pictures[0].name}"
