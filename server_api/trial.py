"""A server that is started to be measured, and stopped again."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 30.0
HOST = "127.0.0.1"


class DidNotStart(Exception):
    """The message has what the server said."""


@dataclass(frozen=True)
class Program:
    """How a server is started. {port} in a word of the command or the environment is its port.

    ready: the path that answers with 200 when it is of use. tells_address: whether it prints "running on
    http://HOST:PORT"; then it takes a port itself, which nobody else can take before it.
    """

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str = "/readyz"
    workers: int = 1
    tells_address: bool = False


def this_server(**settings: object) -> Program:
    """`python -m server_api`; settings: by their name without NUMBERS_, in small letters."""
    environment = {f"NUMBERS_{name.upper()}": str(value) for name, value in settings.items()}
    environment |= {"NUMBERS_HOST": HOST, "NUMBERS_PORT": "{port}"}
    workers = int(str(settings.get("workers", 1)))
    return Program((sys.executable, "-m", "server_api"), environment, workers=workers, tells_address=True)


@dataclass(frozen=True)
class Trial:
    """seconds: from the start of the process to the first time that it was ready."""

    address: str
    pid: int
    seconds: float


@contextmanager
def running(program: Program) -> Iterator[Trial]:
    """Raises DidNotStart. Whoever ends this process by SIGTERM ends the server with it."""
    port = 0 if program.tells_address else _free_port()
    environment = {name: word.replace("{port}", str(port)) for name, word in program.environment.items()}
    with tempfile.TemporaryFile() as log, _terminated_by_an_exception():
        started = time.perf_counter()
        process = subprocess.Popen(
            [word.replace("{port}", str(port)) for word in program.command],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            port = _wait_until_ready(process, port, log, program.ready)
            if not port:
                log.seek(0)
                raise DidNotStart(log.read().decode(errors="replace") or "the server did not get ready")
            seconds = time.perf_counter() - started
            if program.workers > 1:  # one of them is ready; the others began when it did
                time.sleep(seconds)
            yield Trial(f"http://{HOST}:{port}", process.pid, seconds)
        finally:
            _stop(process)


@contextmanager
def _terminated_by_an_exception() -> Iterator[None]:
    """SIGTERM would otherwise end the process without what contexts do at their end."""
    if threading.current_thread() is not threading.main_thread():  # others may not say what a signal does
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: IO[bytes], path: str) -> int:
    """The port; 0 where the process ends, or takes too long."""
    deadline = time.perf_counter() + SECONDS_TO_START
    while time.perf_counter() < deadline and process.poll() is None:
        port = port or _find_port(log)
        if port:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            with closing(connection), suppress(OSError, http.client.HTTPException):
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return port
        time.sleep(0.01)
    return 0


def _find_port(log: IO[bytes]) -> int:
    """What the server has printed, read without moving the place where it goes on; 0 where it has not."""
    found = re.search(rb"running on http://\S+:(\d+)", os.pread(log.fileno(), 1 << 16, 0))
    return int(found[1]) if found else 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    with suppress(ProcessLookupError):  # whatever it has left behind
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
