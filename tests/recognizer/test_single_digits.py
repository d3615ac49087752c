"""Each digit by itself: what is cut out of a string, and how what is seen of it is mixed in."""

import numpy as np
import pytest

from recognizer.contract import BLANK, CLASS_COUNT
from recognizer.ctc import AlignedLabel, best_path, log_softmax
from recognizer.preparation import HEIGHT
from recognizer.single_digits import WINDOW_WIDTH, cut_digits, mix_in

LABELS = [AlignedLabel(1, 5, 6, 0.9), AlignedLabel(7, 20, 22, 0.9), AlignedLabel(0, 40, 41, 0.9)]


@pytest.fixture
def pixels() -> np.ndarray:
    """Three bars of ink, each as bright as its number."""
    pixels = np.zeros((HEIGHT, 96), np.uint8)
    for level, left in ((100, 4), (150, 40), (200, 80)):
        pixels[4:28, left : left + 8] = level
    return pixels


@pytest.fixture
def log() -> np.ndarray:
    generator = np.random.default_rng(0)
    log = generator.normal(size=(48, CLASS_COUNT)).astype(np.float32)
    for label in LABELS:
        log[label.start : label.stop, label.label] = 9
    return log_softmax(log).astype(np.float64)


def test_each_digit_stands_in_the_middle_beside_pale_neighbours(pixels: np.ndarray) -> None:
    windows = cut_digits(pixels, LABELS)
    assert windows.shape == (3, HEIGHT, WINDOW_WIDTH)
    assert windows.dtype == np.uint8
    half = WINDOW_WIDTH // 2
    for window, level in zip(windows, (100, 150, 200), strict=True):
        assert set(window[10, half - 4 : half + 4].tolist()) == {level}
        assert window[:, half - 10 : half - 4].max() == window[:, half + 4 : half + 10].max() == 0
    assert set(windows[0].ravel().tolist()) == {0, 100}  # the next one is farther than the window reaches
    assert set(windows[1].ravel().tolist()) == {0, 150}
    near = cut_digits(np.delete(pixels, slice(14, 34), axis=1), [LABELS[0], AlignedLabel(7, 10, 12, 0.9)])
    assert set(near[0].ravel().tolist()) == {0, 100, 60}  # 40% of 150


def test_labels_on_empty_paper_or_on_top_of_one_another_give_windows_too() -> None:
    crowded = [AlignedLabel(digit, 5 + digit, 6 + digit, 0.5) for digit in range(4)]
    for width, pixels in ((64, np.zeros((HEIGHT, 64), np.uint8)), (96, np.full((HEIGHT, 96), 255, np.uint8))):
        assert cut_digits(pixels, crowded).shape == (4, HEIGHT, WINDOW_WIDTH), width


def test_what_is_told_of_a_digit_parts_what_its_time_steps_give_to_digits(log: np.ndarray) -> None:
    told = log_softmax(np.eye(BLANK, dtype=np.float32)[[1, 3, 0]] * 8)
    mixed, before = np.exp(mix_in(log, LABELS, told, 0.3)), np.exp(log)
    np.testing.assert_allclose(mixed.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(mixed[:, BLANK], before[:, BLANK], rtol=1e-5)
    for own, digit in ((slice(0, 13), 0), (slice(13, 31), 1), (slice(31, 48), 2)):  # halfway between neighbours
        of_digits = before[own, :BLANK].sum(axis=1, keepdims=True)
        expected = 0.7 * before[own, :BLANK] + 0.3 * of_digits * np.exp(told[digit])
        np.testing.assert_allclose(mixed[own, :BLANK], expected, rtol=1e-5)


def test_a_second_opinion_of_no_weight_is_none(log: np.ndarray) -> None:
    told = log_softmax(np.zeros((3, BLANK), np.float32))
    np.testing.assert_allclose(mix_in(log, LABELS, told, 0.0), log, atol=1e-5)


def test_a_second_opinion_of_full_weight_is_what_is_read(log: np.ndarray) -> None:
    assert [label.label for label in best_path(log) if label.probability > 0.9] == [1, 7, 0]
    told = log_softmax(np.eye(BLANK, dtype=np.float32)[[4, 7, 9]] * 8)
    mixed = mix_in(log, LABELS, told, 1.0)
    assert [label.label for label in best_path(mixed) if label.probability > 0.9] == [4, 7, 9]
