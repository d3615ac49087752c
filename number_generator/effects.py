"""Which of the things that paper, light and cameras do to a string are done to it, and how strongly."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Effects:
    """Strengths from 0, not at all, to 1, as much as a person still reads. Without any: black on white.

    dimness: of the paper. light: a gradient. shadow: with a soft edge. texture: of the paper. fading: of the ink.
    faint_lines: printed lines are lighter than the ink. colour: of paper, ink and lines. pencil: uneven, grainy ink.
    show_through: of the page behind. neighbours: writing that the border cuts off. margin: blank paper round it all.
    """

    dimness: float = 0.0
    light: float = 0.0
    shadow: float = 0.0
    texture: float = 0.0
    fading: float = 0.0
    faint_lines: float = 0.0
    colour: float = 0.0
    pencil: float = 0.0
    show_through: float = 0.0
    smudges: float = 0.0
    specks: float = 0.0
    neighbours: float = 0.0
    margin: float = 0.0
    rotation: float = 0.0
    perspective: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: float = 0.0
    inverted: bool = False
    """Light ink on dark paper."""


_SHARES = {
    "dimness": 0.6,
    "light": 0.5,
    "shadow": 0.2,
    "texture": 0.3,
    "fading": 0.5,
    "faint_lines": 0.7,
    "colour": 0.5,
    "pencil": 0.2,
    "show_through": 0.08,
    "smudges": 0.1,
    "specks": 0.12,
    "neighbours": 0.08,
    "margin": 0.7,
    "rotation": 0.35,
    "perspective": 0.25,
    "blur": 0.35,
    "noise": 0.4,
    "jpeg": 0.3,
}
"""How many pictures have it."""

_INVERTED_SHARE = 0.1


def random_effects(generator: np.random.Generator, strength: float = 1.0) -> Effects:
    """A realistic mix: of each effect most pictures have none, or a little; `strength` bounds how much of it."""
    happens = generator.random(len(_SHARES)) < np.array(list(_SHARES.values()))
    amounts = happens * strength * generator.random(len(_SHARES)) ** 1.5
    effects = Effects(**dict(zip(_SHARES, amounts.tolist(), strict=True)))
    return replace(effects, inverted=bool(generator.random() < _INVERTED_SHARE * min(1.0, 2 * strength)))
