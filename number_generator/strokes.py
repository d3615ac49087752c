"""Strokes of a whole string made thicker or thinner, and worn."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from number_generator.camera import stretch

Grey = npt.NDArray[np.uint8]

_WORN_GRAIN = 3.0  # pixels from one worn place to the next, on the average


def change_thickness(picture: Grey, generator: np.random.Generator) -> Grey:
    """Make strokes thinner or thicker by about half a pixel; the picture comes back twice as large."""
    twice = _doubled(picture)
    thinner = generator.random() < 0.5
    return np.asarray(twice.filter(ImageFilter.MinFilter(3) if thinner else ImageFilter.MaxFilter(3)))


def thicken(picture: Grey, amount: float) -> Grey:
    """Make strokes thicker by a share of a pixel, or thinner where it is below 0; the size stays.

    amount: -1 to 1.
    """
    twice = _doubled(picture)
    most = twice.filter(ImageFilter.MinFilter(3) if amount < 0 else ImageFilter.MaxFilter(3))
    return np.asarray(Image.blend(twice, most, abs(amount)).reduce(2))


def wear(picture: Grey, generator: np.random.Generator, strength: float) -> Grey:
    """Thin strokes out in places, down to breaks, as print and dry pens do. strength: 0 to 1."""
    height, width = picture.shape
    thinner = ImageFilter.MinFilter(3)  # twice: as MinFilter(5), in half the time
    thinned = np.asarray(_doubled(picture).filter(thinner).filter(thinner).reduce(2), np.float32)
    grain = generator.random((2 + round(height / _WORN_GRAIN), 2 + round(width / _WORN_GRAIN)), np.float32)
    worn = np.clip(3 * (stretch(grain, picture.shape) - (1 - 0.6 * strength)) + 0.5, 0, 1) * min(0.8, 2 * strength)
    return np.asarray(picture * (1 - worn) + thinned * worn + np.float32(0.5), np.uint8)


def _doubled(picture: Grey) -> Image.Image:
    height, width = picture.shape
    return Image.fromarray(picture).resize((2 * width, 2 * height), Image.Resampling.BILINEAR)
