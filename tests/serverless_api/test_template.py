"""deploy/serverless/template.yaml, which AWS SAM deploys."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from serverless_api.settings import Settings
from tests.conftest import ROOT

TEMPLATE = ROOT / "deploy" / "serverless" / "template.yaml"


class Loader(yaml.SafeLoader):  # type: ignore[misc]  # it has no types
    """With CloudFormation's short functions, such as !Ref, which mean nothing here."""


Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_scalar(node))


@pytest.fixture(scope="module")
def function() -> dict[str, Any]:
    resource: dict[str, Any] = yaml.load(TEMPLATE.read_text(), Loader)["Resources"]["Numbers"]
    return resource


def check(template: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("cfn-lint"), template]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_is_valid() -> None:
    finished = check(TEMPLATE)
    assert (finished.returncode, finished.stdout) == (0, "")


def test_what_is_wrong_would_be_found(tmp_path: Path) -> None:
    wrong = tmp_path / "template.yaml"
    wrong.write_text(TEMPLATE.read_text().replace("MemorySize: 1769", "MemorySize: 64"))
    assert "64 is less than the minimum" in check(wrong).stdout


def test_it_builds_the_image_of_this_folder(function: dict[str, Any]) -> None:
    metadata = function["Metadata"]
    context = (TEMPLATE.parent / metadata["DockerContext"]).resolve()
    assert context == ROOT
    assert (context / metadata["Dockerfile"]).is_file()


def test_its_variables_are_settings(function: dict[str, Any]) -> None:
    variables = function["Properties"]["Environment"]["Variables"]
    assert {name.removeprefix("NUMBERS_").lower() for name in variables} <= Settings.model_fields.keys()
    assert float(variables["NUMBERS_REQUEST_SECONDS"]) < function["Properties"]["Timeout"]
