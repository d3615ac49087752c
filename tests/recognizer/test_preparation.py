import numpy as np
import pytest
from PIL import Image, ImageDraw

from recognizer.ink import is_ink_light
from recognizer.preparation import (
    HEIGHT,
    MARGIN,
    MAXIMUM_WIDTH,
    MINIMUM_WIDTH,
    WIDTH_STEP,
    Prepared,
    prepare,
)


def draw(size: tuple[int, int], box: tuple[int, int, int, int], pen: int) -> np.ndarray:
    """White on black: a cross in a box (left, top, right, bottom), its ink reaching all four sides."""
    image = Image.new("L", size)
    left, top, right, bottom = box
    middle_x, middle_y = (left + right) // 2, (top + bottom) // 2
    pencil = ImageDraw.Draw(image)
    pencil.rectangle((middle_x - pen // 2, top, middle_x + pen // 2, bottom - 1), fill=255)
    pencil.rectangle((left, middle_y - pen // 2, right - 1, middle_y + pen // 2), fill=255)
    return np.asarray(image)


CROSS = draw((200, 120), (60, 30, 120, 90), 6)


def found(picture: np.ndarray) -> Prepared:
    prepared = prepare(picture)
    assert prepared is not None
    return prepared


def test_ink_fills_the_height_but_the_margins() -> None:
    pixels = found(CROSS).pixels
    rows = np.flatnonzero(pixels.max(axis=1) > 127)
    assert pixels.shape == (HEIGHT, MINIMUM_WIDTH)
    assert pixels.dtype == np.uint8
    assert (rows[0], rows[-1]) == (MARGIN, HEIGHT - MARGIN - 1)


def test_dark_on_light_and_light_on_dark_are_the_same() -> None:
    np.testing.assert_array_equal(found(CROSS).pixels, found(255 - CROSS).pixels)


def test_low_contrast_is_raised() -> None:
    np.testing.assert_allclose(found(CROSS // 4 + 60).pixels, found(CROSS).pixels, atol=6)


@pytest.mark.parametrize("corner", [(0, 0), (400, 0), (0, 250), (400, 250), (170, 90)])
def test_the_place_in_a_large_picture_does_not_matter(corner: tuple[int, int]) -> None:
    picture = np.zeros((400, 620), np.uint8)
    left, top = corner
    picture[top : top + 120, left : left + 200] = CROSS
    np.testing.assert_array_equal(found(picture).pixels, found(CROSS).pixels)


@pytest.mark.parametrize("factor", [0.5, 2, 5, 20])
def test_the_size_hardly_matters(factor: float) -> None:
    size = (round(200 * factor), round(120 * factor))
    scaled = np.asarray(Image.fromarray(CROSS).resize(size, Image.Resampling.BOX))
    difference = np.abs(found(scaled).pixels.astype(int) - found(CROSS).pixels)
    assert difference.mean() < 5


def test_a_shadow_is_taken_away() -> None:
    light = np.linspace(90, 250, 200)[None, :] * np.linspace(0.8, 1, 120)[:, None]
    photo = (light * (1 - 0.7 * CROSS / 255)).astype(np.uint8)
    prepared, clean = found(photo), found(CROSS)
    assert prepared.columns == clean.columns
    assert np.abs(prepared.pixels.astype(int) - clean.pixels).mean() < 8


def test_specks_do_not_count_as_ink() -> None:
    specked = CROSS.copy()
    specked[5:8, 5:8] = specked[110:113, 190:193] = 255
    np.testing.assert_array_equal(found(specked).pixels, found(CROSS).pixels)


def test_noise_does_not_count_as_ink(generator: np.random.Generator) -> None:
    noisy = np.clip(200 - CROSS * 0.6 + generator.normal(0, 6, CROSS.shape), 0, 255).astype(np.uint8)
    assert found(noisy).columns == pytest.approx(found(CROSS).columns, abs=2)


@pytest.mark.parametrize(
    "blank",
    [
        np.zeros((160, 700), np.uint8),
        np.full((160, 700), 255, np.uint8),
        np.random.default_rng(0).normal(200, 5, (160, 700)).astype(np.uint8),  # the grain of paper
        np.tile(np.linspace(100, 250, 700), (160, 1)).astype(np.uint8),  # a shadow
    ],
    ids=["black", "white", "grain", "shadow"],
)
def test_nothing_is_found_on_blank_paper(blank: np.ndarray) -> None:
    assert prepare(blank) is None


@pytest.mark.parametrize(("height", "width"), [(8, 8), (8, 5000), (5000, 8), (28, 28), (32, 140), (5000, 5000)])
def test_any_shape_gives_a_width_of_a_bucket(height: int, width: int) -> None:
    picture = np.zeros((height, width), np.uint8)
    picture[height // 4 : height - height // 4, width // 4 : width - width // 4] = 255
    picture[:, ::9] = 0  # a bar all along would be a ruled line
    prepared = prepare(picture)
    assert prepared is not None
    assert prepared.pixels.shape[0] == HEIGHT
    assert prepared.pixels.shape[1] % WIDTH_STEP == 0
    assert MINIMUM_WIDTH <= prepared.pixels.shape[1] <= MAXIMUM_WIDTH


def test_a_tightly_cropped_bold_stroke_is_ink() -> None:
    picture = np.full((60, 20), 255, np.uint8)
    picture[2:58, 4:16] = 0
    assert found(picture).pixels.max() == 255


@pytest.mark.parametrize("factor", [1, 12])
def test_columns_and_rows_lead_back_to_the_picture(factor: int) -> None:
    prepared = found(np.kron(CROSS, np.ones((factor, factor), np.uint8)))
    left, right = prepared.columns
    corners = prepared.to_picture @ [[left, right], [MARGIN, HEIGHT - MARGIN], [1, 1]]
    np.testing.assert_allclose(corners, np.array([[60, 120], [30, 90]]) * factor, atol=1.5 * factor)


@pytest.mark.parametrize("ink_is_light", [True, False])
@pytest.mark.parametrize("sides", ["all", "left", "top"])
def test_lines_along_the_edges_do_not_decide_which_is_ink(ink_is_light: bool, sides: str) -> None:
    """A field that is cut out of a form along its box."""
    field = CROSS.copy()
    if sides == "all":
        field[:3] = field[-3:] = field[:, -3:] = 255
    if sides in ("all", "left"):
        field[:, :3] = 255
    if sides == "top":
        field[:3] = 255
    assert is_ink_light(field if ink_is_light else 255 - field) == ink_is_light
    assert is_ink_light(CROSS if ink_is_light else 255 - CROSS) == ink_is_light
