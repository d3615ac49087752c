import numpy as np
import pytest

from number_generator import Augmentation, Glyphs, LayoutError
from number_generator.sequences import Augment, Layout, compose_number, draw_pictures, to_floats


@pytest.mark.parametrize("augment", [False, True, Augmentation(rotation=1, noise=0.5)])
@pytest.mark.parametrize("width", [None, 350, 308, 150, 110])  # natural, padded, exact, squeezed, as far as it goes
def test_a_picture_has_the_width_asked_for(width: int | None, augment: Augment, glyphs: Glyphs) -> None:
    picture = compose_number(range(1, 10), glyphs, np.random.default_rng(1), Layout(width), augment)
    assert picture.dtype == np.uint8
    assert picture.shape == (28, width or 9 * 28)


def test_ink_is_black_on_white_paper(glyphs: Glyphs, generator: np.random.Generator) -> None:
    picture = compose_number([4, 1, 1], glyphs, generator, Layout(200))
    assert (picture == 255).mean() > 0.7
    assert picture.min() == 0
    floats = to_floats(picture)
    assert floats.dtype == np.float32
    assert (floats.min(), floats.max()) == (0, 1)


def test_each_gap_is_drawn_within_the_spacing_range(glyphs: Glyphs) -> None:
    def widths(low: float, high: float) -> set[int]:
        layout = Layout(spacing_range=(low, high))
        return {compose_number([8] * 3, glyphs, np.random.default_rng(s), layout).shape[1] for s in range(60)}

    assert widths(5, 5) == {3 * 28 + 2 * 5}
    assert widths(-6, -6) == {3 * 28 - 2 * 6}
    varied = widths(-4, 9)
    assert min(varied) >= 3 * 28 - 8
    assert max(varied) <= 3 * 28 + 18
    assert len(varied) > 10


def test_no_string_is_wider_than_the_widest(glyphs: Glyphs) -> None:
    for height in (28, 41):
        layout = Layout(spacing_range=(-3.3, 7.7), height=height)
        drawn = draw_pictures(["12345"] * 50, glyphs, np.random.default_rng(0), layout)
        assert max(picture.shape[1] for _, picture in drawn) <= layout.width_for(5)


@pytest.mark.parametrize(
    ("digits", "message"),
    [
        ([4, 10], "from 0 to 9"),
        ([-1], "from 0 to 9"),
        (["4"], "whole numbers"),
        ("411", "whole numbers"),
        ([4.5], "whole numbers"),
        (411, "whole numbers"),
        ([], "at least one"),
    ],
)
def test_digits_that_are_none_are_refused(digits: list[int], message: str, glyphs: Glyphs) -> None:
    with pytest.raises(LayoutError, match=message):
        compose_number(digits, glyphs, np.random.default_rng(0), Layout())


@pytest.mark.parametrize(
    "digits", [(4, 1, 1), range(3), np.array([4, 1]), iter([4, 1]), {7: "seven"}, (d for d in [1, 2])]
)
def test_digits_come_by_any_iterable(digits: list[int], glyphs: Glyphs, generator: np.random.Generator) -> None:
    assert compose_number(digits, glyphs, generator, Layout()).shape[0] == 28


def test_a_width_too_small_names_the_least(glyphs: Glyphs, generator: np.random.Generator) -> None:
    with pytest.raises(LayoutError, match="3 digits has to be at least 30 pixels wide, not 29"):
        compose_number([1, 2, 3], glyphs, generator, Layout(29))


@pytest.mark.parametrize(
    "options",
    [
        {"image_width": 0},
        {"spacing_range": (5, -5)},
        {"spacing_range": (-28, 0)},  # neighbours would change places
        {"spacing_range": (0, float("inf"))},
        {"spacing_range": (float("nan"), 0)},
        {"jitter": -1},
        {"height": 0},
    ],
)
def test_a_layout_that_cannot_be_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(LayoutError):
        Layout(**options)  # type: ignore[arg-type]
