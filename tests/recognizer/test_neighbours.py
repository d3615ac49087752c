"""What the picture's edges cut off goes, whatever is turned afterwards; what may be a digit stays."""

import numpy as np
import numpy.typing as npt
import pytest

from recognizer.preparation import HEIGHT, MARGIN, Prepared, prepare
from tests.recognizer.make_golden import between_lines, margin_line, write

Grey = npt.NDArray[np.uint8]


def found(picture: Grey) -> Prepared:
    prepared = prepare(picture)
    assert prepared is not None
    return prepared


def corners(prepared: Prepared) -> npt.NDArray[np.float64]:
    """Of all ink, in the picture: upper left, lower right; (2, 2)."""
    return prepared.to_picture @ [[*prepared.columns], [MARGIN, HEIGHT - MARGIN], [1, 1]]


def assert_all_ink(picture: Grey, alone: Grey, left: int, top: int) -> None:
    """What is found in a picture is what is found in a part of it alone."""
    np.testing.assert_allclose(corners(found(picture)), corners(found(alone)) + [[left], [top]], atol=4)


def test_other_lines_of_writing_do_not_come_back_when_the_text_is_turned_level() -> None:
    assert_all_ink(between_lines(), 255 - write(slope=-0.1), 40, 20)


def test_a_margin_line_is_no_digit() -> None:
    assert_all_ink(margin_line(), 255 - write(), 50, 50)


@pytest.mark.parametrize("side", [0, 1])
def test_nor_is_the_edge_of_a_desk(side: int) -> None:
    paper = 255 - np.pad(write(), 25)
    widths = (40, 0) if side == 0 else (0, 40)
    assert_all_ink(np.pad(paper, ((0, 0), widths), constant_values=140), paper, widths[0], 0)


def test_a_one_among_digits_that_fill_the_picture_is_kept() -> None:
    tight = write("19")[10:-10]
    assert (tight[0].any(), tight[-1].any()) == (True, True)
    assert found(255 - tight).columns[1] - found(255 - tight).columns[0] > 20


def test_a_digit_that_touches_the_margin_line_is_kept() -> None:
    picture = margin_line().copy()
    rows = np.flatnonzero((picture[:, 60:] < 128).any(axis=1))
    picture[rows[0] + 30 : rows[0] + 34, 24:70] = 0  # the bar of the 4, drawn to the line
    prepared = found(picture)
    assert corners(prepared)[0, 0] < 40
