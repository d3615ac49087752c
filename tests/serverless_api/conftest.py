"""A real server to compare with, and a handler in this process."""

from collections.abc import Iterator

import pytest

from server_api.api import create_app
from serverless_api.adapter import Adapter
from serverless_api.settings import Settings
from tests.server_api.conftest import api, api_url, running_api

__all__ = ["api", "api_url", "running_api"]


@pytest.fixture(scope="session")
def handler() -> Iterator[Adapter]:
    adapter = Adapter(create_app(Settings()))
    yield adapter
    adapter.close()
