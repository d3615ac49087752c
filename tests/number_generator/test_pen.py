import gzip
from pathlib import Path

import numpy as np
import pytest

from number_generator import DigitSourceError, LayoutError, PenDigit, mnist_like_glyph, part_writers, read_unipen
from number_generator.pen import VALIDATION_WRITERS, draw_strokes, lay_out, reach, smooth

UNIPEN = """.INCLUDE dene.doc
.SEGMENT DIGIT 0 ? "1"
.COMMENT 1 5 224
.PEN_DOWN
 100 300
 100 200
.PEN_UP
.DT 100
.SEGMENT DIGIT 1-2 ? "7"
.COMMENT 7 6 225
.PEN_DOWN
 0 100
 50 100
 20 0
.PEN_UP
.DT 100
.PEN_DOWN
 10 50
 40 50
.PEN_UP
"""


@pytest.fixture(params=["plain.tra", "packed.tra.gz"])
def unipen_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    path.write_bytes(gzip.compress(UNIPEN.encode()) if path.suffix == ".gz" else UNIPEN.encode())
    return path


def test_reads_labels_writers_and_strokes_with_y_pointing_down(unipen_file: Path) -> None:
    one, seven = read_unipen(unipen_file)
    assert (one.label, one.writer, len(one.strokes)) == (1, 5, 1)
    assert (seven.label, seven.writer, len(seven.strokes)) == (7, 6, 2)
    assert one.strokes[0].tolist() == [[0, 0], [0, 1]]
    assert seven.strokes[0].tolist() == [[0, 0], [0.5, 0], [0.2, 1]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no unipen",
        b"\x1f\x8bdamaged",
        b"\x1f\x9dpacked",
        b".SEGMENT DIGIT 3",
        b'.SEGMENT DIGIT 3 ? "4"',
    ],
)
def test_refuses_other_files(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "digits"
    path.write_bytes(content)
    with pytest.raises(DigitSourceError):
        read_unipen(path)


def test_a_round_pen_leaves_a_line_of_its_width_with_round_ends() -> None:
    picture = draw_strokes([np.array([[20.0, 20.0], [60.0, 20.0]])], (80, 40), pen_width=10)
    assert picture.shape == (40, 80)
    assert (picture[:, 40] > 127).sum() == pytest.approx(10, abs=1)
    assert picture[20, 16] > 127
    assert picture[16, 15] < 127


def test_a_tap_is_a_dot() -> None:
    picture = draw_strokes([np.array([[20.0, 20.0]])], (40, 40), pen_width=10)
    assert (picture > 127).sum() == pytest.approx(np.pi * 25, rel=0.15)


def test_a_pen_needs_a_width() -> None:
    with pytest.raises(LayoutError):
        draw_strokes([np.zeros((2, 2))], (10, 10), pen_width=0)


def test_smoothing_keeps_both_ends_of_a_stroke() -> None:
    stroke = np.array([[0.0, 0.0], [40.0, 0.0], [40.0, 40.0]])
    curve = smooth(stroke)
    np.testing.assert_array_equal(curve[[0, -1]], stroke[[0, -1]])
    assert len(curve) > len(stroke)
    assert np.abs(curve - (40, 0)).sum(axis=1).min() > 5  # the corner is rounded


@pytest.mark.parametrize("gap", [-3.0, 0.0, 12.0])
def test_the_gap_lies_between_the_ink_of_neighbours(gap: float) -> None:
    bar = PenDigit(1, 1, (np.array([[0.0, 0.0], [0.25, 1.0]]),))
    left, right = lay_out([bar, bar], height=40, gaps=[gap])
    assert right[:, 0].min() - left[:, 0].max() == pytest.approx(gap)


def test_no_validation_writer_is_trained_on(pen_digits: list[PenDigit]) -> None:
    training, validation = part_writers(pen_digits)
    assert {digit.writer for digit in validation} == VALIDATION_WRITERS
    assert len({digit.writer for digit in training}) == 24
    assert len(training) + len(validation) == 7494


def test_a_tapering_pen_is_thinner_at_the_ends() -> None:
    picture = draw_strokes([np.column_stack((np.linspace(20, 120, 30), np.full(30, 20.0)))], (140, 40), 12, taper=0.8)
    widths = (picture > 127).sum(axis=0)
    assert widths[70] == pytest.approx(12, abs=1)
    assert max(widths[22], widths[118]) < 6


@pytest.mark.parametrize(
    ("right", "distance"),
    [
        ([[0.0, 0.0], [0.0, 1.0]], 0.0),  # two bars touch by their boxes
        ([[1.0, 0.0], [0.0, 1.0]], -0.5),  # a slash moves under the overhang
    ],
)
def test_reach_brings_ink_to_ink(right: list[list[float]], distance: float) -> None:
    left = np.array([[0.5, 0.0], [0.0, 1.0]]) if distance else np.array([[0.0, 0.0], [0.0, 1.0]])
    assert reach([left], [np.array(right)]) == pytest.approx(distance, abs=0.05)


def test_a_pen_digit_becomes_a_glyph_as_mnist_has_them(
    pen_digits: list[PenDigit], generator: np.random.Generator
) -> None:
    for digit in pen_digits[:50]:
        glyph = mnist_like_glyph(digit, generator)
        rows, columns = np.nonzero(glyph > 64)
        assert glyph.shape == (28, 28)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(20, abs=2)
        weights = glyph / glyph.sum()
        assert weights.sum(axis=0) @ np.arange(0.5, 28) == pytest.approx(14, abs=1)
