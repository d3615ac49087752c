"""The API on three nodes: the same answers, nothing lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import onnx
import psutil
import pytest

from benchmarks.ray_cluster import SECONDS_TO_START
from recognizer.session import SHIPPED_MODEL
from tests.ray.conftest import ONE_A_NODE, Served
from tests.server_api.load import BODY, loaded
from tests.server_api.pictures import encoded, kinds
from tests.server_api.scraping import Scrape
from tests.server_api.serving import serving
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
QUESTIONS = [{"image": encoded(picture), "alternatives": 3} for picture in kinds().values()] + [
    BODY | {"constraint": {"length": 5}},
    BODY | {"max_error": 0.1},
    {"image": "no base64!"},
]


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60, trust_env=False) as client:
        yield client


def replicas(served: Served) -> set[int]:
    """Process ids of those that answer, in as many requests as find them all but surely."""
    found = set()
    with httpx.Client(base_url=served.url, timeout=60, trust_env=False) as client:
        for _ in range(40):
            (labels,) = Scrape(client.get("/metrics").text).series("process_resident_memory_bytes")
            found.add(int(labels["pid"]))
    return found


def test_each_node_reads(served: Served) -> None:
    wait_until(lambda: len(replicas(served)) == 3, SECONDS_TO_START)  # the first one is ready before the others
    reading = replicas(served)
    assert len(reading) == 3
    for node in served.cluster.processes:
        assert len(reading & {child.pid for child in node.children(recursive=True)}) == 1


def test_answers_are_those_of_a_single_server(client: httpx.Client, tmp_path: Path) -> None:
    with serving(tmp_path / "log") as address:
        alone = [httpx.post(f"{address}/predict", json=body, trust_env=False, timeout=60) for body in QUESTIONS]
        card = httpx.get(f"{address}/info", trust_env=False).json()
    with ThreadPoolExecutor(8) as pool:  # so that all replicas are asked
        together = list(pool.map(lambda body: client.post("/predict", json=body), QUESTIONS * 5))
    assert [(answer.status_code, answer.json()) for answer in together] == [
        (answer.status_code, answer.json()) for answer in alone
    ] * 5
    assert client.get("/info").json() == card


def test_a_model_is_rolled_out_without_a_lost_request(served: Served, client: httpx.Client, tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    model = onnx.load(SHIPPED_MODEL)
    (version,) = [entry for entry in model.metadata_props if entry.key == "version"]
    version.value = "9.9.9"
    onnx.save(model, other)

    def is_new() -> bool:
        return {client.get("/info").json()["version"] for _ in range(12)} == {"9.9.9"}

    assert not is_new()
    two = {**ONE_A_NODE, "num_replicas": 2}  # there is room for a third while they are replaced
    served.deploy(**two)
    wait_until(lambda: len(replicas(served)) == 2, SECONDS_TO_START)
    with loaded(served.url) as load:
        served.deploy({"NUMBERS_MODEL": str(other)}, **two)
        wait_until(is_new, SECONDS_TO_START)
        load.wait_for_more()
    assert set(load.answers) == {200}
    assert not load.lost


def test_a_killed_node_loses_nothing(served: Served) -> None:
    served.deploy(**ONE_A_NODE)
    wait_until(lambda: len(replicas(served)) == 3, SECONDS_TO_START)
    before = replicas(served)
    with loaded(served.url) as load:
        for _ in range(5):
            load.wait_for_more()
        served.cluster.kill_node(2)
        for _ in range(5):
            load.wait_for_more()
    assert set(load.answers) == {200}
    assert not load.lost
    left = replicas(served)
    assert left < before
    assert all(psutil.pid_exists(pid) for pid in left)


def test_replicas_become_more_with_the_requests_under_way(served: Served) -> None:
    """On the two nodes that are left."""
    quick = {"target_ongoing_requests": 1, "upscale_delay_s": 0.5, "downscale_delay_s": 0.5, "look_back_period_s": 2.0}
    served.deploy(num_replicas="auto", autoscaling_config={"min_replicas": 1, "max_replicas": 2, **quick})
    wait_until(lambda: len(replicas(served)) == 1, SECONDS_TO_START)
    with loaded(served.url) as load:
        wait_until(lambda: len(replicas(served)) == 2, SECONDS_TO_START)
    assert set(load.answers) == {200}


def test_what_waits_in_the_proxy_is_bounded(served: Served) -> None:
    served.deploy(autoscaling_config=None, num_replicas=1, max_ongoing_requests=1, max_queued_requests=2)
    batch = {"pictures": [BODY] * 16}

    def ask(_: int) -> httpx.Response:
        return httpx.post(f"{served.url}/predict/batch", json=batch, trust_env=False, timeout=60)

    refused: list[httpx.Response] = []

    def refuses() -> bool:
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(ask, range(12)))
        refused[:] = [answer for answer in answers if answer.status_code != 200]
        assert len(refused) < len(answers)
        return bool(refused)

    wait_until(refuses, SECONDS_TO_START)  # once the proxy has heard of it
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "1"
