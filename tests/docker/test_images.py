"""What is told of the images from outside."""

import json
import re
import subprocess
import time

import httpx
import pytest

from tests.conftest import ROOT
from tests.docker.conftest import Composed

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("service", ["api", "app"])
def test_an_image_has_its_labels(composed: Composed, service: str) -> None:
    command = ["docker", "image", "inspect", "-f", "{{json .Config.Labels}}", f"{composed.project}-{service}"]
    labels = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    told = {name.removeprefix("org.opencontainers.image.") for name in labels}
    assert told >= {"title", "description", "version", "revision", "licenses", "base.name"}


def test_the_inventory_has_what_the_image_has(composed: Composed) -> None:
    subprocess.run(["make", "sbom"], cwd=ROOT, check=True)
    inventory = json.loads((ROOT / "sbom.json").read_text())
    assert inventory["bomFormat"] == "CycloneDX"
    assert inventory["metadata"]["component"]["name"] == "handwritten-numbers"
    listed = {
        component["name"].lower().replace("_", "-"): component["version"] for component in inventory["components"]
    }
    inside = composed.inside("api", "sh", "-c", "ls /venv/lib/python3.13/site-packages | grep dist-info$")
    installed = {
        name.lower().replace("_", "-"): version for name, version in re.findall(r"^(.+)-(.+)\.dist-info", inside, re.M)
    }
    assert listed == installed
    assert "onnxruntime" in listed
    assert "torch" not in listed


def test_the_log_of_a_container_is_json(composed: Composed) -> None:
    headers = {"X-Request-ID": "test-the-log"}
    answer = httpx.get(f"{composed.address}/info", headers=headers, timeout=30, trust_env=False)
    assert answer.status_code == 200
    deadline = time.monotonic() + 30  # the engine passes lines on when it likes
    while not (found := logged(composed, headers["X-Request-ID"])) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [line["route"] for line in found] == ["/info"]


def logged(composed: Composed, request_id: str) -> list[dict[str, object]]:
    container = composed.compose("ps", "--quiet", "api").stdout.strip()
    lines = subprocess.run(
        ["docker", "logs", container], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    requests = [json.loads(line) for line in lines]  # on standard output there is nothing else
    return [request for request in requests if request["request_id"] == request_id]


def test_monitoring_does_not_start_by_itself(composed: Composed) -> None:
    running = composed.compose("ps", "--services").stdout.split()
    assert set(running) == {"api", "app"}
    everything = composed.compose("--profile", "monitoring", "config", "--services").stdout.split()
    assert set(everything) == {"api", "app", "prometheus", "grafana"}
