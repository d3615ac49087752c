"""Frames and lines of forms: what goes, what is shown paler, and what stays as it may be a digit."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from number_generator.pen import draw_strokes
from recognizer.ink import Ink, find_ink
from recognizer.lines import without_frames
from recognizer.preparation import Prepared, prepare
from tests.handwriting import strokes_of

Picture = npt.NDArray[np.uint8]

LEFT, TOP, HIGH = 70, 60, 60
SIZE = (400, 190)
TILTED = [(30, 30), (370, 40), (362, 160), (25, 150)]


def write(number: str = "4095", pitch: float = 0.85 * HIGH) -> Picture:
    """White on black."""
    strokes = [
        np.array(stroke)
        for place, digit in enumerate(number)
        for stroke in strokes_of(digit, LEFT + place * pitch, TOP, HIGH)
    ]
    return draw_strokes(strokes, (max(SIZE[0], round(LEFT + len(number) * pitch)), SIZE[1]), 5)


def outline(*corners: tuple[int, int]) -> Picture:
    canvas = np.zeros(SIZE[::-1], np.uint8)
    cv2.polylines(canvas, [np.array(corners)], True, 255, 3, cv2.LINE_AA)
    return canvas


def box(left: int, top: int, right: int, bottom: int) -> Picture:
    return outline((left, top), (right, top), (right, bottom), (left, bottom))


def ink_of(*layers: Picture) -> Ink:
    ink = find_ink(np.maximum.reduce(layers), True)
    assert ink is not None
    return ink


def prepared(*layers: Picture) -> Prepared:
    found = prepare(255 - np.maximum.reduce(layers))
    assert found is not None
    return found


@pytest.mark.parametrize("frame", [box(30, 30, 370, 160), outline(*TILTED)], ids=["straight", "tilted"])
def test_a_frame_that_nothing_touches_goes(frame: Picture) -> None:
    left = without_frames(ink_of(write(), frame))
    assert left is not None
    np.testing.assert_array_equal(left.mask() > 0, ink_of(write()).mask() > 0)
    assert prepared(write(), frame).pixels.shape == prepared(write()).pixels.shape


def test_a_row_of_boxes_goes_with_its_empty_ones() -> None:
    digits = write(pitch=62)
    boxes = [box(61 + 62 * index, 50, 116 + 62 * index, 132) for index in range(5)]
    left = without_frames(ink_of(digits, *boxes))
    assert left is not None
    np.testing.assert_array_equal(left.mask() > 0, ink_of(digits).mask() > 0)


def test_a_frame_within_a_frame_goes() -> None:
    left = without_frames(ink_of(write(), box(30, 30, 370, 160), box(40, 40, 360, 150)))
    assert left is not None
    np.testing.assert_array_equal(left.mask() > 0, ink_of(write()).mask() > 0)


@pytest.mark.parametrize("right", [250, 262], ids=["crossed", "touched"])
def test_a_digit_that_touches_the_frame_is_not_lost(right: int) -> None:
    """The 5 hangs together with it: nothing goes."""
    digits, frame = write(), box(30, 30, right, 160)
    assert (digits[frame > 0] > 0).any()
    ink = ink_of(digits, frame)
    assert without_frames(ink) is ink


@pytest.mark.parametrize("rounded", [False, True], ids=["angular", "round"])
def test_a_zero_with_a_stroke_in_it_beside_digits_is_no_frame(rounded: bool) -> None:
    zero = np.zeros(SIZE[::-1], np.uint8)
    if rounded:
        cv2.ellipse(zero, (320, 90), (26, 34), 0, 0, 360, 255, 5)
    else:
        cv2.rectangle(zero, (296, 58), (344, 124), 255, 5)
    cv2.line(zero, (312, 108), (328, 76), 255, 4)
    ink = ink_of(write(), zero)
    assert without_frames(ink) is ink


def test_a_round_zero_alone_with_a_stroke_in_it_is_no_frame() -> None:
    zero = np.zeros(SIZE[::-1], np.uint8)
    cv2.ellipse(zero, (200, 90), (40, 60), 0, 0, 360, 255, 5)
    cv2.line(zero, (185, 120), (215, 60), 255, 4)
    ink = ink_of(zero)
    assert without_frames(ink) is ink


def test_grain_is_not_searched_for_frames() -> None:
    dots = np.zeros((600, 600), np.uint8)
    dots[::12, ::12] = 255
    ink = ink_of(cv2.dilate(dots, np.ones((5, 5), np.uint8)).astype(np.uint8))
    assert without_frames(ink) is ink


def test_lines_are_shown_paler_than_the_strokes_that_they_may_hide() -> None:
    wide = write("4095040950")
    grid = np.zeros_like(wide)
    grid[10::42], grid[11::42] = 255, 255
    grid[:, 7::42], grid[:, 8::42] = 255, 255
    pixels, alone = prepared(wide, grid).pixels, prepared(wide).pixels
    assert pixels.shape == alone.shape
    paper = cv2.dilate(alone, np.ones((5, 5), np.uint8)) < 30
    shown = pixels[paper & (pixels > 30)]
    assert len(shown) > 100
    assert np.quantile(shown, 0.95) < 0.75 * 255
    assert (pixels > 220).sum() > 0.7 * (alone > 220).sum()
