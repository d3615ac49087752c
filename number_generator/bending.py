"""The grid whose moved nodes bend what lies about them, pixels and points of strokes alike.

P. Simard, D. Steinkraus, J. Platt: Best Practices for Convolutional Neural Networks Applied to Visual Document
Analysis, ICDAR 2003.
"""

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float64]

_REACH = 0.6  # of the distance between nodes, the standard deviation of a node's influence


def node_weights(places: Field, count: int, distance: float) -> Field:
    """How strongly each of `count` nodes, `distance` apart from 0 on, moves each place: float64 (places, count).

    Gaussian, for one axis, and not brought to a sum of 1.
    """
    nodes = np.arange(count) * distance
    return np.asarray(np.exp(-0.5 * ((places[:, None] - nodes) / (_REACH * distance)) ** 2))
