"""The same rows from Ray Data as from this machine's own processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.ray_cluster import ENVIRONMENT
from tests.bulk_recognition.jobs import DRAWN, begin, do, job, write_pictures
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


TWO_NODES = """
import sys
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=1)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@pytest.fixture
def cluster() -> Iterator[str]:
    """The address of one."""
    command = [sys.executable, "-c", TWO_NODES]
    environment = {**os.environ, **ENVIRONMENT}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate(timeout=60)


@pytest.fixture
def undisturbed(tmp_path: Path, inputs: list[Path]) -> bytes:
    output = tmp_path / "undisturbed.parquet"
    do(job(*inputs, output=output, part_size=4))
    return output.read_bytes()


def test_the_same_rows_where_ray_is_started_for_it(tmp_path: Path, inputs: list[Path], undisturbed: bytes) -> None:
    output = tmp_path / "readings.parquet"
    assert "25 pictures" in run(*inputs, "--output", output, "--part-size", 4, "--ray")
    assert output.read_bytes() == undisturbed


def test_a_cluster_goes_on_with_what_this_machine_began(
    tmp_path: Path, inputs: list[Path], undisturbed: bytes, cluster: str
) -> None:
    output = tmp_path / "readings.parquet"
    begin(job(*map(str, inputs), output=output, part_size=4), parts=3)
    assert "25 pictures, 13 of them now" in run(*inputs, "--output", output, "--part-size", 4, "--address", cluster)
    assert output.read_bytes() == undisturbed


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path, inputs: list[Path]) -> None:
    command = [sys.executable, "-m", "bulk_recognition", str(inputs[0]), "--output", str(tmp_path / "readings.csv")]
    finished = subprocess.run(
        [*command, "--address", "nonsense"], capture_output=True, text=True, cwd=ROOT, timeout=110
    )
    assert finished.returncode == 1
    assert "cannot join Ray's cluster at nonsense" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.timeout(300)
def test_the_benchmark_finds_all_results_the_same() -> None:
    command = [sys.executable, "-m", "benchmarks.bulk_equality", "--pictures", "1200", "--kills", "1"]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=280)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    rows = [line.strip("| ").split(" | ") for line in finished.stdout.splitlines()[2:-1]]
    assert [row[2] for row in rows] == ["1,200"] * 3
    assert len({row[3] for row in rows}) == 1
