from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from model_training import digit_windows
from model_training.batches import Batch, EndlessStrings
from model_training.digit_windows import DigitWindows, EndlessDigits, change
from model_training.string_maker import Shares, StringMaker
from number_generator import Glyphs, MnistStrings
from recognizer.preparation import HEIGHT
from recognizer.second_look import tell_digits
from recognizer.session import SHIPPED_MODEL, Session
from recognizer.single_digits import WINDOW_WIDTH


@pytest.fixture
def digits(glyphs: Glyphs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    monkeypatch.setattr(digit_windows, "_FIRST", 40)
    maker = StringMaker(MnistStrings(glyphs), None, Shares(0, 0, 0, 0, other=0.1))
    return iter(EndlessDigits(EndlessStrings(maker, 1600, (0,)), SHIPPED_MODEL, 16, 3, (0,)))


def test_batches_are_of_single_digits_of_all_kinds(digits: Iterator[Batch]) -> None:
    batches = list(islice(digits, 30))
    for batch in batches:
        assert batch.pictures.shape == (16, HEIGHT, WINDOW_WIDTH)
        assert batch.pictures.dtype == torch.uint8
        assert batch.lengths.tolist() == [1] * 16
    assert set(Counter(digit for batch in batches for digit in batch.strings())) == set("0123456789")


@pytest.mark.timeout(120)
def test_the_shipped_network_tells_the_digits_of_every_kind_of_string(mnist_folder: Path, pen_file: Path) -> None:
    data = DigitWindows(mnist_folder=str(mnist_folder), pen_file=str(pen_file), validation_strings=60, workers=0)
    data.setup()
    assert data.validation_names == ["mnist", "drawn", "photographed", "forms", "surrounded", "long", "long_mnist"]
    session = Session(SHIPPED_MODEL)
    right = {
        name: [
            int(digit) == told
            for batch in data.validation_batches(name)
            for digit, told in zip(
                batch.strings(), tell_digits(session, batch.pictures.numpy()).argmax(axis=1), strict=True
            )
        ]
        for name in data.validation_names
    }
    for name, rights in right.items():
        assert len(rights) > 100
        assert np.mean(rights) > (0.9 if name == "forms" else 0.95), name


def test_digits_are_changed_a_little_and_stay_where_they_are() -> None:
    generator = np.random.default_rng(0)
    window = np.zeros((HEIGHT, WINDOW_WIDTH), np.uint8)
    window[6:26, 28:36] = 255
    changed = [change(window, generator) for _ in range(200)]
    assert 0.1 < np.mean([np.array_equal(one, window) for one in changed]) < 0.3
    for one in changed:
        assert one.shape == window.shape
        assert one.dtype == np.uint8
        columns = (one.sum(axis=0) * np.arange(WINDOW_WIDTH)).sum() / one.sum()
        assert abs(columns - 31.5) < 2.5
