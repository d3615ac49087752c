"""Start, health, card and documentation."""

import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.openapi.models import OpenAPI

from recognizer import Recognizer
from server_api.schemas import EXAMPLE_IMAGE, Prediction
from tests.conftest import ROOT
from tests.server_api.pictures import encoded, kinds
from tests.server_api.serving import serving


@pytest.mark.contract
@pytest.mark.parametrize(("path", "status"), [("/livez", "alive"), ("/readyz", "ready"), ("/health", "ready")])
def test_the_server_tells_of_its_health(path: str, status: str, api: httpx.Client) -> None:
    response = api.get(path)
    assert response.status_code == 200
    assert response.json() == {"status": status}


@pytest.mark.contract
def test_the_card_is_the_models_own(api: httpx.Client, recognizer: Recognizer) -> None:
    card = recognizer.card
    assert api.get("/info").json() == {
        "name": card.name,
        "version": card.version,
        "sha256": card.sha256,
        "training_commit": card.training_commit,
        "scores": dict(card.scores),
        "calibration": {
            "measured_on": recognizer.calibration.measured_on,
            "strings": recognizer.calibration.strings,
            "number_threshold": recognizer.calibration.number_threshold,
            "levels": [asdict(level) for level in recognizer.calibration.levels],
            "max_error": 0.005,
        },
    }


@pytest.mark.contract
def test_the_root_leads_to_the_documentation(api: httpx.Client) -> None:
    response = api.get("/", follow_redirects=True)
    assert response.url.path == "/docs"
    assert "swagger" in response.text


@pytest.mark.contract
def test_the_documented_example_is_true(api: httpx.Client) -> None:
    document = api.get("/openapi.json").json()
    assert OpenAPI.model_validate(document).info.title == "Handwritten numbers"
    operation = document["paths"]["/predict"]["post"]
    example = Prediction.model_validate(operation["responses"]["200"]["content"]["application/json"]["example"])
    requests = operation["requestBody"]["content"]["application/json"]["examples"]
    assert requests.keys() == {"data URL", "bare base64", "with a rule"}
    for request in requests.values():
        response = api.post("/predict", json=request["value"])
        assert response.status_code == 200
        assert Prediction.model_validate_json(response.content).prediction == example.prediction


@pytest.mark.contract
def test_limits_are_set_by_the_environment(tmp_path: Path) -> None:
    limits = {
        "NUMBERS_MAXIMUM_BODY_BYTES": "9000",
        "NUMBERS_MAXIMUM_PIXELS": "4000",
        "NUMBERS_MAX_ERROR": "0.0001",
        "NUMBERS_THREADS": "1",
    }
    with (
        serving(tmp_path / "log", **limits) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as api,
    ):
        bodies = [{"image": "A" * 9000}, {"image": encoded(kinds()["one bit"])}]
        codes = [api.post("/predict", json=body).json()["code"] for body in bodies]
        error = api.get("/info").json()["calibration"]["max_error"]
        verdicts = [
            api.post("/predict", json={"image": EXAMPLE_IMAGE} | asked).json()["verdict"]
            for asked in ({}, {"max_error": 0.005})
        ]
    assert codes == ["body_too_large", "picture_too_large"]
    assert error == 0.0001
    assert verdicts == ["review", "accept"]


@pytest.mark.contract
def test_a_sender_that_goes_away_is_no_failure(api: httpx.Client, api_url: str) -> None:
    """At its end the server's log is looked through."""
    url = urlsplit(api_url)
    head = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(head + b'{"image')
    assert api.get("/readyz").status_code == 200


@pytest.mark.parametrize("command", [["uvicorn", "server_api.api:app", "--port", "0"], ["server_api"]])
@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("NUMBERS_MODEL", "none.onnx", "cannot read the model file none.onnx"),
        ("NUMBERS_MODEL", "LICENSE", "LICENSE is no ONNX model"),
        ("NUMBERS_THREADS", "0", "NUMBERS_THREADS: "),
    ],
)
def test_a_start_that_fails_says_why_in_a_line(
    command: list[str], variable: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("NUMBERS_PORT", "0")
    answer = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode != 0
    assert reason in answer.stderr
    assert "Traceback" not in answer.stderr
