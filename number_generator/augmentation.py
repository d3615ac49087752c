"""What may be done to the digits of a string, to their strokes and to the paper, each with a strength."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from number_generator.effects import Effects
from number_generator.errors import LayoutError
from number_generator.glyphs import random_bend, warp_glyph
from number_generator.paper import make_picture
from number_generator.strokes import thicken, wear

Grey = npt.NDArray[np.uint8]

_STEEPEST = math.radians(28)
_MOST_SLANTED = 0.6  # pixels to the side a pixel of height
_MOST_BENT = 2.2  # pixels, the standard deviation of a node's move
_SHARE_OF_ALL = 0.6  # of a turn or slant is common to all digits of a string
_MIXED_SHARE = 0.4  # of the pictures of a mix have each


@dataclass(frozen=True)
class Augmentation:
    """Strengths from 0, not at all, to 1, as much as a person still reads; drawn anew for every picture up to that.

    rotation, shear, elastic: of each digit. thickness: of the strokes, thicker or thinner. erosion: strokes worn thin
    and broken in places. blur, noise: of the picture. paper: grey, textured and unevenly lit, with specks.

    Raises:
        LayoutError: a strength that is not from 0 to 1.
    """

    rotation: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0
    erosion: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    paper: float = 0.0

    def __post_init__(self) -> None:
        for name in AUGMENTATIONS:
            if not 0 <= getattr(self, name) <= 1:
                raise LayoutError(f"the strength of {name} goes from 0 to 1, not to {getattr(self, name)}")


AUGMENTATIONS = tuple(field.name for field in fields(Augmentation))


def random_augmentation(generator: np.random.Generator, strength: float = 1.0) -> Augmentation:
    """A mix: of each most pictures have none, or a little; `strength` bounds how much."""
    happens = generator.random(len(AUGMENTATIONS)) < _MIXED_SHARE
    amounts = happens * strength * generator.random(len(AUGMENTATIONS)) ** 1.5
    return Augmentation(**dict(zip(AUGMENTATIONS, amounts.tolist(), strict=True)))


def warp_digits(cells: Sequence[Grey], augmentation: Augmentation, generator: np.random.Generator) -> list[Grey]:
    """Turn, slant and bend glyphs, uint8 (28, 28) each, into uint8 (CELL_SIDE, CELL_SIDE) each."""
    turns = _STEEPEST * augmentation.rotation * _alike(len(cells), generator)
    slants = _MOST_SLANTED * augmentation.shear * _alike(len(cells), generator)
    bent = _MOST_BENT * augmentation.elastic * generator.uniform(0.5, 1)
    return [
        warp_glyph(cell, slant, turn, 1, 1, random_bend(generator, bent) if bent else None)
        for cell, slant, turn in zip(cells, slants, turns, strict=True)
    ]


def _alike(count: int, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """From -1 to 1 each, mostly what is drawn for all: one hand wrote them."""
    return _SHARE_OF_ALL * generator.uniform(-1, 1) + (1 - _SHARE_OF_ALL) * generator.uniform(-1, 1, count)


def print_string(ink: Grey, augmentation: Augmentation, generator: np.random.Generator) -> Grey:
    """A string, white on black, with its strokes changed, on paper: black on white, as large as before."""
    if augmentation.thickness:
        ink = thicken(ink, augmentation.thickness * generator.uniform(-1, 1))
    if augmentation.erosion:
        ink = wear(ink, generator, augmentation.erosion * generator.uniform(0.5, 1))
    return make_picture(ink, generator, _effects(augmentation, generator))


def _effects(augmentation: Augmentation, generator: np.random.Generator) -> Effects:
    blur, noise, dimness, light, shadow, texture, specks = generator.uniform(0.4, 1, 7) * (
        (augmentation.blur, augmentation.noise) + (augmentation.paper,) * 5
    )
    return Effects(
        blur=1.5 * blur,
        noise=2.2 * noise,
        dimness=0.8 * dimness,
        light=light,
        shadow=0.6 * shadow * (generator.random() < 0.5),
        texture=texture,
        specks=0.5 * specks * (generator.random() < 0.5),
        fading=0.3 * augmentation.paper * generator.random(),
    )
