import numpy as np
import pytest

from number_generator.glyphs import CELL_SIDE, random_bend, warp_glyph


@pytest.fixture
def glyph() -> np.ndarray:
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 12:16] = 255
    return bar


def test_a_bend_by_nothing_is_the_plain_warp(glyph: np.ndarray) -> None:
    still = np.zeros((CELL_SIDE, CELL_SIDE))
    plain, bent = (warp_glyph(glyph, 0.2, 0.1, 1.1, 0.9, bend) for bend in (None, (still, still)))
    np.testing.assert_allclose(plain.astype(int), bent.astype(int), atol=40)
    assert int(bent.sum()) == pytest.approx(int(plain.sum()), rel=0.03)


def test_a_bend_moves_ink_a_little_and_loses_none(glyph: np.ndarray, generator: np.random.Generator) -> None:
    plain = warp_glyph(glyph, 0, 0, 1, 1)
    for _ in range(20):
        bent = warp_glyph(glyph, 0, 0, 1, 1, random_bend(generator))
        assert (bent != plain).any()
        assert int(bent.sum()) == pytest.approx(int(plain.sum()), rel=0.35)
