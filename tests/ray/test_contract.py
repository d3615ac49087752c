"""The tests of the API that hold of every server, asked of Ray Serve."""

import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.timeout(1800)
def test_the_contract_holds_on_ray() -> None:
    command = shlex.join([sys.executable, "-m", "tests.ray.serve_here"])
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/server_api"],
        cwd=ROOT,
        env={**os.environ, "CONTRACT_COMMAND": command, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout
    summary = re.search(r"(\d+) passed(.*) in ", finished.stdout)
    assert summary is not None
    assert int(summary[1]) > 300
    assert "skipped" not in summary[2]
