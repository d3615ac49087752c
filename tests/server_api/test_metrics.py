"""/metrics of real servers, parsed as Prometheus parses it."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server_api import metrics
from server_api.problems import PROBLEMS
from server_api.schemas import EXAMPLE_IMAGE
from tests.server_api.scraping import Scrape
from tests.server_api.serving import serving

READ = {"image": EXAMPLE_IMAGE}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serving(tmp_path_factory.mktemp("server") / "log") as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield client


def scrape(client: httpx.Client) -> Scrape:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scrape(response.text)


def test_requests_are_counted_by_route_and_status(client: httpx.Client) -> None:
    before = scrape(client)
    for body in (READ, READ, {"image": "?"}):
        client.post("/predict", json=body)
    after = scrape(client)

    def gained(name: str, **labels: str) -> float:
        return after.value(name, route="/predict", **labels) - before.value(name, route="/predict", **labels)

    assert gained("numbers_requests_total", status="200") == 2
    assert gained("numbers_requests_total", status="422") == 1
    assert gained("numbers_request_duration_seconds_count") == 3
    assert 0 < gained("numbers_request_duration_seconds_sum") < 60
    code = {"code": "invalid_base64"}
    assert after.value("numbers_problems_total", **code) - before.value("numbers_problems_total", **code) == 1


def test_whoever_makes_up_paths_and_methods_makes_no_new_series(client: httpx.Client) -> None:
    for number in range(5):
        client.get(f"/{number}")
        client.request("PROPFIND", f"/predict/{number}", params={"number": number})
    series = scrape(client).series("numbers_requests_total")
    assert {labels["status"] for labels in series if labels["route"] == "unmatched"} == {"404"}
    known = client.get("/openapi.json").json()["paths"].keys() | {"/", "/docs", "/openapi.json", "unmatched"}
    assert {labels["route"] for labels in series} <= known


def test_every_code_and_verdict_begins_at_zero(client: httpx.Client) -> None:
    told = scrape(client)
    assert {labels["code"] for labels in told.series("numbers_problems_total")} == {
        answer.code for answer in PROBLEMS.values()
    }
    assert {(labels["verdict"], labels["reason"]) for labels in told.series("numbers_verdicts_total")} == {
        ("accept", ""),
        ("review", ""),
        ("reject", "blank"),
        ("reject", "too_small"),
        ("reject", "not_digits"),
        ("reject", "no_legal_reading"),
    }


def test_every_family_says_what_it_is(client: httpx.Client) -> None:
    families = list(scrape(client).families())
    assert all(family.documentation for family in families)
    assert {family.type for family in families} <= {"counter", "gauge", "histogram"}
    assert len({family.name for family in families}) == len(families)


def test_the_model_and_the_build_are_told(client: httpx.Client) -> None:
    told, card = scrape(client), client.get("/info").json()
    (model,) = told.series("numbers_model_info")
    assert model == {name: card[name] for name in ("name", "version", "sha256", "training_commit")}
    (build,) = told.series("numbers_build_info")
    assert build.keys() == {"version", "python", "onnxruntime"}
    assert build["version"] == client.get("/openapi.json").json()["info"]["version"]


def test_memory_is_told(client: httpx.Client) -> None:
    assert 50e6 < scrape(client).value("process_resident_memory_bytes") < 1e9


def test_workers_add_up_whichever_is_asked(tmp_path: Path) -> None:
    with serving(tmp_path / "log", NUMBERS_WORKERS="2", TMPDIR=str(tmp_path)) as address:
        workers = wait_for_workers(address)
        for asleep in workers:  # else one may take all connections
            os.kill(asleep, signal.SIGSTOP)
            ask("POST", f"{address}/predict", READ)
            os.kill(asleep, signal.SIGCONT)
        told = [Scrape(ask("GET", f"{address}/metrics").text) for _ in range(6)]
    assert {each.value("numbers_requests_total", route="/predict", status="200") for each in told} == {2}
    assert {each.value("numbers_request_duration_seconds_count", route="/predict") for each in told} == {2}
    assert {each.value("numbers_verdicts_total") for each in told} == {2}
    assert {len(each.series("numbers_model_info")) for each in told} == {1}
    assert not list(tmp_path.glob("numbers-metrics-*"))


def ask(method: str, address: str, body: object = None) -> httpx.Response:
    """By a connection of its own: the worker that takes it keeps it."""
    response = httpx.request(method, address, json=body, trust_env=False, timeout=60)
    assert response.status_code == 200
    return response


def wait_for_workers(address: str) -> list[int]:
    """Process ids of two."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        processes = Scrape(ask("GET", f"{address}/metrics").text).series("process_resident_memory_bytes")
        if len(processes) == 2:
            return [int(labels["pid"]) for labels in processes]
        time.sleep(0.05)
    pytest.fail(f"there are no two workers but {processes}")


def test_the_folder_of_the_workers_is_new_and_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(metrics.FOLDER, raising=False)
    with metrics.shared_by_workers():
        folder = Path(os.environ[metrics.FOLDER])
        assert list(folder.iterdir()) == []
        (folder / "counter_1.db").touch()
    assert not folder.exists()
    assert metrics.FOLDER not in os.environ


def test_names_follow_the_rules_of_prometheus(client: httpx.Client) -> None:
    """https://prometheus.io/docs/practices/naming/: a prefix, base units, and _total for counters alone."""
    for family in scrape(client).families():
        assert re.fullmatch(r"(numbers|process)_[a-z_]+", family.name)
        assert all(sample.name.endswith("_total") == (family.type == "counter") for sample in family.samples)
