"""Where a camera stands: turned and in perspective, with nothing cut off."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator.effects import Effects

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

_STEEPEST = math.radians(6)
_CONVERGENCE = 0.2  # how much larger or smaller one side is than the middle


@dataclass(frozen=True)
class Margins:
    """Pixels of paper round the ink."""

    left: int = 0
    right: int = 0
    above: int = 0
    below: int = 0


@dataclass(frozen=True)
class View:
    """A picture's size, in pixels, and the homography, float64 (3, 3), from its pixels to those of the ink."""

    width: int
    height: int
    to_ink: Matrix
    is_straight: bool

    def show(self, mask: Grey, ink_shape: tuple[int, ...]) -> Grey:
        """What is seen of a mask with the ink's centre, uint8 (height, width)."""
        bleed_x, bleed_y = (mask.shape[1] - ink_shape[1]) / 2, (mask.shape[0] - ink_shape[0]) / 2
        to_mask = _move(bleed_x, bleed_y) @ self.to_ink
        if self.is_straight:
            return _cut_out(mask, round(to_mask[0, 2]), round(to_mask[1, 2]), self.width, self.height)
        coefficients = (to_mask / to_mask[2, 2]).ravel()[:8].tolist()
        image = Image.fromarray(mask).transform(
            (self.width, self.height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
        )
        return np.asarray(image)


def look_at(ink_shape: tuple[int, ...], generator: np.random.Generator, effects: Effects, margins: Margins) -> View:
    """A view of all of the ink and its margins."""
    height, width = ink_shape
    if not effects.rotation and not effects.perspective:
        size = (width + margins.left + margins.right, height + margins.above + margins.below)
        return View(*size, _move(-margins.left, -margins.above), is_straight=True)
    angle = effects.rotation * _STEEPEST * generator.uniform(0.4, 1) * generator.choice((-1, 1))
    vanishing = effects.perspective * _CONVERGENCE * generator.uniform(-1, 1, 2) / (width / 2, height / 2)
    to_picture = np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])
    to_picture = np.array([[1, 0, 0], [0, 1, 0], [*vanishing, 1]]) @ to_picture @ _move(-width / 2, -height / 2)
    corners = to_picture @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    corners = corners[:2] / corners[2]
    low, high = np.floor(corners.min(axis=1)), np.ceil(corners.max(axis=1))
    to_picture = _move(margins.left - low[0], margins.above - low[1]) @ to_picture
    size = (
        int(high[0] - low[0]) + margins.left + margins.right,
        int(high[1] - low[1]) + margins.above + margins.below,
    )
    return View(*size, np.linalg.inv(to_picture), is_straight=False)


def _move(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def _cut_out(mask: Grey, left: int, top: int, width: int, height: int) -> Grey:
    """A window of a mask, black where it reaches beyond."""
    if (left, top, height, width) == (0, 0, *mask.shape):
        return mask
    window = np.zeros((height, width), np.uint8)
    part = mask[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    window[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]] = part
    return window


def rescale(mask: Grey, factor: float) -> Grey:
    """Scale both sides; edges stay as sharp as they were, in pixels, when enlarged."""
    height, width = mask.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    image = Image.fromarray(mask).resize(size, Image.Resampling.BICUBIC)
    if factor > 1.5:
        steepness = min(factor, 5) / 1.5
        image = image.point([round(min(255, max(0, 128 + (level - 110) * steepness))) for level in range(256)])
    return np.asarray(image)
