import numpy as np
import pytest

from number_generator import AUGMENTATIONS, Augmentation, Glyphs, LayoutError, random_augmentation
from number_generator.sequences import Augment, Layout, compose_number
from number_generator.strokes import thicken, wear


def draw(glyphs: Glyphs, augment: Augment, seed: int = 0) -> np.ndarray:
    return compose_number([4, 0, 9, 5, 0], glyphs, np.random.default_rng(seed), Layout(200), augment)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_changes_the_picture_and_more_so_the_stronger(name: str, glyphs: Glyphs) -> None:
    def change(strength: float) -> float:
        pictures = (draw(glyphs, Augmentation(**{name: strength}), seed) for seed in range(12))
        plain = (draw(glyphs, Augmentation(), seed) for seed in range(12))
        return float(np.mean([np.abs(a.astype(float) - b).mean() for a, b in zip(pictures, plain, strict=True)]))

    assert change(0) == 0
    assert 0 < change(0.3) < change(1)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_digits_are_still_there_at_full_strength(name: str, glyphs: Glyphs) -> None:
    for seed in range(20):
        picture = draw(glyphs, Augmentation(**{name: 1.0}), seed).astype(float)
        dark = picture[(draw(glyphs, Augmentation(), seed) < 100) & (picture < 255)].mean()
        assert np.median(picture) - dark > 40


def test_mixes_differ_and_keep_within_their_strength(generator: np.random.Generator) -> None:
    mixes = [random_augmentation(generator, 0.6) for _ in range(300)]
    for name in AUGMENTATIONS:
        amounts = [getattr(mix, name) for mix in mixes]
        assert min(amounts) == 0
        assert 0.3 < max(amounts) <= 0.6


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(LayoutError, match="blur goes from 0 to 1"):
        Augmentation(blur=strength)


def test_strokes_become_thicker_or_thinner_or_worn_in_their_size(generator: np.random.Generator) -> None:
    ink = np.zeros((28, 60), np.uint8)
    ink[4:24, 10:14] = ink[4:24, 40:44] = 255
    thin, same, thick = (thicken(ink, amount) for amount in (-1, 0, 1))
    worn = wear(ink, generator, 1.0)
    assert thin.shape == same.shape == thick.shape == worn.shape == ink.shape
    assert thin.sum() < same.sum() < thick.sum()
    assert 0.2 * ink.sum() < worn.sum() < 0.9 * ink.sum()
