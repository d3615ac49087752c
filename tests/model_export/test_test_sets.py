import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model_export.samples import Sample, measure_pen
from model_export.test_sets import TEST_SETS, Sources, make_samples
from number_generator import DigitSourceError
from number_generator.pen import draw_strokes
from recognizer.picture_io import read_picture

LENGTHS = {  # the shortest and the longest string that a set promises
    "predecessor": (1, 5),
    "five": (5, 5),
    "side-by-side-1": (1, 1),
    "side-by-side-2": (2, 2),
    "side-by-side-3": (3, 3),
    "side-by-side-4": (4, 4),
    "phone": (11, 11),
    "length-1": (1, 1),
    "length-10": (10, 10),
    "length-15": (15, 15),
    "length-20": (20, 20),
    "leading-zeros": (3, 8),
    "repeated": (2, 5),
    "unlike": (2, 5),
    "drawn": (1, 8),
    "drawn-long": (12, 20),
    "touching": (2, 6),
    "photographed": (3, 8),
    "surrounded": (3, 8),
    "forms": (4, 8),
    "other": (0, 0),
}
COLOURED = {"photographed", "forms", "other"}


@pytest.fixture(scope="module")
def sources(mnist_folder: Path, pen_file: Path) -> Sources:
    return Sources(mnist_folder, pen_file)


def first(name: str, sources: Sources, count: int = 12) -> list[Sample]:
    return list(make_samples(TEST_SETS[name], sources, count))


@pytest.mark.parametrize("name", TEST_SETS)
def test_labels_are_as_long_as_promised(name: str, sources: Sources) -> None:
    shortest, longest = LENGTHS[name]
    for sample in first(name, sources):
        assert not sample.digits.strip("0123456789")
        assert shortest <= len(sample.digits) <= longest


@pytest.mark.parametrize("name", TEST_SETS)
def test_pictures_decode_and_have_paper_and_ink(name: str, sources: Sources) -> None:
    for sample in first(name, sources, 4):
        assert Image.open(io.BytesIO(sample.png)).mode == ("RGB" if name in COLOURED else "L")
        assert np.ptp(read_picture(sample.png)) > 15


@pytest.mark.parametrize("name", [name for name in TEST_SETS if name != "other"])
def test_it_is_known_how_high_digits_are_and_how_bold(name: str, sources: Sources) -> None:
    for sample in first(name, sources, 4):
        assert sample.kind
        assert sample.digit_height is not None
        assert sample.pen_width is not None
        assert 10 < sample.digit_height < 200
        assert 0.01 < sample.pen_width / sample.digit_height < 0.35


def test_digits_are_as_the_name_says(sources: Sources) -> None:
    assert all(sample.digits.startswith("0") for sample in first("phone", sources))
    zeros = [len(sample.digits) - len(sample.digits.lstrip("0")) for sample in first("leading-zeros", sources)]
    assert min(zeros) == 1
    assert max(zeros) >= 3
    assert all(len(set(sample.digits)) == 1 for sample in first("repeated", sources))
    assert all(len(set(sample.digits)) == len(sample.digits) for sample in first("unlike", sources))


def test_canvases_have_the_size_of_the_page(sources: Sources) -> None:
    assert {read_picture(sample.png).shape for sample in first("drawn", sources)} == {(160, 700)}
    assert {read_picture(sample.png).shape for sample in first("drawn-long", sources)} == {(160, 1400)}


def test_frames_beside_each_other_neither_overlap_nor_leave_a_gap(sources: Sources) -> None:
    assert {read_picture(sample.png).shape for sample in first("five", sources)} == {(28, 5 * 28)}


@pytest.mark.parametrize("width", [2.0, 5.0, 12.0])
def test_a_pen_is_measured_in_what_it_drew(width: float) -> None:
    stroke = np.array([[20.0, 20.0], [60.0, 120.0], [150.0, 130.0], [280.0, 30.0]])
    assert measure_pen(draw_strokes([stroke], (300, 160), width)) == pytest.approx(width, rel=0.2)


def test_nothing_drawn_has_no_pen() -> None:
    assert measure_pen(np.zeros((20, 20), np.uint8)) == 0


def test_mnist_that_cannot_be_downloaded_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise DigitSourceError("could not download")

    monkeypatch.setattr("model_export.samples.load_mnist", fail)
    assert Sources(None, None).missing("mnist") == "could not download"


def test_a_given_folder_without_mnist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DigitSourceError, match="give the folder"):
        Sources(tmp_path, None).missing("mnist")
