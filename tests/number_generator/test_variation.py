import numpy as np
import pytest

from number_generator.pen import PenDigit
from number_generator.variation import vary_strokes

SEVEN = PenDigit(
    7,
    3,
    (
        np.column_stack((np.linspace(0, 0.6, 12), np.linspace(0, 0.05, 12))),
        np.column_stack((np.linspace(0.6, 0.2, 12), np.linspace(0.05, 1, 12))),
    ),
)


@pytest.mark.parametrize("seed", range(20))
def test_a_varied_digit_is_of_the_same_kind_and_height_and_near_the_first(seed: int) -> None:
    varied = vary_strokes(SEVEN, np.random.default_rng(seed))
    points = np.concatenate(varied.strokes)
    assert (varied.label, varied.writer) == (7, 3)
    assert [stroke.shape for stroke in varied.strokes] == [(12, 2), (12, 2)]
    assert points.min(axis=0) == pytest.approx((0, 0), abs=1e-9)
    assert points[:, 1].max() == pytest.approx(1)
    assert 0.02 < np.abs(points - np.concatenate(SEVEN.strokes)).max() < 0.5


def test_variations_differ_and_repeat_by_seed() -> None:
    first, again, other = (vary_strokes(SEVEN, np.random.default_rng(seed)).strokes[0] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_dot_can_be_varied() -> None:
    dotted = PenDigit(1, 1, (np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.1, 0.5]])))
    assert all(np.isfinite(stroke).all() for stroke in vary_strokes(dotted, np.random.default_rng(0)).strokes)
