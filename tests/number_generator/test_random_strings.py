from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from number_generator import (
    Glyphs,
    MnistStrings,
    PenDigit,
    PenStrings,
    TracedStrings,
    load_mnist,
    part_writers,
    random_digits,
)


def test_strings_are_short_and_long_and_repeat_digits(generator: np.random.Generator) -> None:
    strings = [random_digits(generator) for _ in range(3000)]
    lengths = {len(digits) for digits in strings}
    assert lengths == set(range(1, 23))
    assert any(len(digits) > 3 and len(set(digits)) == 1 for digits in strings)


@pytest.mark.parametrize("digits", ["4", "40950", "0" * 20])
def test_mnist_strings_grow_with_their_digits(digits: str, glyphs: Glyphs, generator: np.random.Generator) -> None:
    picture = MnistStrings(glyphs).draw(digits, generator)
    assert picture.dtype == np.uint8
    assert picture.max() > 150
    assert picture.shape[1] >= 5 * len(digits)


def test_every_call_makes_another_picture(glyphs: Glyphs, generator: np.random.Generator) -> None:
    source = MnistStrings(glyphs)
    pictures = {source.draw("123", generator).tobytes() for _ in range(20)}
    assert len(pictures) > 15


@pytest.mark.parametrize("digits", ["7", "1111", "31415926535897932384"])
def test_pen_strings_keep_their_ink_off_the_edges(
    digits: str, pen_digits: list[PenDigit], generator: np.random.Generator
) -> None:
    source = PenStrings(part_writers(pen_digits)[0])
    picture = source.draw(digits, generator)
    edges = np.concatenate((picture[0], picture[-1], picture[:, 0], picture[:, -1]))
    assert picture.max() == 255
    assert edges.max() < 128


def is_joined(picture: npt.NDArray[np.uint8]) -> bool:
    """Whether all columns from the first to the last have ink."""
    columns = np.flatnonzero((picture > 64).any(axis=0))
    return len(columns) == int(np.ptp(columns)) + 1


def test_touching_mnist_strings_touch(glyphs: Glyphs, generator: np.random.Generator) -> None:
    source = MnistStrings(glyphs)
    assert all(is_joined(source.draw("38", generator, touching=True)) for _ in range(30))
    assert not all(is_joined(source.draw("38", generator, touching=False)) for _ in range(30))


def test_touching_pen_strings_touch(pen_digits: list[PenDigit], generator: np.random.Generator) -> None:
    source = PenStrings(pen_digits)
    assert all(is_joined(source.draw("38", generator, touching=True)) for _ in range(30))
    assert not all(is_joined(source.draw("38", generator, touching=False)) for _ in range(30))


@pytest.mark.parametrize("digits", ["1", "000", "40950"])
@pytest.mark.parametrize("kind", ["mnist", "pen"])
def test_in_cells_a_digit_stands_in_each(
    kind: str, digits: str, glyphs: Glyphs, pen_digits: list[PenDigit], generator: np.random.Generator
) -> None:
    source = MnistStrings(glyphs) if kind == "mnist" else PenStrings(pen_digits)
    for _ in range(20):
        picture, borders = source.draw_in_cells(digits, generator)
        assert len(borders) == len(digits) + 1
        assert np.ptp(np.diff(borders)) == pytest.approx(0, abs=1e-6)
        for left, right in pairwise(borders):
            assert (picture[:, max(0, int(left)) : int(right) + 1] > 64).any()


@pytest.mark.parametrize("kind", ["mnist", "pen"])
def test_the_same_seed_draws_the_same_string(kind: str, glyphs: Glyphs, pen_digits: list[PenDigit]) -> None:
    source = MnistStrings(glyphs) if kind == "mnist" else PenStrings(pen_digits)
    first, second = (source.draw("40950", np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="module")
def traced(mnist_folder: Path) -> TracedStrings:
    return TracedStrings(load_mnist("test", mnist_folder), varied_share=0.7)


@pytest.mark.parametrize("digits", ["7", "1111", "31415926535897932384"])
def test_traced_strings_are_drawn_by_pens(digits: str, traced: TracedStrings, generator: np.random.Generator) -> None:
    tall = traced.draw(digits, generator, height=100)
    assert tall.max() == 255
    assert tall.shape[0] > 80
    assert np.isin(tall, (0, 255)).mean() > 0.7  # lines, and no enlarged pixels


def test_touching_traced_strings_touch(traced: TracedStrings, generator: np.random.Generator) -> None:
    assert all(is_joined(traced.draw("38", generator, touching=True)) for _ in range(30))
