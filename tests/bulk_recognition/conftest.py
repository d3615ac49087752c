from pathlib import Path

import pytest

from recognizer import Recognizer
from tests.bulk_recognition.jobs import DRAWN, write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """A folder `pictures` of them, in the order in which they are read."""
    return write_pictures(tmp_path / "pictures")


@pytest.fixture(scope="session")
def predictions() -> list[str]:
    """Of the pictures, one by one."""
    recognizer = Recognizer()
    return [recognizer.read(drawn.picture).prediction for drawn in DRAWN]
