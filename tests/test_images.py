"""What the Dockerfiles promise; tests/docker builds and starts them."""

import re
import tomllib

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
both_images = pytest.mark.parametrize("folder", ["server_api", "streamlit_app"])


@both_images
def test_an_image_says_what_it_is(folder: str) -> None:
    text = (ROOT / folder / "Dockerfile").read_text()
    labels = dict(re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]+)"', text))
    assert labels.keys() == {"title", "description", "version", "revision", "licenses", "base.name"}
    assert (labels["version"], labels["licenses"]) == (PROJECT["version"], PROJECT["license"])
    assert labels["base.name"].endswith(re.findall(r"^FROM (python\S+)", text, re.MULTILINE)[-1])


def test_the_image_for_lambda_says_what_it_is() -> None:
    text = (ROOT / "serverless_api" / "Dockerfile").read_text()
    labels = dict(re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]+)"', text))
    assert labels.keys() == {"title", "description", "version", "revision", "licenses", "base.name"}
    assert (labels["version"], labels["licenses"]) == (PROJECT["version"], PROJECT["license"])
    assert "ARG BASE=public.ecr.aws/lambda/python:" in text
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${BASE}"}


def test_the_function_needs_of_the_server_what_the_server_needs() -> None:
    """Less what only listens."""
    server, function = (set(PROJECT["optional-dependencies"][extra]) for extra in ("server", "serverless"))
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in server ^ function}
    assert names == {"httptools", "uvloop", "mangum"}


def test_the_api_tells_the_version_of_the_project() -> None:
    assert f'version="{PROJECT["version"]}"' in (ROOT / "server_api" / "api.py").read_text()


@both_images
def test_an_image_needs_no_shell(folder: str) -> None:
    *_, last = (ROOT / folder / "Dockerfile").read_text().split("\nFROM ")
    commands = re.findall(r"CMD (.*)$", last, re.MULTILINE)
    assert len(commands) == 2  # to be healthy, and to run
    assert all(command.startswith('["') for command in commands)
