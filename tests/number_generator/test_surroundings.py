import numpy as np
import numpy.typing as npt
import pytest

from number_generator import SURROUNDINGS, LayoutError, Surroundings, surround

Grey = npt.NDArray[np.uint8]


@pytest.fixture
def ink() -> Grey:
    picture = np.zeros((40, 120), np.uint8)
    picture[:, 10:16] = picture[:, 60:66] = picture[:, 100:106] = 255
    return picture


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_all_of_the_string_is_dark_on_light_paper(
    surroundings: Surroundings, ink: Grey, generator: np.random.Generator
) -> None:
    for _ in range(30):
        picture = surround(ink, surroundings, generator, [ink, ink])
        assert picture.dtype == np.uint8
        assert all(more >= 20 for more in np.subtract(picture.shape, ink.shape))
        middle = picture[picture.shape[0] // 3 : -picture.shape[0] // 3]
        assert np.percentile(middle, 97) > 170
        assert np.percentile(middle, 3) < 110


def test_a_desk_is_darker_than_the_paper_and_goes_on_round_it(ink: Grey, generator: np.random.Generator) -> None:
    for _ in range(30):
        picture = surround(ink, "desk", generator).astype(float)
        corners = [picture[:4, :4], picture[:4, -4:], picture[-4:, :4], picture[-4:, -4:]]
        assert sum(corner.mean() < 0.7 * np.percentile(picture, 97) for corner in corners) >= 2


def test_a_box_has_lines_along_the_edges_and_nowhere_else(ink: Grey, generator: np.random.Generator) -> None:
    picture = surround(ink, "box", generator).astype(float)
    assert min(picture[0].mean(), picture[-1].mean(), picture[:, 0].mean(), picture[:, -1].mean()) < 180
    assert picture[6:-6, 6:9].mean() > 180


def test_a_margin_line_runs_from_edge_to_edge(ink: Grey, generator: np.random.Generator) -> None:
    for _ in range(30):
        picture = surround(ink, "margin", generator)
        left = picture[:, : picture.shape[1] // 3].astype(float)
        assert (left.min(axis=1) < left.max(axis=1) - 40).all()


def test_other_lines_are_cut_off_by_the_edges(ink: Grey, generator: np.random.Generator) -> None:
    picture = surround(ink, "lines", generator, [ink, ink])
    for edge in (picture[:2], picture[-2:]):
        assert edge.min() < 110
    with pytest.raises(LayoutError, match="two other strings"):
        surround(ink, "lines", generator)
