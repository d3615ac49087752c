"""Ray clusters on this machine, each node with processes of its own, and the API on them."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from server_api.trial import DidNotStart

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
SECONDS_TO_START = 180  # on a busy machine
_OBJECT_STORE_BYTES = 80_000_000
_PROGRAMS = Path(sys.executable).parent
_WITHOUT = ("--disable-usage-stats", "--no-monitor", "--include-log-monitor=false")
"""What takes time to start and is of no use here: nobody adds machines, or reads logs from afar."""
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_prestart_worker_first_driver": "0",  # the API's workers have an environment of their own, and start themselves
    # For machines that are busy with other things: Ray's own 15 leaves replicas waiting for whatever else runs, and a
    # proxy that is not ready within three times 5 seconds is given up.
    "RAY_worker_niceness": "0",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",
}


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def configuration(port: int, settings: dict[str, str], **options: Any) -> dict[str, Any]:
    """deploy/ray/serve.yaml at another port, with settings for proxies and replicas, and options of the deployment.

    The first node alone takes requests: all nodes of this machine would share one port.
    """
    config: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "ray" / "serve.yaml").read_text())
    config["proxy_location"] = "HeadOnly"
    config["http_options"] |= {"host": HOST, "port": port}
    config["controller_options"]["runtime_env"]["env_vars"] |= settings
    config["applications"][0]["runtime_env"]["env_vars"] |= settings
    config["applications"][0]["deployments"][0] |= options
    return config


@dataclass
class Cluster:
    """folder: of a short name, as Ray's sockets are in it, and Ray finds a cluster in its usual folder unasked.
    processes: the one that holds each node; the first is the head.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    processes: list[psutil.Popen] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def add_node(self, processors: int = 1) -> None:
        """processors: replicas that it has room for. Raises DidNotStart."""
        place = ["--address", self.address]
        if not self.processes:
            place = ["--head", "--port", str(self.port), "--include-dashboard=false", "--temp-dir", str(self.folder)]
        sizes = ["--num-cpus", str(processors), "--object-store-memory", str(_OBJECT_STORE_BYTES)]
        log = (self.folder / f"node-{len(self.processes)}").open("wb")
        command = [str(_PROGRAMS / "ray"), "start", "--block", *_WITHOUT, "--node-ip-address", HOST]
        with log:
            process = psutil.Popen(
                [*command, *place, *sizes], env={**os.environ, **ENVIRONMENT}, cwd=ROOT, stdout=log, stderr=log
            )
        self.processes.append(process)
        self._wait_for_node(len(self.processes) - 1)

    def _wait_for_node(self, number: int) -> None:
        log = self.folder / f"node-{number}"
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self.processes[number].poll() is None:
            if "Ray runtime started" in log.read_text():
                return
            time.sleep(0.1)
        raise DidNotStart(f"the node did not start:\n{log.read_text()}")

    def kill_node(self, number: int) -> None:
        """At once, all that belongs to it, as when a machine is switched off."""
        process = self.processes[number]
        if process.poll() is not None:
            return
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()

    def deploy(self, config: dict[str, Any]) -> None:
        """`serve run`; see `wait_until_ready`. Raises DidNotStart."""
        path = self.folder / "serve.yaml"
        path.write_text(yaml.safe_dump(config))
        finished = subprocess.run(
            [_PROGRAMS / "serve", "run", "--non-blocking", "--address", self.address, path],
            env={**os.environ, **ENVIRONMENT},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_START,
            check=False,
        )
        if finished.returncode:
            raise DidNotStart(finished.stdout + finished.stderr)

    def stop(self) -> None:
        for number in reversed(range(len(self.processes))):
            self.kill_node(number)


@contextmanager
def running(*, nodes: int) -> Iterator[Cluster]:
    """Raises DidNotStart."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True))
        cluster = Cluster(Path(folder))
        stack.callback(cluster.stop)
        for _ in range(nodes):
            cluster.add_node()
        yield cluster


def wait_until_ready(url: str) -> None:
    """Raises DidNotStart."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", trust_env=False, timeout=10).is_success:
                return
        time.sleep(0.1)
    raise DidNotStart(f"{url} does not get ready")
