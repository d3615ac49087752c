"""What is told of the images from outside."""

import json
import re
import subprocess

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
    request_id = "test-the-log"
    answer = composed.inside(
        "api",
        "python",
        "-c",
        "from urllib.request import *; "
        f"urlopen(Request('http://127.0.0.1:5000/info', headers={{'X-Request-ID': '{request_id}'}}))",
    )
    assert "Traceback" not in answer
    logged = composed.compose("logs", "--no-log-prefix", "api").stdout.splitlines()
    lines = [json.loads(line) for line in logged if line.startswith("{")]
    assert [line["route"] for line in lines if line["request_id"] == request_id] == ["/info"]


def test_monitoring_does_not_start_by_itself(composed: Composed) -> None:
    running = composed.compose("ps", "--services").stdout.split()
    assert set(running) == {"api", "app"}
    everything = composed.compose("--profile", "monitoring", "config", "--services").stdout.split()
    assert set(everything) == {"api", "app", "prometheus", "grafana"}
