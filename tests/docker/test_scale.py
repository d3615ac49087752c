"""Three replicas behind the proxy: README, "Past one machine"."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.numbers_page import NumbersPage, chromium
from tests.conftest import ROOT
from tests.docker.conftest import Composed, running
from tests.server_api.answers import check_problem
from tests.server_api.load import BODY, PATIENCE, Load, loaded
from tests.test_readme import block
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600)

ASK = """
import json, sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], sys.stdin.buffer.read() or None, {"Content-Type": "application/json"})
try:
    print(urllib.request.urlopen(request).status)
except urllib.error.HTTPError as error:
    print(error.status)
"""
"""Run inside of a container."""


@pytest.fixture(scope="module")
def scaled() -> Iterator[Composed]:
    with running("docker-compose.yml", "docker-compose.scale.yml", NUMBERS_THREADS="1") as scaled:
        yield scaled


def replicas(scaled: Composed) -> list[str]:
    """Names of the containers, running or not."""
    return sorted(scaled.compose("ps", "--all", "--format", "{{.Name}}", "api").stdout.split())


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def answered(replica: str) -> int:
    """Requests to /predict, since it was made."""
    lines = docker("logs", replica).splitlines()
    return sum(json.loads(line).get("route") == "/predict" for line in lines if line.startswith("{"))


def wait_until_asked(replica: str) -> None:
    before = answered(replica)
    wait_until(lambda: answered(replica) > before, PATIENCE)


def nothing_is_lost(load: Load) -> bool:
    print(f"\n{len(load.answers)} requests")
    return set(load.answers) == {200} and load.predictions == {"40950"} and not load.lost and not load.refused


def test_the_curl_line_of_the_readme_prints_the_number(scaled: Composed) -> None:
    command = block("sh", "localhost:5000").replace("http://localhost:5000", scaled.address)
    finished = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(finished.stdout)["prediction"] == "40950"


def test_the_page_reads_what_is_drawn_on_it(scaled: Composed) -> None:
    with chromium() as browser:
        page = NumbersPage(browser, f"http://localhost:{scaled.page_port}")
        page.write("40950")
        expect(page.number).to_have_text("40950", timeout=30_000)


def test_the_contract_of_the_api_holds(scaled: Composed) -> None:
    """All but what the replicas do alone: bodies of all kinds, and what schemathesis makes of the document."""
    left_out = ("test_fuzz.py", "test_schema.py")
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/server_api"]
        + [f"--ignore=tests/server_api/{name}" for name in left_out]
        + ["--deselect=tests/server_api/test_attacks.py::test_a_body_is_read_or_refused"],
        cwd=ROOT,
        env={**os.environ, "CONTRACT_URL": scaled.address},
        capture_output=True,
        text=True,
    )
    print(f"\n{finished.stdout.splitlines()[-1]}")
    assert finished.returncode == 0, finished.stdout


def test_all_replicas_share_the_load(scaled: Composed) -> None:
    before = [answered(replica) for replica in replicas(scaled)]
    with loaded(scaled.address) as load:
        load.wait_for_more(60)
    shares = [answered(replica) - count for replica, count in zip(replicas(scaled), before, strict=True)]
    print(f"\nshares: {shares}")
    assert len(shares) == 3
    assert min(shares) > len(load.answers) / 6
    assert nothing_is_lost(load)


def test_a_replica_that_is_killed_takes_no_request_with_it_and_is_used_once_it_is_back(scaled: Composed) -> None:
    victim = replicas(scaled)[1]
    with loaded(scaled.address) as load:
        load.wait_for_more(100)
        docker("kill", victim)
        load.wait_for_more(100)
        docker("start", victim)
        wait_until_asked(victim)
        load.wait_for_more(100)
    assert nothing_is_lost(load)
    assert len(load.answers) > 300


def test_large_requests_survive_a_kill_too(scaled: Composed) -> None:
    """They are held by the proxy as a whole: 8 of 4.9 MB, and the replicas hear of them at about the same time."""
    victim = replicas(scaled)[0]
    with loaded(scaled.address, padding=4_900_000) as load:
        load.wait_for_more()
        docker("kill", victim)
        load.wait_for_more(2 * 8)
    docker("start", victim)
    assert nothing_is_lost(load)


def test_a_restart_of_one_after_the_other_loses_nothing(scaled: Composed) -> None:
    with loaded(scaled.address) as load:
        for replica in replicas(scaled):
            docker("restart", replica)
            wait_until_asked(replica)
            load.wait_for_more()
    assert nothing_is_lost(load)


def test_more_replicas_are_found(scaled: Composed) -> None:
    scaled.compose("up", "--detach", "--no-recreate", "--scale", "api=4", "api")
    (new,) = [name for name in replicas(scaled) if name.endswith("-4")]
    with loaded(scaled.address) as load:
        wait_until_asked(new)
        scaled.compose("up", "--detach", "--no-recreate", "--scale", "api=3", "api")
        load.wait_for_more(50)
    assert len(replicas(scaled)) == 3
    assert nothing_is_lost(load)


def test_a_replica_that_hangs_is_asked_no_more(scaled: Composed) -> None:
    hanging = replicas(scaled)[0]
    docker("pause", hanging)
    try:
        time.sleep(8)  # three checks, a second apart, of two seconds at the most
        with loaded(scaled.address) as load:
            load.wait_for_more(50)
    finally:
        docker("unpause", hanging)
    assert nothing_is_lost(load)


@pytest.mark.parametrize("given", ["a.request-1", "no id, with spaces", None])
def test_an_answer_has_the_id_of_the_request_or_a_new_one(given: str | None, scaled: Composed) -> None:
    headers = {"X-Request-ID": given} if given else {}
    for path in ("/info", "/metrics"):  # by a replica, and by the proxy
        told = httpx.get(f"{scaled.address}{path}", headers=headers, trust_env=False).headers["X-Request-ID"]
        assert (told == given) == (given == "a.request-1")
        assert told


def test_metrics_are_those_of_each_replica_and_not_to_be_had_from_outside(scaled: Composed) -> None:
    check_problem(httpx.get(f"{scaled.address}/metrics", trust_env=False), 404, "not_found")
    for replica in (1, 2, 3):  # from Prometheus' network
        name = f"{scaled.project}-api-{replica}"
        assert scaled.inside("proxy", "python3", "-c", ASK, f"http://{name}:5000/metrics").strip() == "200"
    assert scaled.inside("proxy", "python3", "-c", ASK, "http://localhost:8404/metrics").strip() == "200"


@pytest.mark.parametrize(
    ("trusted", "statuses"),
    [("127.0.0.1", [200, 429, 429]), ("0.0.0.0/0", [200, 200, 429])],
    ids=["a client", "a proxy before the proxy"],
)
def test_the_rate_limit_believes_an_address_of_a_trusted_proxy_alone(
    trusted: str, statuses: list[int], scaled: Composed
) -> None:
    scaled.compose("rm", "--stop", "--force", "api")
    up = ("up", "--detach", "--wait", "--scale", "api=1", "proxy")
    scaled.compose(*up, NUMBERS_RATE_LIMIT="1/hour", TRUSTED_PROXIES=trusted)

    def ask(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        url = f"{scaled.address}/predict"
        return httpx.post(url, json=BODY, headers=headers, trust_env=False, timeout=PATIENCE).status_code

    assert [ask(client) for client in ("192.0.2.1", "192.0.2.2", "192.0.2.7, 192.0.2.1")] == statuses
    body = json.dumps(BODY)
    if trusted == "127.0.0.1":  # another client, by its own address
        assert scaled.inside("app", "python", "-c", ASK, "http://proxy:5000/predict", given=body).strip() == "200"


def test_without_a_replica_the_answer_is_a_problem_and_to_try_again(scaled: Composed) -> None:
    scaled.compose("stop", "api")
    response = httpx.post(f"{scaled.address}/predict", json=BODY, trust_env=False, timeout=PATIENCE)
    check_problem(response, 503, "not_ready")
    assert response.headers["Retry-After"] == "1"
