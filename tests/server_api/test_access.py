"""Keys, rate limits, and pages of other sites."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server_api.schemas import EXAMPLE_IMAGE
from tests.server_api.serving import serving

pytestmark = pytest.mark.contract

BODY = {"image": EXAMPLE_IMAGE}
PAGE = "https://example.org"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "keys").write_text("from-the-file\n\nanother\n")
    settings = {
        "NUMBERS_API_KEYS": "from-the-environment, second",
        "NUMBERS_API_KEYS_FILE": str(folder / "keys"),
        "NUMBERS_RATE_LIMIT": "5/hour",
        "NUMBERS_CORS_ORIGINS": PAGE,
    }
    with (
        serving(folder / "log", **settings) as address,
        httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize("key", ["from-the-environment", "second", "from-the-file", "another"])
def test_each_key_opens(key: str, guarded: httpx.Client) -> None:
    assert guarded.post("/predict", json=BODY, headers={"X-API-Key": key}).status_code == 200


@pytest.mark.parametrize("key", [None, "", "from", "from-the-file\u00e4", "SECOND", "x" * 5_000])
@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_nothing_else_does(path: str, key: str | None, guarded: httpx.Client) -> None:
    headers = {} if key is None else {"X-API-Key": key.encode()}
    response = guarded.post(path, json=BODY, headers=headers)  # type: ignore[arg-type]
    assert response.status_code == 401
    assert response.json()["code"] == "unauthorized"
    assert response.headers["www-authenticate"] == "ApiKey"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/info", "/openapi.json"])
def test_health_and_documents_need_no_key(path: str, guarded: httpx.Client) -> None:
    assert guarded.get(path).status_code == 200


def test_pictures_are_counted_by_key(guarded: httpx.Client) -> None:
    def ask(pictures: int, key: str) -> httpx.Response:
        return guarded.post("/predict/batch", json={"pictures": [BODY] * pictures}, headers={"X-API-Key": key})

    assert ask(4, "another").status_code == 200  # with the one of the test above these are 5
    refused = ask(1, "another")
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate_limited"
    assert 3_000 < int(refused.headers["retry-after"]) <= 3_600
    assert ask(5, "second").status_code == 429
    assert ask(4, "second").status_code == 200  # the refused ones did not count


def test_without_keys_pictures_are_counted_by_address_whatever_key_is_made_up(tmp_path: Path) -> None:
    with serving(tmp_path / "log", NUMBERS_RATE_LIMIT="2/hour") as address:
        statuses = [
            httpx.post(
                f"{address}/predict", json=BODY, headers={"X-API-Key": key}, timeout=60, trust_env=False
            ).status_code
            for key in ("made-up", "another", "third")
        ]
    assert statuses == [200, 200, 429]


def test_pages_of_the_origins_in_the_settings_may_call(guarded: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-api-key"}
    preflight = guarded.options("/predict", headers={"Origin": PAGE, **asked})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    refused = guarded.options("/predict", headers={"Origin": "https://example.com", **asked})
    assert (refused.status_code, refused.json()["code"]) == (400, "foreign_origin")
    assert refused.headers["content-type"] == "application/problem+json"
    answer = guarded.post("/predict", json=BODY, headers={"Origin": PAGE})  # refused for its key, and readable
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, PAGE)


def test_without_settings_no_other_page_may_call(api: httpx.Client) -> None:
    response = api.post("/predict", json=BODY, headers={"Origin": PAGE})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers
