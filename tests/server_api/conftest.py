"""A real server, started once for all tests of this folder."""

from collections.abc import Iterator

import httpx
import pytest

from recognizer import Recognizer
from tests.server_api.serving import serving


@pytest.fixture(scope="session")
def api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture(scope="session")
def api(api_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api_url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return Recognizer()
