"""Real servers for tests."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT

SECONDS_TO_START = 60


@contextmanager
def serving(log: Path, *command: str, **environment: str) -> Iterator[str]:
    """The address of a server of its own, which ends with the context and must not have failed inwardly."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", *(command or ("uvicorn", "server_api.api:app", "--port", "0"))],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield _address(process, log)
        finally:
            process.terminate()
    assert "Traceback" not in log.read_text()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"running on (http://\S+)", log.read_text()):
            return found[1]
        time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text()}")
