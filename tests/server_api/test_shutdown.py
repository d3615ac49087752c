"""SIGTERM to real servers under load."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.server_api.pictures import encoded
from tests.server_api.serving import started
from tests.server_api.test_limits import HEAD, PATIENCE, connect

BODY = {"image": encoded((ROOT / "docs" / "sample.png").read_bytes())}
CLIENTS = 8


class Load:
    """Clients that ask, each over new connections, until the server takes none."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.answers: list[int] = []
        self.lost: list[str] = []
        self.enough = threading.Event()

    def ask(self) -> None:
        with httpx.Client(base_url=self._address, timeout=PATIENCE, trust_env=False) as client:
            while not self.enough.is_set():
                try:
                    response = client.post("/predict", json=BODY, headers={"Connection": "close"})
                except httpx.ConnectError:
                    return  # refused, before anything was accepted
                except httpx.TransportError as error:
                    self.lost.append(repr(error))
                    return
                self.answers.append(response.status_code)


def wait_for(count: int, load: Load) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(load.answers) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(load.answers) >= count


def test_what_was_accepted_is_answered_and_nothing_more_is_taken(tmp_path: Path) -> None:
    with started(tmp_path / "log") as (address, process):
        load = Load(address)
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(load.ask) for _ in range(CLIENTS)]
            wait_for(2 * CLIENTS, load)
            process.terminate()
            for client in clients:
                client.result(PATIENCE)
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
        load = Load(address)
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(load.ask) for _ in range(CLIENTS)]
            wait_for(CLIENTS, load)
            before = children(process.pid)
            os.kill(process.pid, signal.SIGHUP)
            deadline = time.monotonic() + PATIENCE
            while before & children(process.pid) and time.monotonic() < deadline:
                time.sleep(0.1)
            wait_for(len(load.answers) + CLIENTS, load)
            load.enough.set()
            for client in clients:
                client.result(PATIENCE)
        assert not before & children(process.pid)
    assert set(load.answers) == {200}
    assert not load.lost


def children(pid: int) -> set[int]:
    """Process ids of its workers."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return {child for child in found if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()}
