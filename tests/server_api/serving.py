"""Real servers for tests: `python -m server_api`, unless the environment says otherwise.

Tests with the marker `contract` hold of every server of the API. With one of these variables they run alone:

CONTRACT_URL: the address of a server that runs already. Tests that need settings of their own are left out.
CONTRACT_COMMAND: what starts a server in the place of `python -m server_api`. It is given the same settings, and must
print "running on http://HOST:PORT" and end on SIGTERM.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT

SECONDS_TO_START = 180
_COMMAND = f"{sys.executable} -m server_api"


def contract_url() -> str | None:
    return os.environ.get("CONTRACT_URL")


def contract_command() -> str | None:
    return os.environ.get("CONTRACT_COMMAND")


@contextmanager
def serving(log: Path, **environment: str) -> Iterator[str]:
    """The address of a server of its own, which ends with the context and must not have failed inwardly."""
    with started(log, **environment) as (address, _):
        yield address


@contextmanager
def started(log: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """As `serving`, with the process."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            shlex.split(contract_command() or _COMMAND),
            cwd=ROOT,
            env={**os.environ, "NUMBERS_PORT": "0", **environment},
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield _address(process, log), process
        finally:
            process.terminate()
    assert "Traceback" not in log.read_text()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"running on (http://\S+)", log.read_text()):
            try:  # a server of several processes tells its address before they listen
                if httpx.get(f"{found[1]}/readyz", trust_env=False).is_success:
                    return found[1]
            except httpx.TransportError:
                pass
        time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text()}")
