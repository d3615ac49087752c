from dataclasses import fields

import numpy as np
import pytest

from number_generator import Effects, random_effects

STRENGTHS = [field.name for field in fields(Effects) if field.name != "inverted"]


@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_no_effect_is_stronger_than_asked(strength: float, generator: np.random.Generator) -> None:
    for _ in range(50):
        effects = random_effects(generator, strength)
        assert all(0 <= getattr(effects, name) <= strength for name in STRENGTHS)


def test_of_many_pictures_each_effect_is_in_some_and_missing_in_some(generator: np.random.Generator) -> None:
    mixes = [random_effects(generator) for _ in range(300)]
    for name in [*STRENGTHS, "inverted"]:
        assert {getattr(effects, name) > 0 for effects in mixes} == {False, True}
