from dataclasses import fields

import numpy as np
import numpy.typing as npt
import pytest

from number_generator import Effects, fill_form, make_picture, make_transparent, random_effects

Grey = npt.NDArray[np.uint8]

EFFECTS = [field.name for field in fields(Effects)]


@pytest.fixture
def ink() -> Grey:
    """Three bars that reach all four edges."""
    picture = np.zeros((40, 100), np.uint8)
    picture[:, :8] = picture[:, 46:54] = picture[:, -8:] = 255
    return picture


@pytest.fixture
def lines(ink: Grey) -> Grey:
    return fill_form("squared", ink, np.random.default_rng(1)).lines


def only(name: str) -> Effects:
    return Effects(**{name: True if name == "inverted" else 1.0})  # type: ignore[arg-type]


def test_without_effects_ink_is_black_on_white(ink: Grey, generator: np.random.Generator) -> None:
    np.testing.assert_array_equal(make_picture(ink, generator, Effects(), others=[ink]), 255 - ink)


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("name", EFFECTS)
def test_every_effect_changes_the_picture(name: str, colour: bool, ink: Grey, lines: Grey) -> None:
    plain, changed = (
        make_picture(ink, np.random.default_rng(2), effects, lines=lines, others=[ink], colour=colour)
        for effects in (Effects(), only(name))
    )
    assert changed.dtype == np.uint8
    assert changed.shape[2:] == ((3,) if colour else ())
    assert changed.shape[0] >= 40
    assert changed.shape[1] >= 100
    assert changed.shape != plain.shape or (changed != plain).any()


@pytest.mark.parametrize("name", EFFECTS)
def test_ink_stands_out_under_every_effect(name: str, ink: Grey, generator: np.random.Generator) -> None:
    picture = make_picture(ink, generator, only(name)).astype(int)
    assert picture.max() - picture.min() > 40


@pytest.mark.parametrize("name", ["margin", "rotation", "perspective"])
def test_nothing_is_cut_off(name: str, ink: Grey, generator: np.random.Generator) -> None:
    for _ in range(20):
        picture = make_picture(np.pad(ink, 3), generator, only(name))
        edges = np.concatenate((picture[0], picture[-1], picture[:, 0], picture[:, -1]))
        assert edges.min() == 255
        assert int((255 - picture.astype(int)).sum()) == pytest.approx(int(ink.sum()), rel=0.4)


@pytest.mark.parametrize("side", ["left", "right", "above", "below"])
def test_neighbours_stay_off_the_ink(side: str, generator: np.random.Generator) -> None:
    dot = np.zeros((40, 40), np.uint8)
    dot[18:22, 18:22] = 255
    reached = set()
    for _ in range(30):
        dark = make_picture(dot, generator, only("neighbours"), others=[np.full((40, 40), 255, np.uint8)]) < 128
        assert dark.sum() > 16
        reached |= {
            name
            for name, edge in zip(
                ("left", "right", "above", "below"), (dark[:, 0], dark[:, -1], dark[0], dark[-1]), strict=True
            )
            if edge.any()
        }
    assert side in reached


def test_printed_lines_show_beside_the_ink(ink: Grey, lines: Grey, generator: np.random.Generator) -> None:
    picture = make_picture(ink, generator, Effects(margin=1.0), lines=np.full_like(lines, 255))
    assert (picture == 0).mean() > 0.5


def test_light_ink_on_dark_paper_is_the_negative(ink: Grey, generator: np.random.Generator) -> None:
    np.testing.assert_array_equal(make_picture(ink, generator, Effects(inverted=True)), ink)


def test_a_grey_picture_has_the_luminance_of_the_coloured_one(ink: Grey) -> None:
    grey, coloured = (
        make_picture(ink, np.random.default_rng(3), Effects(colour=1.0), colour=colour) for colour in (False, True)
    )
    np.testing.assert_allclose(coloured @ np.array([0.299, 0.587, 0.114]), grey, atol=3)


@pytest.mark.parametrize("height", [12, 60, 300])
def test_scale_brings_ink_to_any_height(height: int, ink: Grey, generator: np.random.Generator) -> None:
    assert make_picture(ink, generator, Effects(), scale=height / 40).shape[0] == height


@pytest.mark.parametrize("colour", [False, True])
def test_the_same_seed_makes_the_same_picture(colour: bool, ink: Grey, lines: Grey) -> None:
    pictures = []
    for _ in range(2):
        generator = np.random.default_rng(4)
        effects = random_effects(generator)
        pictures.append(make_picture(ink, generator, effects, lines=lines, others=[ink], colour=colour))
    np.testing.assert_array_equal(pictures[0], pictures[1])


def test_a_transparent_canvas_has_its_ink_in_the_opacity(ink: Grey) -> None:
    canvas = make_transparent(ink, (10, 20, 200))
    assert canvas.shape == (40, 100, 4)
    assert canvas[0, 0].tolist() == [10, 20, 200, 255]
    assert not canvas[0, 20].any()
