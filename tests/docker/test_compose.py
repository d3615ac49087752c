import base64
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.numbers_page import NumbersPage, chromium
from tests.docker.conftest import Composed
from tests.server_api.load import PATIENCE, loaded

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "sample.png"

pytestmark = pytest.mark.timeout(600)  # the first test builds both images
both_services = pytest.mark.parametrize("service", ["api", "app"])


def test_the_api_reads_the_sample(composed: Composed) -> None:
    picture = base64.b64encode(SAMPLE.read_bytes()).decode()

    answer = httpx.post(f"{composed.address}/predict", json={"image": picture}, timeout=30, trust_env=False)

    assert answer.status_code == 200
    assert answer.json()["prediction"] == "40950"


def test_the_page_reads_what_is_drawn_on_it(composed: Composed) -> None:
    with chromium() as browser:
        page = NumbersPage(browser, f"http://localhost:{composed.page_port}")
        page.write("40950")

        expect(page.number).to_have_text("40950", timeout=30_000)


def test_its_workers_are_replaced_without_a_lost_request(composed: Composed) -> None:
    def said() -> str:
        """By the server, except of requests."""
        lines = composed.compose("logs", "api").stdout.splitlines()
        return "\n".join(line for line in lines if '{"time"' not in line)

    def starts() -> int:
        return said().count("Started server process")

    with loaded(composed.address) as load:
        assert starts() == 2
        composed.compose("kill", "--signal", "HUP", "api")
        deadline = time.monotonic() + 3 * PATIENCE  # each new worker may take as long as the server waits for it
        while starts() < 4 and time.monotonic() < deadline:
            time.sleep(0.5)
        load.wait_for_more()

    assert starts() == 4, said()
    assert set(load.answers) == {200}
    assert not load.lost


@both_services
@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("id -u", "10001"),
        ("touch /app/file", "Read-only file system"),
        ("grep CapEff /proc/self/status", "0000000000000000"),  # no capability
        ("grep NoNewPrivs /proc/self/status", "1"),
        ("python -c 'import torch'", "No module named 'torch'"),
        ("python -m pip", "No module named pip"),
    ],
)
def test_a_container_can_do_little(composed: Composed, service: str, command: str, answer: str) -> None:
    assert answer in composed.inside(service, "sh", "-c", command)


@both_services
def test_an_image_is_small(composed: Composed, service: str) -> None:
    megabytes = composed.image_size(service) / 1e6

    print(f"\nimage of {service}: {megabytes:.0f} MB")
    assert megabytes < 700
