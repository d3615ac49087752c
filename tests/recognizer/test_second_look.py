"""Doubtful pictures are looked at again, sure ones are not; the answer is the same alone and in any batch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from recognizer import Recognizer
from recognizer.contract import SINGLE_DIGITS
from recognizer.ctc import log_softmax
from recognizer.decoding import PreparedPicture
from recognizer.preparation import HEIGHT
from recognizer.second_look import average, is_doubtful, look, make_views, tell_digits
from recognizer.session import SHIPPED_MODEL, Session
from recognizer.single_digits import WINDOW_WIDTH, cut_digits, mix_in
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def once() -> Recognizer:
    return Recognizer(look_again=False)


@pytest.fixture(scope="module")
def strings_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model without the network that tells single digits."""
    model = onnx.load(SHIPPED_MODEL)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    del metadata[SINGLE_DIGITS]
    onnx.helper.set_model_props(model, metadata)
    path = tmp_path_factory.mktemp("model") / "crnn.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def sure(once: Recognizer) -> PreparedPicture:
    found = once.prepare(ROOT / "docs" / "sample.png")
    assert found is not None
    assert not is_doubtful(once.infer([found])[0])
    return found


@pytest.fixture(scope="module")
def doubtful(once: Recognizer, sure: PreparedPicture) -> list[PreparedPicture]:
    """The same number with a blot somewhere, until the network doubts what it sees."""
    generator = np.random.default_rng(0)
    pictures: list[PreparedPicture] = []
    while len(pictures) < 6:
        pixels = sure.prepared.pixels.copy()
        left = int(generator.integers(4, pixels.shape[1] - 40))
        pixels[8:24, left : left + 12] = generator.integers(0, 256, (16, 12))
        picture = replace(sure, prepared=replace(sure.prepared, pixels=pixels))
        if is_doubtful(once.infer([picture])[0]):
            pictures.append(picture)
    return pictures


def test_a_sure_picture_is_looked_at_once(sure: PreparedPicture, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    pixels = sure.prepared.pixels[None]
    expected, looks, run = log_softmax(session.run(pixels)), [], session.run

    def count_and_run(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        looks.append(pixels.shape)
        return run(pixels)

    monkeypatch.setattr(session, "run", count_and_run)
    (seen,) = look(session, pixels)
    np.testing.assert_array_equal(seen.log, expected[0])
    assert looks == [pixels.shape]


def test_a_doubtful_one_gets_the_mean_of_all_views(
    once: Recognizer, doubtful: list[PreparedPicture], strings_alone: Path
) -> None:
    again = Recognizer(strings_alone)
    for picture in doubtful:
        views = make_views(picture.prepared.pixels)
        seen = [
            once.infer([replace(picture, prepared=replace(picture.prepared, pixels=view))])[0].probabilities
            for view in views
        ]
        mean = np.mean([once.infer([picture])[0].probabilities, *seen], axis=0)
        np.testing.assert_allclose(again.infer([picture])[0].probabilities, mean, atol=1e-5)


def test_each_digit_of_a_doubtful_one_is_looked_at_by_itself(
    doubtful: list[PreparedPicture], strings_alone: Path
) -> None:
    session = Session()
    assert session.tells_single_digits
    assert not Session(strings_alone).tells_single_digits
    for picture in doubtful:
        pixels = picture.prepared.pixels
        (by_strings,) = look(Session(strings_alone), pixels[None])
        told = tell_digits(session, cut_digits(pixels, by_strings.path))
        assert told.shape == (len(by_strings.path), 10)
        assert np.exp(told).sum(axis=1) == pytest.approx(1, abs=1e-5)
        (seen,) = look(session, pixels[None])
        expected = mix_in(by_strings.log, by_strings.path, told, 0.3)
        np.testing.assert_allclose(seen.probabilities, np.exp(expected), atol=1e-5)


def test_many_digits_are_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    counts, run = [], session.run_on_digits

    def note_and_run(windows: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        counts.append(len(windows))
        return run(windows)

    windows = np.random.default_rng(0).integers(0, 256, (50, HEIGHT, WINDOW_WIDTH), dtype=np.uint8)
    alone = np.concatenate([tell_digits(session, window[None]) for window in windows])
    monkeypatch.setattr(session, "run_on_digits", note_and_run)
    np.testing.assert_allclose(tell_digits(session, windows), alone, atol=1e-4)
    assert counts == [20, 20, 10]


def test_no_digit_of_a_sure_one_is(sure: PreparedPicture, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    monkeypatch.setattr(session, "run_on_digits", None)
    look(session, sure.prepared.pixels[None])


def test_views_of_a_wide_one_are_looked_at_one_by_one(
    doubtful: list[PreparedPicture], strings_alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(strings_alone)
    shapes, run = [], session.run
    pixels = np.tile(doubtful[0].prepared.pixels, 8)
    assert pixels.shape == (HEIGHT, 1024)

    def note_and_run(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        shapes.append(pixels.shape)
        return run(pixels)

    monkeypatch.setattr(session, "run", note_and_run)
    (seen,) = look(session, pixels[None])
    assert shapes == [(1, HEIGHT, 1024)] * 4
    expected = average(log_softmax(run(np.stack([pixels, *make_views(pixels)]))))
    np.testing.assert_allclose(seen.probabilities, np.exp(expected), atol=1e-5)


def test_neighbours_change_nothing(sure: PreparedPicture, doubtful: list[PreparedPicture]) -> None:
    recognizer = Recognizer()
    together = recognizer.infer([doubtful[0], sure, *doubtful[1:]])
    alone = [recognizer.infer([picture])[0] for picture in (doubtful[0], sure, *doubtful[1:])]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)


def test_views_keep_strokes_in_their_time_steps() -> None:
    pixels = np.zeros((HEIGHT, 96), np.uint8)
    pixels[2:30, 40:44] = 255
    views = make_views(pixels)
    assert views.dtype == np.uint8
    for view in views:
        assert (view != pixels).any()
        columns = (view.sum(axis=0) * np.arange(96)).sum() / view.sum()
        assert columns == pytest.approx(41.5, abs=0.5)


def test_the_mean_is_of_probabilities() -> None:
    generator = np.random.default_rng(0)
    logits = log_softmax(generator.normal(size=(3, 20, 11)).astype(np.float32))
    mean = average(logits)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(np.exp(mean), np.exp(logits).mean(axis=0), rtol=1e-5)
