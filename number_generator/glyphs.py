"""Single glyphs bent, slanted, turned and scaled."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator.bending import Field, node_weights

Grey = npt.NDArray[np.uint8]

CELL_SIDE = 40
"""Pixels: room for a slanted, turned and enlarged glyph of 28."""

_GRID = 5


def warp_glyph(
    glyph: Grey, slant: float, turn: float, wide: float, high: float, bend: tuple[Field, Field] | None = None
) -> Grey:
    """Shear, turn (radians) and scale a glyph about its centre, uint8 (CELL_SIDE, CELL_SIDE).

    bend: moves of each pixel along x and y, in pixels.
    """
    cosine, sine = math.cos(turn), math.sin(turn)
    forward = np.array([[cosine, -sine], [sine, cosine]]) @ np.array([[wide, -slant * high], [0, high]])
    inverse = np.linalg.inv(forward)
    centre_out, centre_in = CELL_SIDE / 2, glyph.shape[0] / 2
    offset = centre_in - inverse @ (centre_out, centre_out)
    if bend is not None:
        return _remap(glyph, inverse, offset, bend)
    coefficients = (*inverse[0], offset[0], *inverse[1], offset[1])
    image = Image.fromarray(glyph).transform(
        (CELL_SIDE, CELL_SIDE), Image.Transform.AFFINE, coefficients, resample=Image.Resampling.BILINEAR
    )
    return np.asarray(image)


def random_bend(generator: np.random.Generator, amount: float = 0.9) -> tuple[Field, Field]:
    """A smooth random displacement, in pixels, with `amount` for its standard deviation at the nodes of a grid."""
    nodes_x, nodes_y = generator.normal(0, amount, (2, _GRID, _GRID))
    return _SMOOTH @ nodes_x @ _SMOOTH.T, _SMOOTH @ nodes_y @ _SMOOTH.T


def _smoothing() -> Field:
    """(CELL_SIDE, _GRID): from a grid's nodes to pixels."""
    weights = node_weights(_PLACES, _GRID, CELL_SIDE / (_GRID - 1))
    normalized: Field = weights / weights.sum(axis=1, keepdims=True)
    return normalized


_PLACES: Field = np.arange(CELL_SIDE, dtype=np.float64) + 0.5
_SMOOTH = _smoothing()


def _remap(glyph: Grey, inverse: Field, offset: Field, bend: tuple[Field, Field]) -> Grey:
    """Bilinear; pixel centres lie at halves."""
    side = glyph.shape[0]
    x = inverse[0, 0] * _PLACES[None, :] + inverse[0, 1] * _PLACES[:, None] + offset[0] + 0.5 + bend[0]
    y = inverse[1, 0] * _PLACES[None, :] + inverse[1, 1] * _PLACES[:, None] + offset[1] + 0.5 + bend[1]
    padded = np.zeros((side + 2, side + 2), np.float32)
    padded[1:-1, 1:-1] = glyph
    np.clip(x, 0, side + 0.999, out=x)
    np.clip(y, 0, side + 0.999, out=y)
    column, row = x.astype(np.int64), y.astype(np.int64)
    right, down = (x - column).astype(np.float32), (y - row).astype(np.float32)
    flat, index = padded.ravel(), row * (side + 2) + column
    above = flat[index] * (1 - right) + flat[index + 1] * right
    index += side + 2
    below = flat[index] * (1 - right) + flat[index + 1] * right
    return np.asarray(above * (1 - down) + below * down + np.float32(0.5), np.uint8)
