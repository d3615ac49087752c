"""Whatever stops a job: the same command goes on, and the result is that of an undisturbed run."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from bulk_recognition.errors import BulkError, OtherJob, OutputError
from bulk_recognition.job import Job
from bulk_recognition.store import Store
from tests.bulk_recognition.jobs import ASKING, DRAWN, begin, do, job, rows_of, write_pictures
from tests.conftest import ROOT


@pytest.fixture
def wanted(tmp_path: Path, pictures: list[Path]) -> Job:
    """In six parts."""
    return job(pictures[0].parent, output=tmp_path / "readings.parquet", part_size=2)


@pytest.fixture
def undisturbed(tmp_path: Path, pictures: list[Path]) -> bytes:
    output = tmp_path / "undisturbed.parquet"
    do(job(pictures[0].parent, output=output, part_size=2))
    return output.read_bytes()


@pytest.mark.parametrize("parts", [0, 1, 5])
def test_what_is_read_is_not_read_again(parts: int, wanted: Job, undisturbed: bytes) -> None:
    begin(wanted, parts)
    assert not wanted.output.exists()
    outcome = do(wanted)
    assert outcome.read == len(DRAWN) - 2 * parts
    assert outcome.summary.pictures == len(DRAWN)
    assert wanted.output.read_bytes() == undisturbed
    assert sorted(path.name for path in wanted.output.parent.glob("readings*")) == [
        "readings.parquet",
        "readings.parquet.job.json",
    ]


_LIMITED = (
    "import os, resource, sys;"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2);"
    "os.execv(sys.argv[2], sys.argv[2:])"
)


def start(pictures: Path, output: Path, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bulk_recognition", str(pictures), "--output", str(output), "--part-size", "2"]
    return subprocess.Popen(
        [*before, *command, "--workers", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_parts(output: Path, count: int, process: subprocess.Popen[str]) -> None:
    folder = output.with_name(output.name + ".parts")
    while len(list(folder.glob("*.arrow"))) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def test_killed_three_times_at_random_moments(tmp_path: Path) -> None:
    folder, output = tmp_path / "pictures", tmp_path / "readings.parquet"
    write_pictures(folder, DRAWN * 6)
    undisturbed = tmp_path / "undisturbed.parquet"
    do(job(folder, output=undisturbed, part_size=2))
    generator = random.Random()
    for parts in (1, 8, 16):
        process = start(folder, output)
        wait_for_parts(output, parts, process)
        readers = psutil.Process(process.pid).children(recursive=True)
        time.sleep(generator.uniform(0, 0.1))
        process.kill()
        process.communicate()
        assert not psutil.wait_procs(readers, timeout=20)[1]  # none reads on for nobody
        assert not output.exists()
    process = start(folder, output)
    printed, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    assert "72 pictures" in printed
    assert output.read_bytes() == undisturbed.read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_who_stops_it_is_told_how_to_go_on(number: int, tmp_path: Path) -> None:
    folder, output = tmp_path / "pictures", tmp_path / "readings.parquet"
    write_pictures(folder, DRAWN * 6)
    process = start(folder, output)
    wait_for_parts(output, 2, process)
    process.send_signal(number)
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "run the same command again" in complaints
    assert "Traceback" not in complaints
    assert do(job(folder, output=output, part_size=2)).read < 72


def touch(pictures: list[Path]) -> None:
    os.utime(pictures[1], ns=(1, 1))


CHANGES: dict[str, Callable[[list[Path]], object]] = {
    "a picture more, at the beginning": lambda pictures: (pictures[0].parent / "000-a.png").touch(),
    "a picture more, at the end": lambda pictures: (pictures[-1].parent / "999.png").touch(),
    "a picture less": lambda pictures: pictures[-1].unlink(),
    "another picture": touch,
}


@pytest.mark.parametrize("is_finished", [False, True], ids=["stopped", "finished"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_input_is_told(
    change: Callable[[list[Path]], object], is_finished: bool, wanted: Job, pictures: list[Path]
) -> None:
    do(wanted) if is_finished else begin(wanted, 5)
    change(pictures)
    if change is CHANGES["a picture more, at the end"] and not is_finished:
        assert do(wanted).summary.pictures == len(DRAWN) + 1  # no part that is kept has changed
        return
    with pytest.raises(OtherJob, match=r"input has changed .* --overwrite"):
        do(wanted)
    assert do(wanted, overwrite=True).summary.pictures == len(list(pictures[0].parent.rglob("*.*g")))


@pytest.mark.parametrize("is_finished", [False, True], ids=["stopped", "finished"])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"part_size": 3}, "part_size was 2 and is 3"),
        ({"picture": "scan"}, "columns was"),
        ({"asking": ASKING.__class__(ASKING.model, ASKING.card, alternatives=2)}, "alternatives was 0 and is 2"),
    ],
)
def test_changed_options_are_told(
    options: dict[str, object], told: str, is_finished: bool, wanted: Job, pictures: list[Path]
) -> None:
    do(wanted) if is_finished else begin(wanted, 2)
    other = job(*wanted.inputs, output=wanted.output, **{"part_size": 2, **options})  # type: ignore[arg-type]
    with pytest.raises(OtherJob, match=told):
        do(other)
    assert do(wanted).read == (0 if is_finished else len(DRAWN) - 4)
    assert do(other, overwrite=True).read == len(DRAWN)
    assert len(rows_of(wanted.output)) == len(pictures)


def test_a_finished_job_is_not_done_again(wanted: Job) -> None:
    first, again = do(wanted), do(wanted)
    assert (again.read, again.summary) == (0, first.summary)


def test_what_somebody_else_wrote_is_not_replaced(wanted: Job) -> None:
    wanted.output.write_text("precious")
    with pytest.raises(OtherJob, match="is there already"):
        do(wanted)
    assert wanted.output.read_text() == "precious"
    assert not list(wanted.output.parent.glob("*.parts"))


def test_the_old_output_stays_until_there_is_a_new_one(wanted: Job) -> None:
    do(wanted)
    before = wanted.output.read_bytes()
    begin(wanted, 1, overwrite=True)
    assert wanted.output.read_bytes() == before
    assert do(wanted).read == len(DRAWN) - 2


def test_parts_of_which_nobody_knows_the_job_are_not_used(wanted: Job) -> None:
    begin(wanted, 3)
    wanted.output.with_name("readings.parquet.job.json").unlink()
    assert do(wanted).read == len(DRAWN)


def test_two_runs_at_once_are_one_too_many(wanted: Job) -> None:
    with Store(wanted.output).opened(wanted.description, False), pytest.raises(OtherJob, match="another run"):
        do(wanted)


def test_a_damaged_part_is_read_again(wanted: Job, undisturbed: bytes) -> None:
    begin(wanted, 4)
    part = next(wanted.output.parent.glob("readings.parquet.parts/*.arrow"))
    part.write_bytes(part.read_bytes()[:100])
    assert do(wanted).read == len(DRAWN) - 6
    assert wanted.output.read_bytes() == undisturbed


def test_a_part_that_is_damaged_within_is_told_and_read_again(wanted: Job, undisturbed: bytes) -> None:
    begin(wanted, 4)
    part = next(wanted.output.parent.glob("readings.parquet.parts/*.arrow"))
    content = part.read_bytes()
    part.write_bytes(content[:8] + content[8 : len(content) // 2].translate(bytes(256)) + content[len(content) // 2 :])
    with pytest.raises(OutputError, match="was damaged"):
        do(wanted)
    assert do(wanted).read == 2
    assert wanted.output.read_bytes() == undisturbed


def test_an_output_that_cannot_be_written_is_told(wanted: Job) -> None:
    wanted.output.with_name("readings.parquet.parts").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot write .*readings\.parquet: "):
        do(wanted)


@pytest.mark.parametrize("place", ["parts", "output"])
def test_a_full_disk_is_told_and_nothing_is_lost(
    place: str, wanted: Job, undisturbed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, left = os.fsync, [2 + 2 * (3 if place == "parts" else 6)]  # the record and each part: a file and its folder

    def full(file: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device"):
            do(wanted)
    assert not wanted.output.exists()
    assert do(wanted).read == (len(DRAWN) - 2 * 3 if place == "parts" else 0)
    assert wanted.output.read_bytes() == undisturbed


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_a_real_limit_on_what_can_be_written(suffix: str, tmp_path: Path) -> None:
    folder, output = tmp_path / "pictures", tmp_path / f"readings{suffix}"
    write_pictures(folder, DRAWN * 2)
    most = str(8_000)  # bytes of any file: a part has fewer, the output has more
    prlimit = [sys.executable, "-c", _LIMITED, most]
    process = start(folder, output, before=prlimit)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaints.startswith(f"cannot write {output}")
    assert "File too large" in complaints
    assert "run the same command again" in complaints
    assert "Traceback" not in complaints
    assert "Exception ignored" not in complaints
    assert do(job(folder, output=output, part_size=2)).read == 0
    assert len(rows_of(output)) == 24


def test_errors_of_a_job_have_one_base() -> None:
    assert issubclass(OtherJob, BulkError)
    assert issubclass(OutputError, BulkError)
