"""`serverless_api.handler.handler`, imported as Lambda imports it: in a process of its own, by the environment."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

INVOKE = """
import json, sys
from serverless_api.handler import handler

answers = [handler(json.loads(line), None) for line in sys.stdin]
loaded = sorted({"torch", "lightning", "hydra", "number_generator"} & sys.modules.keys())
print(json.dumps({"answers": answers, "loaded": loaded}))
"""


def run(code: str, events: list[object], **environment: str) -> subprocess.CompletedProcess[str]:
    """It ends by itself, or runs into the time limit."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        input="\n".join(map(json.dumps, events)),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def finished() -> subprocess.CompletedProcess[str]:
    path = {"http": {"method": "GET", "path": "/prod/info", "sourceIp": ""}}
    events = [{"image": "?"}, {"version": "2.0", "headers": {}, "requestContext": path}]
    return run(INVOKE, events, NUMBERS_BASE_PATH="/prod", NUMBERS_MAX_ERROR="0.25")


def test_it_answers_by_the_settings(finished: subprocess.CompletedProcess[str]) -> None:
    assert finished.returncode == 0, finished.stderr
    refused, card = json.loads(finished.stdout.splitlines()[-1])["answers"]
    assert (refused["statusCode"], json.loads(refused["body"])["code"]) == (422, "invalid_base64")
    assert (card["statusCode"], json.loads(card["body"])["calibration"]["max_error"]) == (200, 0.25)


def test_its_end_is_quiet(finished: subprocess.CompletedProcess[str]) -> None:
    assert [line for line in finished.stderr.splitlines() if not line.startswith("INFO")] == []


def test_nothing_of_the_training_is_loaded(finished: subprocess.CompletedProcess[str]) -> None:
    assert json.loads(finished.stdout.splitlines()[-1])["loaded"] == []


def test_every_request_is_a_line_of_json_in_the_log(finished: subprocess.CompletedProcess[str]) -> None:
    lines = [json.loads(line) for line in finished.stdout.splitlines()[:-1]]
    assert [(line["route"], line["status"], line.get("problem")) for line in lines] == [
        ("/predict", 422, "invalid_base64"),
        ("/info", 200, None),
    ]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("NUMBERS_THREADS", "0", "CannotStart: NUMBERS_THREADS: Input should be greater than 0"),
        ("NUMBERS_MODEL", "/none.onnx", "CannotStart: cannot read the model file /none.onnx: No such file"),
    ],
)
def test_a_start_that_fails_says_why(name: str, value: str, reason: str) -> None:
    finished = run("import serverless_api.handler", [], **{name: value})
    assert finished.returncode == 1
    assert reason in finished.stderr.splitlines()[-1]
