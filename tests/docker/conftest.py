"""The compose files, built and started beside whatever else runs on this machine."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Composed:
    project: str
    api_port: int
    page_port: int
    files: tuple[str, ...]
    settings: dict[str, str]

    @property
    def address(self) -> str:
        """Of the API."""
        return f"http://localhost:{self.api_port}"

    def compose(
        self, *arguments: str, check: bool = True, given: str | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        ports = {"API_PORT": str(self.api_port), "PAGE_PORT": str(self.page_port)}
        files = [option for file in self.files for option in ("--file", file)]
        return subprocess.run(
            ["docker", "compose", "--project-name", self.project, *files, *arguments],
            cwd=ROOT,
            env={**os.environ, **ports, **self.settings, **settings},
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=check,
        )

    def inside(self, service: str, *command: str, given: str | None = None) -> str:
        """What a command prints in the running container, its errors included, whether it fails or not."""
        return self.compose("exec", "-T", service, *command, check=False, given=given).stdout

    def image_size(self, service: str) -> int:
        """In bytes."""
        image = f"{self.project}-{service}"
        answer = subprocess.run(
            ["docker", "image", "inspect", "-f", "{{.Size}}", image], capture_output=True, text=True, check=True
        )
        return int(answer.stdout)


@contextmanager
def running(*files: str, **settings: str) -> Iterator[Composed]:
    """All that the files say, built and up, until the end of the context."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("", 0))) for _ in range(2)]
        api_port, page_port = (probe.getsockname()[1] for probe in probes)
    composed = Composed(f"numbers-{uuid4().hex[:8]}", api_port, page_port, files, settings)
    try:
        up = composed.compose("up", "--build", "--detach", "--wait", "--wait-timeout", "120", check=False)
        if up.returncode:
            pytest.fail(f"{up.stdout[-5000:]}\n{composed.compose('logs', check=False).stdout[-5000:]}")
        yield composed
    finally:
        composed.compose("down", "--volumes", "--rmi", "local", "--timeout", "5")


@pytest.fixture(scope="session")
def composed() -> Iterator[Composed]:
    with running("docker-compose.yml", NUMBERS_WORKERS="2") as composed:
        yield composed
