"""The same rows from Ray Data as from this machine's own processes."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.bulk_recognition.jobs import DRAWN, do, job, write_pictures
from tests.conftest import ROOT


def run(*arguments: object) -> str:
    command = [sys.executable, "-m", "bulk_recognition", *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=110)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    """A folder, whose pictures Ray's workers open themselves, and a table, whose pictures they are sent."""
    write_pictures(tmp_path / "pictures")
    (tmp_path / "pictures" / "bad.png").write_bytes(b"no picture")
    pq.write_table(pa.table({"bytes": [drawn.picture for drawn in DRAWN]}), tmp_path / "table.parquet")
    return [tmp_path / "pictures", tmp_path / "table.parquet"]


@pytest.fixture
def undisturbed(tmp_path: Path, inputs: list[Path]) -> bytes:
    output = tmp_path / "undisturbed.parquet"
    do(job(*inputs, output=output, part_size=4))
    return output.read_bytes()


def test_the_same_rows_where_ray_is_started_for_it(tmp_path: Path, inputs: list[Path], undisturbed: bytes) -> None:
    output = tmp_path / "readings.parquet"
    assert "25 pictures" in run(*inputs, "--output", output, "--part-size", 4, "--ray")
    assert output.read_bytes() == undisturbed
