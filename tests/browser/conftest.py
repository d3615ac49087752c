"""Real servers and a real browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.numbers_page import LAPTOP, NumbersPage, chromium

ROOT = Path(__file__).resolve().parent.parent.parent
_START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(arguments: list[str], health: str, **environment: str) -> Iterator[None]:
    """A Python module as a server, from healthy to stopped."""
    server = subprocess.Popen([sys.executable, "-m", *arguments], cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait_until_healthy(server, health)
        yield
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_healthy(server: subprocess.Popen[bytes], health: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server for {health} ended with status {server.returncode}"
        try:
            if httpx.get(health, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"{health} is not healthy after {_START_SECONDS} seconds")


@contextmanager
def api_running() -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running(["server_api"], f"{url}/readyz", NUMBERS_PORT=str(port)):
        yield url


@contextmanager
def page_running(api_url: str, **environment: str) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = [
        "streamlit",
        "run",
        "streamlit_app/app.py",
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
    ]
    with running(arguments, f"{url}/_stcore/health", API_URL=api_url, **environment):
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def page_url() -> Iterator[str]:
    with api_running() as api_url, page_running(api_url) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., NumbersPage]]:
    opened: list[NumbersPage] = []

    def open_page(url: str, size: tuple[int, int] = LAPTOP) -> NumbersPage:
        opened.append(NumbersPage(browser, url, size))
        return opened[-1]

    yield open_page
    for numbers_page in opened:
        numbers_page.page.close()


@pytest.fixture
def numbers_page(open_page: Callable[..., NumbersPage], page_url: str) -> NumbersPage:
    return open_page(page_url)
