import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from streamlit_app.api_client import Box, Digit
from streamlit_app.drawing import around, boxes_over, colour_of

GREEN, AMBER, RED = "#15803d", "#b45309", "#b91c1c"


def a_digit(left: int = 40, top: int = 30, right: int = 60, bottom: int = 70, confidence: float = 0.99) -> Digit:
    return Digit(digit="4", confidence=confidence, box=Box(left=left, top=top, right=right, bottom=bottom))


def file_of(image: Image.Image, kind: str = "PNG", exif: Image.Exif | None = None) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, exif=exif or Image.Exif())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("confidence", "colour"), [(1.0, GREEN), (0.9, GREEN), (0.89, AMBER), (0.6, AMBER), (0.59, RED), (0.0, RED)]
)
def test_the_colour_tells_the_confidence(confidence: float, colour: str) -> None:
    assert colour_of(confidence) == colour


def test_a_box_is_drawn_around_the_digit_and_leaves_its_pixels() -> None:
    picture = Image.new("RGB", (100, 100), "white")
    image = np.asarray(boxes_over(file_of(picture), [a_digit(confidence=0.7)]))
    assert tuple(image[50, 37]) == ImageColor.getrgb(AMBER)
    assert (image[30:70, 40:60] == 255).all()
    assert (image[:, 70:] == 255).all()


@pytest.mark.parametrize(
    ("image", "level"),
    [
        (Image.new("L", (100, 100), 128), 128),
        (Image.new("1", (100, 100), 1), 255),
        (Image.new("P", (100, 100), 0), 0),
        (Image.fromarray(np.full((100, 100), 128 * 257, np.uint16)), 128),
        (Image.new("RGBA", (100, 100), (9, 9, 9, 255)), 9),
    ],
    ids=["grey", "black and white", "palette", "16-bit", "opaque RGBA"],
)
def test_every_kind_of_picture_is_shown(image: Image.Image, level: int) -> None:
    shown = boxes_over(file_of(image), [a_digit()])
    assert shown.mode == "RGB"
    assert shown.getpixel((5, 5)) == (level, level, level)


def test_dark_and_light_ink_are_seen_on_a_transparent_ground() -> None:
    ground = boxes_over(file_of(Image.new("RGBA", (100, 100), (0, 0, 0, 0))), []).convert("L").getpixel((5, 5))
    assert isinstance(ground, int)
    assert 50 < ground < 225


def test_a_photograph_is_shown_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held sideways
    shown = boxes_over(file_of(Image.new("RGB", (80, 40)), "JPEG", exif), [])
    assert shown.size == (40, 80)


@pytest.mark.parametrize(
    ("digits", "size"),
    [
        ([a_digit(100, 100, 120, 150)], (20 + 48, 50 + 48)),
        ([a_digit(100, 100, 120, 150), a_digit(200, 90, 240, 140)], (140 + 48, 60 + 48)),
        ([a_digit(0, 0, 400, 300)], (400, 300)),  # not beyond the picture
    ],
)
def test_around_cuts_out_the_digits_with_a_margin(digits: list[Digit], size: tuple[int, int]) -> None:
    assert around(Image.new("RGB", (400, 300)), digits).size == size
