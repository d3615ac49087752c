"""Other ways in which the same hand might have written a digit: few writers stand for many."""

import math

import numpy as np

from number_generator.bending import node_weights
from number_generator.pen import PenDigit, Stroke, normalize

_NODES = 4  # a side of the grid that bends a digit
_MOST_BENT = 0.07  # digit heights, the standard deviation of a node's move
_STROKE_MOVE, _STROKE_SCALE = 0.025, 0.06  # standard deviations, of strokes of their own


def vary_strokes(digit: PenDigit, generator: np.random.Generator) -> PenDigit:
    """A digit bent, slanted, turned and stretched a little, its strokes moved against each other, to its height of 1.

    The bend is that of `glyphs.random_bend`, on points in the place of pixels.
    """
    wide = math.exp(generator.normal(0, 0.12))
    slant, turn = generator.normal(0, (0.08, 0.05))
    cosine, sine = math.cos(turn), math.sin(turn)
    matrix = np.array([[wide * cosine, sine], [-slant - sine, cosine]])
    moves = generator.normal(0, generator.uniform(0, _MOST_BENT), (_NODES * _NODES, 2))
    strokes = [_bent(_varied(stroke, digit, generator), moves) @ matrix for stroke in digit.strokes]
    return PenDigit(digit.label, digit.writer, normalize(strokes))


def _varied(stroke: Stroke, digit: PenDigit, generator: np.random.Generator) -> Stroke:
    """A stroke of several, moved and scaled by itself."""
    if len(digit.strokes) == 1:
        return stroke
    middle = stroke.mean(axis=0)
    return np.asarray(
        (stroke - middle) * math.exp(generator.normal(0, _STROKE_SCALE)) + middle + generator.normal(0, _STROKE_MOVE, 2)
    )


def _bent(stroke: Stroke, moves: Stroke) -> Stroke:
    """Each point moved by the grid's nodes (`_NODES` squared, 2) about it."""
    across, down = (node_weights(stroke[:, axis], _NODES, 1 / (_NODES - 1)) for axis in (0, 1))
    weights = (down[:, :, None] * across[:, None, :]).reshape(len(stroke), -1)
    return np.asarray(stroke + weights / (weights.sum(axis=1, keepdims=True) + 1e-9) @ moves)
