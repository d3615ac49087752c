import numpy as np
import pytest

from number_generator import Glyphs, MnistStrings, PenDigit, PenStrings, part_writers, random_digits
from number_generator.paper import photograph


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


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_a_photograph_shows_dark_ink_on_lighter_paper(strength: float, generator: np.random.Generator) -> None:
    ink = np.zeros((40, 80), np.uint8)
    ink[15:25, 20:60] = 255
    photo = photograph(ink, generator, strength)
    assert photo.shape == ink.shape
    assert photo[ink == 255].mean() < photo[ink == 0].mean()
