"""The image for AWS Lambda, started by Lambda's own emulator as the README says."""

import json
import re
import subprocess
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from benchmarks.serverless import INVOCATIONS, running
from tests.conftest import ROOT
from tests.docker.conftest import Composed
from tests.serverless_api.events import function_url, response
from tests.serverless_api.test_equality import REQUESTS, ask, assert_same

pytestmark = pytest.mark.timeout(600)  # the first test builds the image

BASE = "python:3.13-slim"
README = (ROOT / "README.md").read_text()


def docker(*arguments: str) -> str:
    finished = subprocess.run(
        ["docker", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return finished.stdout


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    name = f"numbers-serverless-{uuid4().hex[:8]}"
    built = docker("build", "--build-arg", f"BASE={BASE}", "--tag", name, "--file", "serverless_api/Dockerfile", ".")
    if not docker("image", "ls", "--quiet", name):
        pytest.fail(built[-5000:])
    yield name
    docker("image", "rm", name)


@pytest.fixture(scope="module")
def function(image: str) -> Iterator[tuple[str, str]]:
    """The container's id, and where to invoke the function."""
    with running(image) as started:
        yield started


def test_the_readmes_curl_is_answered(function: tuple[str, str]) -> None:
    (command,) = re.findall(rf"^curl .*{INVOCATIONS}.*$", README, re.MULTILINE)
    assert command.startswith(f'curl -X POST "http://localhost:9000{INVOCATIONS}"')
    command = command.replace(f"http://localhost:9000{INVOCATIONS}", function[1])
    finished = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(finished.stdout)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["prediction"] == "40950"


def test_every_request_of_the_table_is_answered_as_by_the_image_of_the_api(
    function: tuple[str, str], composed: Composed
) -> None:
    api = f"http://localhost:{composed.api_port}"
    with (
        httpx.Client(base_url=api, timeout=60, trust_env=False) as server,
        httpx.Client(timeout=60, trust_env=False) as emulator,
    ):
        for request in REQUESTS.values():
            answer = emulator.post(function[1], json=function_url(request))
            assert_same(response(answer.json()), ask(server, request))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("id -u", "10001"),
        ("touch /var/task/file", "Read-only file system"),
        ("python3 -c 'import torch'", "No module named 'torch'"),
        ("python3 -c 'import uvloop'", "No module named 'uvloop'"),  # of what listens there is nothing
    ],
)
def test_a_function_can_do_little(function: tuple[str, str], command: str, answer: str) -> None:
    assert answer in docker("exec", function[0], "sh", "-c", command)


def test_a_start_that_fails_says_why(image: str) -> None:
    with running(image, "--env", "NUMBERS_THREADS=0") as (_, url):
        answer = httpx.post(url, json={}, timeout=60, trust_env=False).json()
    assert answer["errorType"] == "CannotStart"
    assert answer["errorMessage"] == "NUMBERS_THREADS: Input should be greater than 0"


def test_the_image_is_small(image: str) -> None:
    megabytes = int(docker("image", "inspect", "-f", "{{.Size}}", image)) / 1e6
    print(f"\nimage for Lambda: {megabytes:.0f} MB")
    assert megabytes < 600


def test_the_image_has_its_labels(image: str) -> None:
    labels = json.loads(docker("image", "inspect", "-f", "{{json .Config.Labels}}", image))
    told = {name.removeprefix("org.opencontainers.image.") for name in labels}
    assert told >= {"title", "description", "version", "revision", "licenses", "base.name"}
    assert labels["org.opencontainers.image.base.name"] == BASE
