from itertools import pairwise

import numpy as np
import pytest

from number_generator.habits import Habits, random_habits, write_by
from number_generator.pen import PenDigit, Stroke


def line(*corners: tuple[float, float]) -> Stroke:
    """Through corners, 10 points from one to the next."""
    return np.concatenate([np.linspace(start, end, 10) for start, end in pairwise(corners)])


ONE = PenDigit(1, 3, (line((0.1, 0), (0, 1)),))
SEVEN = PenDigit(7, 3, (line((0, 0), (0.6, 0.05), (0.2, 1)),))
THREE = PenDigit(3, 3, (line((0, 0), (0.5, 0.2), (0.1, 0.45), (0.5, 0.7), (0, 1)),))
ALL = Habits(hat=True, foot=True, bar=True)


def test_a_one_gets_a_hat_at_its_top_and_a_foot_at_its_bottom(generator: np.random.Generator) -> None:
    written = write_by(ALL, ONE, generator)
    assert (written.label, written.writer) == (1, 3)
    stem, hat, foot = written.strokes
    assert hat[-1] == pytest.approx(stem[0])
    assert (hat[0] < stem[0]).tolist() == [True, False]  # from the left and below
    assert foot[:, 1] == pytest.approx(stem[-1, 1], abs=0.15)
    assert foot[0, 0] < stem[-1, 0] < foot[-1, 0]
    points = np.concatenate(written.strokes)
    assert (points[:, 1].min(), points[:, 1].max()) == pytest.approx((0, 1))


def test_what_a_one_has_it_does_not_get_again(generator: np.random.Generator) -> None:
    with_both = PenDigit(1, 3, (line((0, 0.3), (0.3, 0), (0.3, 1)), line((0.1, 1), (0.5, 1))))
    assert len(write_by(ALL, with_both, generator).strokes) == 2


def test_a_seven_gets_a_bar_across_its_stem_but_not_twice(generator: np.random.Generator) -> None:
    seven, bar = write_by(ALL, SEVEN, generator).strokes
    assert 0.3 < bar[:, 1].min() < bar[:, 1].max() < 0.75
    at_bar = seven[np.abs(seven[:, 1] - bar[:, 1].mean()).argmin(), 0]
    assert bar[0, 0] < at_bar < bar[-1, 0]
    barred = PenDigit(7, 3, (seven, bar))
    assert len(write_by(ALL, barred, generator).strokes) == 2


def test_other_digits_get_nothing(generator: np.random.Generator) -> None:
    (stroke,) = write_by(ALL, THREE, generator).strokes
    np.testing.assert_allclose(stroke, THREE.strokes[0])


def test_haste_cuts_corners_and_keeps_ends(generator: np.random.Generator) -> None:
    (written,) = write_by(Habits(haste=0.05), THREE, generator).strokes
    corner = THREE.strokes[0][19]
    assert np.abs(THREE.strokes[0] - corner).sum(axis=1).min() == 0
    assert 0.04 < np.hypot(*(written - corner).T).min() < 0.25
    np.testing.assert_allclose(written[[0, -1]], THREE.strokes[0][[0, -1]], atol=1e-6)


def test_a_dot_can_be_written_in_haste(generator: np.random.Generator) -> None:
    dotted = PenDigit(
        1, 1, (np.array([[0.0, 0.0], [0.0, 0.5], [0.0, 1.0]]), np.full((3, 2), 0.5), np.array([[0.1, 0.5]]))
    )
    written = write_by(Habits(True, True, True, 0.08), dotted, generator)
    assert all(np.isfinite(stroke).all() for stroke in written.strokes)


def test_hands_differ_and_some_have_no_habits(generator: np.random.Generator) -> None:
    hands = [random_habits(generator) for _ in range(400)]
    assert 80 < sum(hand.foot for hand in hands) < 160
    assert all(0 <= hand.haste <= 0.12 for hand in hands)
    assert 50 < hands.count(Habits()) < 250
