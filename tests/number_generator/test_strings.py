import numpy as np
import pytest

from number_generator import Glyphs, LayoutError, compose_mnist_string, compose_overlapping_string
from number_generator.strings import fit_width, parse_digits, place_side_by_side


def test_digits_stand_side_by_side(glyphs: Glyphs, generator: np.random.Generator) -> None:
    assert compose_mnist_string([4, 0, 9], glyphs, generator).shape == (28, 3 * 28)


@pytest.mark.parametrize(("spacing", "width"), [(10.0, 66), (0.0, 56), (-8.0, 48)])
def test_spacing_parts_or_overlaps_the_frames(spacing: float, width: int) -> None:
    cells = [np.full((28, 28), 100, np.uint8)] * 2
    assert place_side_by_side(cells, spacing).shape == (28, width)


def test_the_lighter_pixel_wins_where_digits_overlap() -> None:
    dark, light = np.full((4, 4), 50, np.uint8), np.full((4, 4), 200, np.uint8)
    assert place_side_by_side([light, dark], spacing=-2)[0].tolist() == [200, 200, 200, 200, 50, 50]


def test_jitter_moves_digits_up_and_down() -> None:
    cells = [np.full((2, 2), 255, np.uint8)] * 2
    picture = place_side_by_side(cells, jitter=[-1, 1], height=4)
    assert picture[:, 0].tolist() == [255, 255, 0, 0]
    assert picture[:, 2].tolist() == [0, 0, 255, 255]


def test_padding_keeps_the_string_whole(generator: np.random.Generator) -> None:
    picture = fit_width(np.full((28, 30), 9, np.uint8), 100, generator)
    assert picture.shape == (28, 100)
    assert int((picture == 9).sum()) == 28 * 30


def test_size_scales_the_digits(glyphs: Glyphs, generator: np.random.Generator) -> None:
    assert compose_mnist_string([1, 2], glyphs, generator, size=56, image_width=150).shape == (56, 150)


def test_the_same_seed_makes_the_same_picture(glyphs: Glyphs) -> None:
    first, second = (
        compose_mnist_string([7, 8, 6], glyphs, np.random.default_rng(3), jitter=3, spacing_range=(-9, 9))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("digits", "width", "message"),
    [
        ([4, 10], None, "from 0 to 9"),
        ([-1], None, "from 0 to 9"),
        ([], None, "at least one"),
        ([1, 2, 3], 50, "does not fit"),
    ],
)
def test_refuses_what_cannot_be_laid_out(
    digits: list[int], width: int | None, message: str, glyphs: Glyphs, generator: np.random.Generator
) -> None:
    with pytest.raises(LayoutError, match=message):
        compose_mnist_string(digits, glyphs, generator, image_width=width)


@pytest.mark.parametrize("text", ["7a", "", "²", "٣", "-1", "1 2"])
def test_refuses_text_that_is_no_string_of_digits(text: str) -> None:
    with pytest.raises(LayoutError):
        parse_digits(text)


@pytest.mark.parametrize("length", range(1, 6))
def test_the_predecessors_strings_fit_their_picture(
    length: int, glyphs: Glyphs, generator: np.random.Generator
) -> None:
    for _ in range(20):
        picture, digits = compose_overlapping_string(length, glyphs, generator)
        assert picture.shape == (32, 140)
        assert len(digits) == length
        assert digits[0] != "0"
