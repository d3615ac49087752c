"""Pictures of every kind that people send, written by the project itself (make_golden.py) and looked at by eye."""

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.picture_io import read_picture
from recognizer.preparation import prepare
from tests.recognizer.make_golden import CASES, FOLDER, NUMBER

TWICE = ("ascending", "descending")


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer()


@pytest.mark.parametrize("name", CASES)
def test_it_is_prepared_as_it_was_when_it_was_looked_at(name: str) -> None:
    prepared = prepare(read_picture((FOLDER / f"{name}.png").read_bytes()))
    golden = np.asarray(Image.open(FOLDER / f"{name}.prepared.png"))
    assert prepared is not None
    assert prepared.pixels.shape == golden.shape
    assert np.abs(prepared.pixels.astype(int) - golden).mean() < 3  # of 255: OpenCV's versions differ a little


@pytest.mark.parametrize("name", CASES)
def test_it_is_read(recognizer: Recognizer, name: str) -> None:
    expected = NUMBER * 2 if name in TWICE else NUMBER
    assert recognizer.read(FOLDER / f"{name}.png").prediction == expected


def test_no_picture_in_the_folder_is_left_out() -> None:
    assert {path.name.split(".")[0] for path in FOLDER.glob("*.png")} == set(CASES)


@pytest.mark.parametrize("name", ["canvas", "shadow", "noise", "blur", "thick", "thin"])
def test_every_digit_is_found_in_its_place(recognizer: Recognizer, name: str) -> None:
    digits = recognizer.read(FOLDER / f"{name}.png").digits
    middles = [(digit.box.left + digit.box.right) / 2 for digit in digits]
    np.testing.assert_allclose(middles, 10 + 60 * (0.33 + 0.85 * np.arange(len(NUMBER))), atol=8)
