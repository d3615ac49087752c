"""What the edges of a picture cut off, no part of the number: other writing, a margin line, the edge of a desk."""

import numpy as np
import numpy.typing as npt

from recognizer.ink import Ink, Strokes, connect, erase, find_strokes

_TEXT_SHARE = 0.5  # of the tallest stroke: what stands on the line, and no bit of the writing beside it
_BAR_WIDTH = 0.25  # of a line's height: even a slanted one is no wider
_BAR_UNEVENNESS = 1.5  # of its thickness, at the most: a digit that touches it is not to go with it
_BESIDE_BAR = 0.7  # of its height: a 1 is as high as its neighbours, or nearly so


def without_neighbours(ink: Ink, strokes: Strokes) -> tuple[Ink, Strokes]:
    """Ink and its strokes without bits of other writing at the upper and lower edge, and bars from one to the other.

    They are erased, as they would come back when the text is turned level.
    """
    touches = (strokes[:, 1] <= 0) | (strokes[:, 1] + strokes[:, 3] >= ink.levels.shape[0])
    if not touches.any():  # as with most pictures
        return ink, strokes
    cut, through = _cut_off(strokes, touches), _through(strokes, ink.levels.shape)
    if not (cut | through).any():
        return ink, strokes
    labels, statistics = connect(ink.mask())
    is_gone = _among(statistics, strokes[cut & ~through])
    for number in np.flatnonzero(_among(statistics, strokes[through])):
        left, top, width, height = statistics[number, :4]
        is_gone[number] = _is_even(labels[top : top + height, left : left + width] == number)
    rest = erase(ink, is_gone[labels]) if is_gone.any() else None
    return (ink, strokes) if rest is None else (rest, find_strokes(rest.mask()))


def _among(statistics: npt.NDArray[np.int32], strokes: Strokes) -> npt.NDArray[np.bool_]:
    """Which components are some of these strokes; 0, the paper, is none."""
    wanted = set(map(tuple, strokes.tolist()))  # of both there may be thousands
    found = np.array([tuple(box) in wanted for box in statistics[:, :4].tolist()], np.bool_)
    found[0] = False
    return found


def _is_even(bar: npt.NDArray[np.bool_]) -> bool:
    thickness = np.percentile(bar.sum(axis=1), (50, 98))
    return bool(thickness[1] <= _BAR_UNEVENNESS * thickness[0] + 1)


def _cut_off(strokes: Strokes, touches: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which strokes are of other lines of writing, that the upper or the lower edge cuts off. touches: which do."""
    tops, bottoms = strokes[:, 1], strokes[:, 1] + strokes[:, 3]
    inner = strokes[~touches]
    if not len(inner) or inner[:, 3].max() < _TEXT_SHARE * strokes[:, 3].max():
        return np.zeros_like(touches)
    text = inner[inner[:, 3] >= _TEXT_SHARE * inner[:, 3].max()]
    top, bottom = text[:, 1].min(), (text[:, 1] + text[:, 3]).max()
    shared = np.minimum(bottoms, bottom) - np.maximum(tops, top)
    return np.asarray(touches & (shared < _TEXT_SHARE * strokes[:, 3]))


def _through(strokes: Strokes, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which may be bars: from the upper edge to the lower, at a side of the picture or narrow, beside lower strokes."""
    left, top, width, height = strokes.T
    through = (top <= 0) & (top + height >= shape[0])
    beside = height[~through].max(initial=0)
    if not beside:
        return np.zeros_like(through)
    through &= (left <= 0) | (left + width >= shape[1]) | (width <= _BAR_WIDTH * height)
    return np.asarray(through & (beside <= _BESIDE_BAR * height))
