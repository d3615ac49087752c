"""A real server, started once for all tests of this folder, or one that runs elsewhere."""

from collections.abc import Iterator

import httpx
import pytest

from recognizer import Recognizer
from tests.server_api.serving import contract_command, contract_url, started


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if contract_url() or contract_command():
        config.hook.pytest_deselected(items=[item for item in items if not _holds_of_any_server(item)])
        items[:] = filter(_holds_of_any_server, items)


def _holds_of_any_server(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return "contract" in item.keywords and ("api_url" in fixtures or not contract_url())


@pytest.fixture(scope="session")
def running_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int | None]]:
    """Its address; and its process, where it is `python -m server_api`."""
    if url := contract_url():
        yield url, None
    else:
        with started(tmp_path_factory.mktemp("server") / "log") as (address, process):
            yield address, None if contract_command() else process.pid


@pytest.fixture(scope="session")
def api_url(running_api: tuple[str, int | None]) -> str:
    return running_api[0]


@pytest.fixture(scope="session")
def api(api_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api_url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return Recognizer()
