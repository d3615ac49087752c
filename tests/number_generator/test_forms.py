import numpy as np
import numpy.typing as npt
import pytest

from number_generator import FORMS, FORMS_WITH_CELLS, Form, LayoutError, fill_form

Grey = npt.NDArray[np.uint8]

CELLS = [0.0, 40.0, 80.0, 120.0]


@pytest.fixture
def ink() -> Grey:
    """A bar in each of three cells."""
    picture = np.zeros((50, 120), np.uint8)
    for left in (15, 55, 95):
        picture[5:45, left : left + 10] = 255
    return picture


@pytest.mark.parametrize("form", FORMS)
def test_all_ink_stays_and_lines_lie_round_it(form: Form, ink: Grey, generator: np.random.Generator) -> None:
    for _ in range(30):
        filled = fill_form(form, ink, generator, CELLS)
        assert filled.ink.sum() == ink.sum()
        assert filled.lines.dtype == np.uint8
        assert filled.lines.max() > 0
        assert all(more >= 0 for more in np.subtract(filled.lines.shape, filled.ink.shape))


@pytest.mark.parametrize("form", FORMS_WITH_CELLS)
def test_a_line_stands_at_the_borders_of_a_cell(form: Form, ink: Grey, generator: np.random.Generator) -> None:
    stands = []
    for _ in range(50):
        filled = fill_form(form, ink, generator, CELLS)
        first_cell = int(np.flatnonzero(filled.ink.max(axis=0))[0]) - 15
        printed = filled.lines.astype(int).sum(axis=0)[first_cell:]
        stands += [printed[x - 7 : x + 8].max() > printed[x + 12 : x + 28].max() for x in (40, 80)]
    assert np.mean(stands) > 0.95  # worn and dotted ones may have lost a tick


@pytest.mark.parametrize("form", ["ruled", "squared"])
def test_ruled_paper_runs_on_over_the_page(form: Form, ink: Grey, generator: np.random.Generator) -> None:
    filled = fill_form(form, ink, generator)
    assert filled.lines.shape[1] > filled.ink.shape[1] + 100
    assert filled.lines[:, :100].any()
    assert filled.lines[:, -100:].any()


def test_a_frame_closes_round_the_string(ink: Grey, generator: np.random.Generator) -> None:
    filled = fill_form("frame", ink, generator)
    rows, columns = np.flatnonzero(filled.ink.max(axis=1)), np.flatnonzero(filled.ink.max(axis=0))
    assert filled.lines[:, : columns[0]].any()
    assert filled.lines[:, columns[-1] + 1 :].any()
    assert filled.lines[: rows[0]].any()


@pytest.mark.parametrize("form", FORMS_WITH_CELLS)
def test_boxes_need_cells(form: Form, ink: Grey, generator: np.random.Generator) -> None:
    with pytest.raises(LayoutError):
        fill_form(form, ink, generator)
