import sys

import numpy as np
import numpy.typing as npt
import pytest

from number_generator import PenDigit, mnist_like_glyph
from number_generator.errors import MissingExtra
from number_generator.pen import draw_strokes
from number_generator.tracing import trace_glyph

Grey = npt.NDArray[np.uint8]


def glyph(*boxes: tuple[int, int, int, int]) -> Grey:
    """White on black. boxes: top, bottom, left, right."""
    picture = np.zeros((28, 28), np.uint8)
    for top, bottom, left, right in boxes:
        picture[top:bottom, left:right] = 255
    return picture


def test_a_bar_is_one_stroke_from_end_to_end() -> None:
    digit = trace_glyph(glyph((4, 24, 12, 15)), 1)
    assert digit is not None
    (stroke,) = digit.strokes
    assert digit.label == 1
    assert np.ptp(stroke[:, 1]) == pytest.approx(1)
    assert np.ptp(stroke[:, 0]) < 0.1


def test_two_strokes_that_cross_go_straight_on() -> None:
    digit = trace_glyph(glyph((4, 24, 13, 15), (13, 15, 4, 24)), 4)
    assert digit is not None
    upright, level = sorted(digit.strokes, key=lambda stroke: float(np.ptp(stroke[:, 0])))
    assert (np.ptp(upright[:, 1]), np.ptp(level[:, 0])) == pytest.approx((1, 1), abs=0.15)
    assert (np.ptp(upright[:, 0]), np.ptp(level[:, 1])) == pytest.approx((0, 0), abs=0.15)


def test_a_ring_is_one_closed_stroke() -> None:
    ring = glyph((6, 22, 7, 21))
    ring[9:19, 10:18] = 0
    digit = trace_glyph(ring, 0)
    assert digit is not None
    (stroke,) = digit.strokes
    assert np.abs(stroke[0] - stroke[-1]).max() < 0.1


def test_what_a_pen_wrote_is_traced_to_where_it_went(pen_digits: list[PenDigit]) -> None:
    generator = np.random.default_rng(0)
    likeness = []
    for written in pen_digits[::75]:
        traced = trace_glyph(mnist_like_glyph(written, generator), written.label, written.writer)
        if traced is None:
            continue
        assert (traced.label, traced.writer) == (written.label, written.writer)
        first, second = (
            draw_strokes([stroke * 60 + 30 for stroke in digit.strokes], (160, 120), 8) > 127
            for digit in (written, traced)
        )
        likeness.append((first & second).sum() / (first | second).sum())
    assert len(likeness) > 80  # of 100
    assert np.median(likeness) > 0.7


@pytest.mark.parametrize("picture", [glyph(), glyph((5, 24, 6, 22))], ids=["nothing", "a blot"])
def test_what_strokes_cannot_draw_again_is_none(picture: Grey) -> None:
    assert trace_glyph(picture, 8) is None


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.morphology", None)
    with pytest.raises(MissingExtra, match=r"scikit-image: pip install 'number-generator\[tracing\]'"):
        trace_glyph(glyph((4, 24, 12, 15)), 1)
