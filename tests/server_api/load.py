"""Clients that keep a server busy."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from tests.conftest import ROOT
from tests.server_api.pictures import encoded

BODY = {"image": encoded((ROOT / "docs" / "sample.png").read_bytes())}
HEADERS = {"Content-Type": "application/json", "Connection": "close"}
CLIENTS = 8
PATIENCE = 60  # seconds, for busy machines


class Load:
    """What clients were answered, and what was lost to them once the server had taken it."""

    def __init__(self, address: str, padding: int) -> None:
        self._address = address
        self._body = json.dumps(BODY).encode() + b" " * padding
        self.answers: list[int] = []
        self.predictions: set[str] = set()
        self.lost: list[str] = []
        self.refused = 0
        self.is_over = threading.Event()

    def ask(self) -> None:
        """Again and again, each time over a new connection, until the server takes none."""
        with httpx.Client(base_url=self._address, timeout=PATIENCE, trust_env=False) as client:
            while not self.is_over.is_set():
                try:
                    response = client.post("/predict", content=self._body, headers=HEADERS)
                except httpx.ConnectError:
                    self.refused += 1  # before anything was accepted
                    return
                except httpx.TransportError as error:
                    self.lost.append(repr(error))
                    return
                self.answers.append(response.status_code)
                if response.is_success:
                    self.predictions.add(response.json()["prediction"])

    def wait_for_more(self, more: int = CLIENTS) -> None:
        """Until each client may have been answered once more, or for as many more answers."""
        count = len(self.answers) + more
        deadline = time.monotonic() + PATIENCE
        while len(self.answers) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.answers) >= count


@contextmanager
def loaded(address: str, padding: int = 0) -> Iterator[Load]:
    """Clients at work, until the end of the context or of the server; with so many bytes more a request."""
    load = Load(address, padding)
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(load.ask) for _ in range(CLIENTS)]
        try:
            load.wait_for_more()
            yield load
        finally:
            load.is_over.set()
        for client in clients:
            client.result(PATIENCE)
