"""Ids, log and Server-Timing, of the real server and of a small one whose pictures have known times."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from server_api import metrics, observation, problems, request_log
from server_api.problems import PROBLEMS, InvalidBase64
from server_api.schemas import EXAMPLE_IMAGE, EXAMPLE_PREDICTION, Prediction
from server_api.stages import Stages
from tests.server_api.scraping import Scrape
from tests.server_api.serving import serving

MADE = re.compile(r"[0-9a-f]{32}")
MARKER = "MARKERMARKER"
HEAD = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
PROBLEM_STATUS = {answer.code: answer.status for answer in PROBLEMS.values()}


@dataclass(frozen=True)
class Observed:
    """A server, and where it writes its log."""

    client: httpx.Client
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def line(self, request_id: str) -> dict[str, Any]:
        """The one of a request; it may come a little later than the answer."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if found := [line for line in self.lines() if line["request_id"] == request_id]:
                (line,) = found
                return line
            time.sleep(0.01)
        pytest.fail(f"no line of {request_id}")


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    log = tmp_path_factory.mktemp("observed") / "log"
    with (
        serving(log) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield Observed(client, log)


ASKED: list[tuple[str, str, object, int, str | None]] = [
    ("POST", "/predict", {"image": EXAMPLE_IMAGE}, 200, "/predict"),
    ("POST", "/predict", {"image": "?"}, 422, "/predict"),
    ("POST", "/predict", {"image": "A" * 5_000_000}, 413, "/predict"),
    ("POST", "/predict", None, 415, "/predict"),
    ("GET", "/predict", None, 405, "/predict"),
    ("GET", "/info", None, 200, "/info"),
    ("GET", "/", None, 307, "/"),
    ("GET", "/docs", None, 200, "/docs"),
    ("GET", "/openapi.json", None, 200, "/openapi.json"),
    ("GET", f"/{MARKER}", None, 404, None),
    ("POST", "/metrics", None, 405, "/metrics"),
    ("HEAD", "/livez", None, 405, "/livez"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "route"), ASKED)
def test_every_answer_has_an_id_and_a_line(
    method: str, path: str, body: object, status: int, route: str | None, observed: Observed
) -> None:
    response = observed.client.request(method, path, json=body, params={"key": MARKER}, headers={"X-Key": MARKER})

    assert response.status_code == status
    request_id = response.headers["x-request-id"]
    assert MADE.fullmatch(request_id)
    line = observed.line(request_id)
    assert (line["method"], line.get("route"), line["status"]) == (method, route, status)
    assert 0 < line["seconds"] < 60
    problem = response.json()["code"] if method != "HEAD" and status >= 400 else line.get("problem")
    assert line.get("problem") == problem


def test_the_log_has_nothing_of_what_was_sent(observed: Observed) -> None:
    image = f"{EXAMPLE_IMAGE}{MARKER}"
    observed.client.post(f"/predict?{MARKER}", json={"image": image}, headers={"X-API-Key": MARKER})
    last = observed.client.post(f"/{MARKER}", headers={"User-Agent": MARKER, "X-Request-ID": f"<{MARKER}>"})
    observed.line(last.headers["x-request-id"])
    log = observed.log.read_text()
    assert MARKER not in log
    assert EXAMPLE_IMAGE[30:60] not in log


@pytest.mark.contract
def test_two_requests_have_two_ids(api: httpx.Client) -> None:
    assert len({api.get("/livez").headers["x-request-id"] for _ in range(20)}) == 20


@pytest.mark.contract
@pytest.mark.parametrize(
    "given",
    [
        "a",
        "1" * 128,
        "6f2d4b0e-8f0c-4b7e-9a53-0d6d3f1b2c4d",
        "Root=1-67891233-abcdef012345678912345678",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "user@host/path:1+2.3_4",
    ],
)
def test_a_plain_id_is_taken(given: str, api: httpx.Client) -> None:
    assert api.get("/info", headers={"X-Request-ID": given}).headers["x-request-id"] == given


def test_a_taken_id_is_in_the_log(observed: Observed) -> None:
    observed.client.get("/info", headers={"X-Request-ID": "Root=1-67891233"})
    assert observed.line("Root=1-67891233")["route"] == "/info"


@pytest.mark.contract
@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"1" * 129,
        b"two words",
        b'{"forged": "line"}',
        b"<script>",
        b"\x1b[31m",
        "Nummer-ä".encode(),
        b"tab\tbed",
        b"a,b",
    ],
)
def test_another_id_is_replaced(given: bytes, api: httpx.Client) -> None:
    response = api.get("/info", headers=[(b"X-Request-ID", given)])
    assert response.status_code in {200, 400}  # some are no HTTP at all
    assert response.headers.get("x-request-id", "") != given.decode("latin-1")
    if response.status_code == 200:
        assert MADE.fullmatch(response.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/metrics"])
def test_what_machines_ask_all_the_time_is_in_the_log_only_where_it_fails(path: str, observed: Observed) -> None:
    well = observed.client.get(path)
    refused = observed.client.delete(path)
    assert (well.status_code, refused.status_code) == (200, 405)
    assert observed.line(refused.headers["x-request-id"])["problem"] == "method_not_allowed"
    assert well.headers["x-request-id"] not in {line["request_id"] for line in observed.lines()}


def test_the_log_is_json_on_standard_output_and_nothing_else(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as address:
        httpx.get(f"{address}/info", trust_env=False)
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if not line.startswith("INFO: ")]
    assert [json.loads(line)["route"] for line in lines] == ["/info"]


@pytest.mark.contract
@pytest.mark.parametrize(
    "prefer", ["server-timing", "Server-Timing", "respond-async, server-timing; a=b", "wait=1,server-timing"]
)
def test_server_timing_is_given_to_whom_prefers_it(prefer: str, api: httpx.Client) -> None:
    response = api.post("/predict", json={"image": EXAMPLE_IMAGE}, headers={"Prefer": prefer})
    assert re.search(r"total;dur=\d+\.\d{3}$", response.headers["server-timing"])


@pytest.mark.contract
@pytest.mark.parametrize("prefer", [None, "", "respond-async", "no-server-timing", "handling=lenient;server-timing"])
def test_server_timing_is_given_to_nobody_else(prefer: str | None, api: httpx.Client) -> None:
    headers = {} if prefer is None else {"Prefer": prefer}
    assert "server-timing" not in api.get("/info", headers=headers).headers


def send(observed: Observed, sent: bytes) -> str:
    """Bytes as they are; the answer's head, in small letters."""
    host, port = observed.client.base_url.host, observed.client.base_url.port
    with socket.create_connection((host, port), timeout=60) as connection:
        connection.sendall(sent)
        received = b""
        while part := connection.recv(65_536):
            received += part
    return received.partition(b"\r\n\r\n")[0].decode().lower()


@pytest.mark.parametrize(
    ("sent", "problem", "route"),
    [
        (b"HELLO\r\n\r\n", "invalid_http", None),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 50_000 + b"\r\n\r\n", "headers_too_large", None),
        (b"POST /pre", "request_too_slow", None),
        # The route has begun and waits for the body; one line tells of both.
        (HEAD + b"Content-Length: 100\r\n\r\n", "request_too_slow", "/predict"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nno length\r\n", "invalid_http", "/predict"),
    ],
)
def test_what_the_protocol_refuses_is_seen_too(
    sent: bytes, problem: str, route: str | None, impatient: Observed
) -> None:
    seen = {line["request_id"] for line in impatient.lines()}
    counted = Scrape(impatient.client.get("/metrics").text).value("numbers_problems_total", code=problem)
    found = re.search(r"x-request-id: (\w+)", send(impatient, sent))
    assert found is not None
    line = impatient.line(found[1])
    assert (line["problem"], line["status"], line.get("route")) == (problem, PROBLEM_STATUS[problem], route)
    assert {line["request_id"] for line in impatient.lines()} - seen == {found[1]}
    after = Scrape(impatient.client.get("/metrics").text)
    assert after.value("numbers_problems_total", code=problem) == counted + 1


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    log = tmp_path_factory.mktemp("impatient") / "log"
    with (
        serving(log, NUMBERS_REQUEST_SECONDS="1") as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield Observed(client, log)


def test_each_picture_of_a_batch_counts(observed: Observed) -> None:
    def scrape() -> Scrape:
        return Scrape(observed.client.get("/metrics").text)

    before = scrape()
    pictures = [{"image": EXAMPLE_IMAGE}, {"image": "?"}, {"image": EXAMPLE_IMAGE}]
    response = observed.client.post("/predict/batch", json={"pictures": pictures}, headers={"Prefer": "server-timing"})
    after = scrape()

    assert response.status_code == 200
    line = observed.line(response.headers["x-request-id"])
    assert (line["route"], line["pictures"], sum(line["verdicts"].values())) == ("/predict/batch", 2, 2)
    assert line["stages"].keys() == {"queue", "decode", "inference", "decoding"}
    assert all(0 < seconds < line["seconds"] for seconds in line["stages"].values())
    assert re.match(r"queue;dur=[\d.]+, decode;dur=[\d.]+, inference;dur=", response.headers["server-timing"])
    for name, labels, gain in [
        ("numbers_verdicts_total", {}, 2),
        ("numbers_confidence_count", {}, 2),
        ("numbers_batch_pictures_count", {}, 2),
        ("numbers_stage_duration_seconds_count", {"stage": "decode"}, 2),
        ("numbers_problems_total", {"code": "invalid_base64"}, 1),
        ("numbers_requests_total", {"route": "/predict/batch", "status": "200"}, 1),
    ]:
        assert after.value(name, **labels) - before.value(name, **labels) == gain, name


# A small server whose pictures have known times.

PICTURES = [
    Stages(0.001, 0.002, 0.004, 0.0005, 2),
    Stages(0.003, 0.001, 0.004, 0.0001, 2),
    Stages(0.0, 0.0, 0.0, 0.0, 0),
]
MINE = {"X-Request-ID": "mine"}
BLANK = {"prediction": "", "confidence": 1.0, "digits": [], "mask": "", "verdict": "reject", "reason": "blank"}
REVIEW = EXAMPLE_PREDICTION | {
    "verdict": "review",
    "confidence": 0.97,
    "model": {"name": "crnn", "version": "0.3.0"},
}
PREDICTIONS = [Prediction.model_validate(REVIEW | changes) for changes in ({}, {"verdict": "accept"}, BLANK)]


def small() -> FastAPI:
    app = FastAPI()
    problems.install(app)
    observation.install(app)

    @app.post("/read")
    async def read(request: Request) -> None:
        request.state.stages = PICTURES
        request.state.predictions = PREDICTIONS
        request.state.problems = ["not_a_picture"]

    @app.post("/refuse")
    async def refuse() -> None:
        raise InvalidBase64

    @app.post("/fail")
    async def fail() -> None:
        raise RuntimeError(MARKER)

    return app


def ask(app: FastAPI, path: str, headers: dict[str, str] | None = None, *, failures: bool = False) -> httpx.Response:
    """Without a server. failures: let them through, as to uvicorn, which logs them."""

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=failures)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.post(path, headers=headers)

    return asyncio.run(post())


def scrape() -> Scrape:
    return Scrape(metrics.expose("1", None).decode())


def gained(before: Scrape, name: str, **labels: str) -> float:
    return scrape().value(name, **labels) - before.value(name, **labels)


def test_server_timing_tells_the_slowest_picture_of_each_stage() -> None:
    timing = ask(small(), "/read", {"Prefer": "server-timing"}).headers["server-timing"]
    *stages, total = timing.split(", ")
    assert stages == ["queue;dur=3.000", "decode;dur=2.000", "inference;dur=4.000", "decoding;dur=0.500"]
    assert re.fullmatch(r"total;dur=\d+\.\d{3}", total)


@pytest.mark.parametrize(
    ("name", "labels", "gain"),
    [
        ("numbers_requests_total", {"route": "/read", "status": "200"}, 1),
        ("numbers_request_duration_seconds_count", {"route": "/read"}, 1),
        ("numbers_stage_duration_seconds_sum", {"stage": "queue"}, 0.004),
        ("numbers_stage_duration_seconds_sum", {"stage": "decode"}, 0.003),
        ("numbers_stage_duration_seconds_sum", {"stage": "inference"}, 0.008),
        ("numbers_stage_duration_seconds_sum", {"stage": "decoding"}, 0.0006),
        ("numbers_stage_duration_seconds_count", {"stage": "queue"}, 3),
        ("numbers_stage_duration_seconds_count", {"stage": "inference"}, 2),  # without the blank one
        ("numbers_batch_pictures_sum", {}, 4),
        ("numbers_batch_pictures_bucket", {"le": "1.0"}, 0),
        ("numbers_batch_pictures_bucket", {"le": "2.0"}, 2),
        ("numbers_verdicts_total", {"verdict": "accept", "reason": ""}, 1),
        ("numbers_verdicts_total", {"verdict": "review", "reason": ""}, 1),
        ("numbers_verdicts_total", {"verdict": "reject", "reason": "blank"}, 1),
        ("numbers_confidence_count", {}, 2),  # the blank one is sure of nothing
        ("numbers_confidence_bucket", {"le": "0.95"}, 0),
        ("numbers_confidence_bucket", {"le": "0.98"}, 2),
        ("numbers_problems_total", {"code": "not_a_picture"}, 1),
    ],
)
def test_pictures_are_counted(name: str, labels: dict[str, str], gain: float) -> None:
    before = scrape()
    ask(small(), "/read")
    assert gained(before, name, **labels) == pytest.approx(gain)


def test_a_failure_has_its_id_its_count_and_its_line(caplog: pytest.LogCaptureFixture) -> None:
    before = scrape()
    with caplog.at_level("INFO", request_log.__name__):
        response = ask(small(), "/fail", MINE)
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.headers["x-request-id"] == "mine"
    assert MARKER not in response.text + caplog.text
    assert gained(before, "numbers_requests_total", route="/fail", status="500") == 1
    assert gained(before, "numbers_problems_total", code="internal_error") == 1
    (record,) = caplog.records
    line = json.loads(record.message)
    assert (line["request_id"], line["status"], line["problem"]) == ("mine", 500, "internal_error")


def test_a_failures_traceback_has_the_requests_id() -> None:
    with pytest.raises(RuntimeError, match=MARKER) as failure:
        ask(small(), "/fail", MINE, failures=True)
    assert failure.value.__notes__ == ["X-Request-ID: mine"]


def test_a_line_tells_what_was_read_but_not_the_number(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", request_log.__name__):
        ask(small(), "/read", MINE)
    line = json.loads(caplog.records[0].message)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line.pop("seconds") > 0
    assert line == {
        "request_id": "mine",
        "method": "POST",
        "route": "/read",
        "status": 200,
        "pictures": 3,
        "stages": {"queue": 0.003, "decode": 0.002, "inference": 0.004, "decoding": 0.0005},
        "model": "0.3.0",
        "verdicts": {"review": 1, "accept": 1, "reject": 1},
    }


def test_what_is_refused_before_there_is_a_request_is_counted_too(caplog: pytest.LogCaptureFixture) -> None:
    before = scrape()
    with caplog.at_level("INFO", request_log.__name__):
        request_id = observation.refuse(400, "body_incomplete", None)
    assert gained(before, "numbers_requests_total", route="unmatched", status="400") == 1
    assert gained(before, "numbers_problems_total", code="body_incomplete") == 1
    line = json.loads(caplog.records[0].message)
    assert (line["request_id"], line["status"], line["problem"]) == (request_id, 400, "body_incomplete")


def test_one_who_leaves_without_an_answer_is_counted() -> None:
    async def leave(*_: object) -> None:
        raise asyncio.CancelledError

    async def nobody(*_: object) -> Any:
        return {}

    before = scrape()
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(observation.Observation(leave)(scope, nobody, nobody))
    assert gained(before, "numbers_requests_total", route="unmatched", status="none") == 1


def test_observing_costs_little() -> None:
    """Seconds a request, the best of many: the busiest machine has quiet moments."""

    async def answer(scope: Any, _: object, send: Any) -> None:
        scope["state"].update(stages=PICTURES[:1], predictions=PREDICTIONS[:1])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def drop(*_: object) -> Any:
        pass

    async def best() -> float:
        observed = observation.Observation(answer)
        seconds = []
        for _ in range(100):
            started = asyncio.get_running_loop().time()
            for _ in range(20):
                await observed({"type": "http", "method": "POST", "path": "/", "headers": []}, drop, drop)
            seconds.append((asyncio.get_running_loop().time() - started) / 20)
        return min(seconds)

    assert asyncio.run(best()) < 0.0002  # measured: 0.00002 without the log's line, 0.00004 with it
