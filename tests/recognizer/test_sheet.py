"""A sheet of paper on a desk is cut out of the picture, and nothing else is taken for one."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from recognizer.preparation import prepare
from recognizer.sheet import find_sheet
from tests.recognizer.make_golden import on_desk, write

Grey = npt.NDArray[np.uint8]


@pytest.mark.parametrize("turned", [0, -6, 3, 9])
@pytest.mark.parametrize("level", [10, 70, 130])
@pytest.mark.parametrize("factor", [1, 4])
def test_what_is_written_is_prepared_as_without_the_desk(turned: float, level: int, factor: int) -> None:
    picture = np.kron(on_desk(turned, level), np.ones((factor, factor), np.uint8))
    sheet = find_sheet(picture, picture)
    assert sheet is not None
    assert sheet.pixels.shape[0] < picture.shape[0] - 70 * factor
    found = prepare(picture)
    assert found is not None
    left, right = found.columns
    alone = prepare(np.minimum(255 - np.pad(write(), 30), 235))
    assert alone is not None
    assert right - left == pytest.approx(alone.columns[1] - alone.columns[0], abs=12)


def test_places_are_those_in_the_picture() -> None:
    found, alone = prepare(on_desk()), prepare(np.minimum(255 - np.pad(write(), 30), 235))
    assert found is not None
    assert alone is not None
    corners = [[*found.columns], [2, 30], [1, 1]]
    np.testing.assert_allclose(
        found.to_picture @ corners, alone.to_picture @ corners + np.array([[60], [40]]), atol=1.5
    )


def bold_zero(light: int, dark: int) -> Grey:
    """Its hole could be ink on it."""
    y, x = np.mgrid[-1:1:80j, -1:1:60j]
    radius = np.hypot(x, y)
    return np.where((radius < 0.9) & (radius > 0.25), light, dark).astype(np.uint8)


def shadow(softness: float) -> Grey:
    """Over the right part of the paper, which is written on as well."""
    ink = np.pad(write("4095040950"), 20)
    light = 0.7 - 0.3 * np.tanh((np.arange(ink.shape[1]) - 300) / softness)
    return ((255 - 0.9 * ink) * light).astype(np.uint8)


@pytest.mark.parametrize(
    "make",
    [
        lambda: 255 - np.pad(write(), 20),
        lambda: write(size=(700, 160)),
        lambda: bold_zero(255, 0),
        lambda: bold_zero(0, 255),
        lambda: np.pad(np.full((60, 16), 255, np.uint8), 10),  # a 1
        lambda: shadow(0.1),
        lambda: shadow(30),
        lambda: np.pad(np.full((90, 200), 230, np.uint8), 30, constant_values=60),  # nothing is written on it
        lambda: np.full((40, 40), 128, np.uint8),
        lambda: np.zeros((8, 8), np.uint8),
    ],
    ids=["page", "canvas", "white 0", "black 0", "white 1", "hard shadow", "soft shadow", "blank", "even", "tiny"],
)
def test_nothing_else_is_taken_for_a_sheet(make: Callable[[], Grey]) -> None:
    picture = make()
    assert find_sheet(picture, picture) is None


def test_all_is_kept_where_something_is_written_beside_the_sheet() -> None:
    picture, other = on_desk(level=150).copy(), write("7138", height=35)
    assert find_sheet(picture, picture) is not None
    picture[-other.shape[0] :, 60 : 60 + other.shape[1]][other > 128] = 20
    assert find_sheet(picture, picture) is None
