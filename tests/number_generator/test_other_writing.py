import numpy as np
import pytest

from number_generator import OTHER_WRITING, OtherWriting, draw_other_writing


@pytest.mark.parametrize("kind", OTHER_WRITING)
@pytest.mark.parametrize("seed", range(5))
def test_every_kind_is_ink_or_lines_on_paper(kind: OtherWriting, seed: int) -> None:
    ink, lines = draw_other_writing(np.random.default_rng(seed), kind)
    assert ink.dtype == np.uint8
    assert ink.ndim == 2
    assert min(ink.shape) >= 8
    if kind == "form":
        assert lines is not None
        assert not ink.any()
        assert lines.max() > 128
    else:
        assert lines is None
        assert ink.max() == 255
        assert (ink == 0).any()


def test_pictures_repeat_by_seed_and_differ_without() -> None:
    first, again, other = (draw_other_writing(np.random.default_rng(seed), "scribble")[0] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_all_kinds_come(generator: np.random.Generator) -> None:
    forms = sum(draw_other_writing(generator)[1] is not None for _ in range(100))
    assert 5 < forms < 40
