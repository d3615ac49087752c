"""Slow clients, too many of them, and work that takes too long: raw connections to real servers."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from server_api.api import while_connected
from server_api.schemas import EXAMPLE_IMAGE
from tests.conftest import ROOT
from tests.server_api.load import PATIENCE
from tests.server_api.pictures import encoded
from tests.server_api.serving import serving

HEAD = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
SAMPLE = encoded((ROOT / "docs" / "sample.png").read_bytes())


def connect(address: str) -> socket.socket:
    url = urlsplit(address)
    return socket.create_connection((url.hostname, url.port), timeout=PATIENCE)


def answer(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """Status and problem, once the server has closed the connection."""
    received = b""
    while part := connection.recv(65_536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower()
    return int(head.split()[1]), json.loads(body)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Impatient and small."""
    settings = {
        "NUMBERS_REQUEST_SECONDS": "1",
        "NUMBERS_IDLE_SECONDS": "1",
        "NUMBERS_HEADER_BYTES": "4000",
        "NUMBERS_CONNECTIONS": "20",
    }
    with serving(tmp_path_factory.mktemp("strict") / "log", **settings) as address:
        yield address


@pytest.mark.parametrize(
    "sent",
    [
        b"P",
        HEAD,  # headers without an end
        pytest.param(HEAD + b"Content-Length: 100\r\n\r\n", marks=pytest.mark.contract),
        pytest.param(HEAD + b"Content-Length: 100\r\n\r\n" + b"{" * 50, marks=pytest.mark.contract),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", marks=pytest.mark.contract),
    ],
)
def test_a_request_that_does_not_come_to_its_end_is_cut_off(sent: bytes, strict: str) -> None:
    with connect(strict) as connection:
        connection.sendall(sent)
        status, problem = answer(connection)
    assert (status, problem["code"]) == (408, "request_too_slow")


def test_one_that_comes_drop_by_drop_is_cut_off(strict: str) -> None:
    with connect(strict) as connection:
        started = time.monotonic()
        with pytest.raises(OSError, match=r"."):  # noqa: PT012  (the connection breaks at some drop)
            while time.monotonic() - started < PATIENCE:
                connection.sendall(b"X")
                time.sleep(0.05)


def test_a_connection_without_a_request_is_closed(strict: str) -> None:
    with connect(strict) as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(HEAD + b"X: " + b"y" * 5_000 + b"\r\nContent-Length: 2\r\n\r\n{}", marks=pytest.mark.contract),
        HEAD + b"X: y\r\n" * 1_000,  # and no end
        pytest.param(b"GET /" + b"y" * 5_000 + b" HTTP/1.1\r\nHost: here\r\n\r\n", marks=pytest.mark.contract),
    ],
)
def test_larger_headers_than_the_setting_allows_are_refused(sent: bytes, strict: str) -> None:
    with connect(strict) as connection:
        connection.sendall(sent)
        status, problem = answer(connection)
    assert (status, problem["code"]) == (431, "headers_too_large")


@pytest.mark.contract
def test_headers_are_no_larger_for_the_body_behind_them(strict: str) -> None:
    response = httpx.post(f"{strict}/predict", json={"image": SAMPLE}, timeout=PATIENCE, trust_env=False)
    assert len(response.request.content) > 4_000
    assert response.json()["prediction"] == "40950"


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_an_offer_of_another_protocol_is_passed_over(protocol: str, strict: str) -> None:
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": protocol, "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    body = {"image": EXAMPLE_IMAGE}
    response = httpx.post(f"{strict}/predict", json=body, headers=offer, timeout=PATIENCE, trust_env=False)
    assert response.json()["prediction"] == "407"


def test_more_connections_than_allowed_are_refused(strict: str) -> None:
    time.sleep(1.5)  # those of other tests are closed
    waiting = [connect(strict) for _ in range(20)]
    try:
        response = httpx.get(f"{strict}/livez", timeout=PATIENCE, trust_env=False)
        assert (response.status_code, response.json()["code"]) == (503, "overloaded")
        assert response.headers["retry-after"] == "1"
    finally:
        for connection in waiting:
            connection.close()


@pytest.mark.contract
def test_a_full_queue_says_so_early_and_loses_nothing(tmp_path: Path) -> None:
    batch = {"pictures": [{"image": SAMPLE}] * 64}
    with (
        serving(
            tmp_path / "log", NUMBERS_THREADS="1", NUMBERS_QUEUE_LENGTH="64", NUMBERS_QUEUE_SECONDS="60"
        ) as address,
        httpx.Client(base_url=address, timeout=PATIENCE, trust_env=False) as client,
        ThreadPoolExecutor(3) as pool,
    ):
        # The queue has room for one of them at a time, and each takes many times as long as to arrive.
        answers = list(pool.map(lambda _: client.post("/predict/batch", json=batch), range(3)))
    read = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert read
    assert refused
    assert len(read) + len(refused) == 3
    for answer in read:
        assert [result["reading"]["prediction"] for result in answer.json()["results"]] == ["40950"] * 64
    for answer in refused:
        assert answer.json()["code"] == "overloaded"
        assert answer.headers["retry-after"] == "1"


@pytest.mark.contract
def test_an_answer_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "log", NUMBERS_THREADS="1", NUMBERS_REQUEST_SECONDS="0.1") as address,
        httpx.Client(base_url=address, timeout=PATIENCE, trust_env=False) as client,
    ):
        response = client.post("/predict/batch", json={"pictures": [{"image": SAMPLE}] * 64})
        assert (response.status_code, response.json()["code"]) == (504, "timed_out")


def test_work_ends_when_its_client_leaves() -> None:
    ended = threading.Event()

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def work() -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            ended.set()

    async def ask() -> None:
        with pytest.raises(ClientDisconnect):
            await while_connected(Request({"type": "http"}, leave), work(), PATIENCE)
        await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(ask(), PATIENCE / 2))
    assert ended.is_set()
