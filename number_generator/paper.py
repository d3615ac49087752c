"""What paper, light and cameras do to a string: white on black in, a picture as people make them out."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Grey = npt.NDArray[np.uint8]


def add_margin(picture: Grey, generator: np.random.Generator, most: int) -> Grey:
    """Black of up to `most` pixels on each side at random."""
    left, right, above, below = (int(n) for n in generator.integers(0, most + 1, 4))
    return np.pad(picture, ((above, below), (left, right)))


def change_thickness(picture: Grey, generator: np.random.Generator) -> Grey:
    """Make strokes thinner or thicker by about half a pixel; the picture comes back twice as large."""
    height, width = picture.shape
    image = Image.fromarray(picture).resize((2 * width, 2 * height), Image.Resampling.BILINEAR)
    thinner = generator.random() < 0.5
    return np.asarray(image.filter(ImageFilter.MinFilter(3) if thinner else ImageFilter.MaxFilter(3)))


def photograph(picture: Grey, generator: np.random.Generator, strength: float = 1.0) -> Grey:
    """Dark ink on paper under uneven light, out of focus, noisy, and packed as JPEG now and then.

    strength: 0 for a clean scan, 1 for a poor photo.
    """
    if generator.random() < 0.5 * strength:
        radius = generator.uniform(0.3, 0.3 + 0.5 * strength) * picture.shape[0] / 36
        picture = np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))
    height, width = picture.shape
    paper = generator.uniform(255 - 100 * strength, 255)
    contrast = generator.uniform(1 - 0.65 * strength, 1)
    slope_x, slope_y = generator.uniform(-0.25, 0.25, 2) * strength
    light = 1 + slope_x * np.linspace(-1, 1, width)[None, :] + slope_y * np.linspace(-1, 1, height)[:, None]
    levels = paper * light * (1 - contrast * picture.astype(np.float32) / 255)
    levels += generator.normal(0, generator.uniform(0, 8 * strength), levels.shape)
    photo = np.clip(levels, 0, 255).astype(np.uint8)
    if generator.random() < 0.3 * strength:
        packed = io.BytesIO()
        Image.fromarray(photo).save(packed, "JPEG", quality=int(generator.integers(40, 90)))
        photo = np.asarray(Image.open(packed))
    return photo  # type: ignore[no-any-return]
