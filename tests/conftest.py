"""Markers by folder, and the data that some tests need."""

from pathlib import Path

import numpy as np
import pytest

from number_generator import Glyphs, PenDigit, read_unipen

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
MARKED_FOLDERS = ("browser", "docker", "ray")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    folder = SHARED / "mnist"
    if not folder.exists():
        pytest.skip("needs MNIST's IDX files in ../shared/mnist")
    return folder


@pytest.fixture(scope="session")
def pen_file() -> Path:
    path = SHARED / "pen" / "pendigits-orig.tra.gz"
    if not path.exists():
        pytest.skip("needs UCI's pen digits in ../shared/pen")
    return path


@pytest.fixture(scope="session")
def pen_digits(pen_file: Path) -> list[PenDigit]:
    return read_unipen(pen_file)


@pytest.fixture(scope="session")
def glyphs() -> Glyphs:
    """Two made-up glyphs a digit: bars whose place and width tell the digit."""
    images = np.zeros((20, 28, 28), np.uint8)
    labels = np.tile(np.arange(10, dtype=np.uint8), 2)
    for image, label in zip(images, labels, strict=True):
        image[4:24, 4 + label : 8 + label] = 255
        image[4 + 2 * label : 6 + 2 * label, 4:24] = 200
    return Glyphs(images, labels)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)
