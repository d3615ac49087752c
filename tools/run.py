"""Behind `make run`: starts the API and the page together, and stops both when one ends or Ctrl-C is pressed."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"  # this machine alone; the containers serve others
SECONDS_TO_START = 60
SECONDS_TO_STOP = 10


class CannotRun(Exception):
    """The message says why, and what to do."""


@dataclass(frozen=True)
class Service:
    """ready: the path that answers 200 once the service is of use; variable: what the Makefile calls its port."""

    name: str
    variable: str
    port: int
    ready: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api-port", type=int, default=5000)
    parser.add_argument("--page-port", type=int, default=8501)
    arguments = parser.parse_args()
    for stopping in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # Ctrl-C too may be ignored where this is started
        signal.signal(stopping, signal.default_int_handler)
    try:
        run(services(arguments.api_port, arguments.page_port))
    except CannotRun as error:
        print(f"make run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nBoth are stopped.")
    return 0


def services(api_port: int, page_port: int) -> list[Service]:
    streamlit = ["streamlit", "run", "streamlit_app/app.py", "--server.address", HOST, "--server.port", str(page_port)]
    quiet = ["--server.headless", "true", "--logger.hideWelcomeMessage", "true"]
    api = Service(
        "API", "API_PORT", api_port, "/readyz", ["server_api"], {"NUMBERS_HOST": HOST, "NUMBERS_PORT": str(api_port)}
    )
    page = Service("page", "PAGE_PORT", page_port, "/_stcore/health", streamlit + quiet, {"API_URL": api.address})
    return [api, page]


def run(all_services: Sequence[Service]) -> None:
    """Returns never: ends by CannotRun or KeyboardInterrupt, and leaves no process behind."""
    for service in all_services:
        check_port(service)
    with ExitStack() as stack:
        processes = {service.name: stack.enter_context(started(service)) for service in all_services}
        for service in all_services:
            wait_until_ready(service, processes)
        print("\nReady. Ctrl-C stops both.", flush=True)
        for service in all_services:
            print(f"  {service.name:5}{service.address}", flush=True)
        while True:
            check_alive(processes)
            time.sleep(0.2)


def check_port(service: Service) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, service.port))
        except (OSError, OverflowError) as error:
            raise CannotRun(
                f"port {service.port}, wanted for the {service.name}, cannot be used ({error}). "
                f"Stop what uses it, or choose another: make run {service.variable}={service.port + 1}"
            ) from error


@contextmanager
def started(service: Service) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *service.command], cwd=ROOT, env={**os.environ, **service.environment}
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(service: Service, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        check_alive(processes)
        try:
            if httpx.get(service.address + service.ready, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise CannotRun(f"the {service.name} was not ready within {SECONDS_TO_START} seconds; its messages are above")


def check_alive(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in processes.items():
        if process.poll() is not None:
            raise CannotRun(f"the {name} ended by itself (exit status {process.returncode}); its messages are above")


if __name__ == "__main__":
    sys.exit(main())
