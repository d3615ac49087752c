"""SIGTERM to real servers under load."""

import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.server_api.load import CLIENTS, PATIENCE, loaded
from tests.server_api.serving import started
from tests.server_api.test_limits import HEAD, connect


def test_what_was_accepted_is_answered_and_nothing_more_is_taken(tmp_path: Path) -> None:
    with started(tmp_path / "log") as (address, process):
        with loaded(address) as load:
            process.terminate()
            process.wait(PATIENCE)
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/livez", trust_env=False)
    assert set(load.answers) == {200}
    # A connection that the kernel took after the server's last look was never accepted by the server.
    assert all("ReadError" in lost or "RemoteProtocolError" in lost for lost in load.lost)
    assert len(load.lost) <= CLIENTS


def test_a_client_stuck_in_its_body_does_not_hold_it_up(tmp_path: Path) -> None:
    with started(tmp_path / "log", NUMBERS_SHUTDOWN_SECONDS="1") as (address, process), connect(address) as stuck:
        stuck.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.5)
        process.terminate()
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)


def test_workers_are_replaced_one_by_one_without_a_lost_request(tmp_path: Path) -> None:
    with started(tmp_path / "log", NUMBERS_WORKERS="2", NUMBERS_THREADS="1") as (address, process):
        with loaded(address) as load:
            before = children(process.pid)
            os.kill(process.pid, signal.SIGHUP)
            deadline = time.monotonic() + PATIENCE
            while before & children(process.pid) and time.monotonic() < deadline:
                time.sleep(0.1)
            load.wait_for_more()
        assert not before & children(process.pid)
    assert set(load.answers) == {200}
    assert not load.lost


def children(pid: int) -> set[int]:
    """Process ids of its workers."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return {child for child in found if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()}
