"""The light on a page, and what a camera makes of it."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from number_generator.effects import Effects

Grey = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]


def illuminate(shape: tuple[int, ...], generator: np.random.Generator, effects: Effects) -> Field:
    """The share of the light that the paper gives back, (height, width)."""
    light = np.ones(shape, np.float32)
    if effects.light or effects.shadow:
        light *= stretch(_uneven_light(shape, generator, effects), shape)
    if effects.texture:
        cell = generator.uniform(1.5, 6)
        grain = generator.standard_normal((2 + int(shape[0] / cell), 2 + int(shape[1] / cell)), np.float32)
        light *= 1 + 0.06 * effects.texture * stretch(grain, shape)
    return light


def _uneven_light(shape: tuple[int, ...], generator: np.random.Generator, effects: Effects) -> Field:
    """A gradient and a soft-edged shadow, at a low resolution."""
    columns = min(96, 4 + 16 * shape[1] // shape[0])
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, 16, dtype=np.float32)[:, None]
    slope_x, slope_y = effects.light * generator.uniform(0.08, 0.3, 2) * generator.choice((-1, 1), 2)
    light = 1 + slope_x * x + slope_y * y
    if effects.shadow:
        angle = generator.uniform(0, 2 * np.pi)
        distance = (x - generator.uniform(-0.7, 0.7)) * np.cos(angle) + (y * 0.5) * np.sin(angle)
        softness = generator.uniform(0.02, 0.3)
        light *= 1 - 0.55 * effects.shadow / (1 + np.exp(-np.clip(distance / softness, -30, 30)))
    return np.asarray(light, np.float32)


def stretch(field: npt.NDArray[np.generic], shape: tuple[int, ...]) -> Field:
    """Smoothly, to (height, width)."""
    image = Image.fromarray(np.asarray(field, np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def take(scene: Field, height: int, generator: np.random.Generator, effects: Effects) -> Grey:
    """What the camera makes of it: blur, noise, JPEG."""
    if effects.blur:
        image = Image.fromarray(_to_bytes(scene))
        radius = float(0.2 + 0.03 * effects.blur * height)
        scene = np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32)
    if effects.noise:
        scene = scene + 10 * effects.noise * generator.standard_normal(scene.shape, np.float32)
    picture = _to_bytes(scene)
    if effects.jpeg:
        packed = io.BytesIO()
        Image.fromarray(picture).save(packed, "JPEG", quality=round(92 - 67 * effects.jpeg))
        picture = np.asarray(Image.open(packed))
    return picture


def _to_bytes(levels: Field) -> Grey:
    return (np.clip(levels, 0, 255) + np.float32(0.5)).astype(np.uint8)
