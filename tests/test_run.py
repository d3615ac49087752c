"""The launcher behind `make run`, started as the Makefile starts it and stopped as a terminal stops it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("API", "page")


@dataclass
class Launched:
    """ports: by the name of a service."""

    process: subprocess.Popen[str]
    ports: dict[str, int]

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        last = f"http://localhost:{self.ports['page']}"
        output = []
        for line in self.process.stdout:
            output.append(line)
            if line.rstrip().endswith(last):
                return
        pytest.fail("never ready:\n" + "".join(output))

    def children(self) -> list[int]:
        """Process ids in the order of their start."""
        return [
            int(child)
            for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)  # a terminal sends it to the whole group

    def end(self) -> str:
        """What was printed until the end."""
        return self.process.communicate(timeout=30)[0]


def command(ports: dict[str, int]) -> list[str]:
    return [sys.executable, "tools/run.py", "--api-port", str(ports["API"]), "--page-port", str(ports["page"])]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def ports() -> dict[str, int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in SERVICES]
        return {name: probe.getsockname()[1] for name, probe in zip(SERVICES, probes, strict=True)}


@pytest.fixture
def launched(ports: dict[str, int]) -> Iterator[Launched]:
    process = subprocess.Popen(
        command(ports),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            launched = Launched(process, ports)
            launched.wait_until_ready()
            yield launched
        finally:
            process.terminate()


def test_both_answer_until_ctrl_c_stops_them(launched: Launched) -> None:
    assert httpx.get(f"http://localhost:{launched.ports['API']}/readyz", trust_env=False).status_code == 200
    assert "<title>" in httpx.get(f"http://localhost:{launched.ports['page']}", trust_env=False).text

    launched.press_ctrl_c()

    assert "Both are stopped." in launched.end()
    assert launched.process.returncode == 0
    assert not any(listens(port) for port in launched.ports.values())


@pytest.mark.parametrize("name", SERVICES)
def test_when_one_dies_the_other_is_stopped(launched: Launched, name: str) -> None:
    os.kill(launched.children()[SERVICES.index(name)], signal.SIGKILL)

    assert f"the {name} ended by itself (exit status -9)" in launched.end()
    assert launched.process.returncode == 1
    assert not any(listens(port) for port in launched.ports.values())


@pytest.mark.parametrize(("name", "variable"), [("API", "API_PORT"), ("page", "PAGE_PORT")])
def test_a_busy_port_is_told_before_anything_starts(ports: dict[str, int], name: str, variable: str) -> None:
    with socket.create_server(("127.0.0.1", ports[name])):
        answer = subprocess.run(command(ports), cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)

    assert answer.returncode == 1
    assert f"port {ports[name]}, wanted for the {name}, cannot be used" in answer.stderr
    assert f"make run {variable}={ports[name] + 1}" in answer.stderr
    assert answer.stdout == ""
