"""Paper and ink of a grey picture told apart: polarity, light and shadow, levels, strokes."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Strokes = npt.NDArray[np.int32]

_POLARITY_PIXELS = 20_000
_BORDER_CONTRAST = 0.4  # of all that lies between darkest and lightest: so unlike the rest is a line along the edge
_MOST_BORDER = 0.125  # of a side
_BACKGROUND_CELLS = 32
_BACKGROUND_WINDOW = 0.4  # of the shorter side, or of half the longer one: wider than a stroke, even than a lone 1
_MINIMUM_CONTRAST = 20  # grey levels between paper and ink
_NOISE_MULTIPLE = 5.0  # standard deviations: no grain of paper reaches it
_MEDIAN_DIFFERENCE = 0.954  # of two normal variables of deviation 1
_INK_SHARE = 0.35  # of the way from paper to the darkest ink
SPECK_SHARE = 0.2  # of the tallest stroke
_MINIMUM_EXTENT = 4  # pixels of the largest stroke; the grain of paper makes smaller ones


@dataclass(frozen=True)
class Ink:
    """levels: uint8 (height, width), ink bright on paper near 0; paper, threshold: grey levels of it.

    noise: standard deviation of the picture's noise, in grey levels.
    with_lines: as levels, with the lines of forms that are no longer there; None where there were none.
    """

    levels: Grey
    paper: float
    threshold: float
    noise: float
    with_lines: Grey | None = None

    @property
    def shown(self) -> Grey:
        """What the network is to see."""
        return self.levels if self.with_lines is None else self.with_lines

    def mask(self) -> Grey:
        """uint8 (height, width): 255 for ink, 0 for paper."""
        return cv2.threshold(self.levels, self.threshold, 255, cv2.THRESH_BINARY)[1]  # type: ignore[return-value]


def halve(picture: Grey, times: int) -> Grey:
    """Means of 2 x 2 pixels, uint8, so many times over; an odd column or row is cut off."""
    for _ in range(times):
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        # Exactly by two is many times as fast as by any other factor.
        picture = cv2.resize(picture[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return picture


def halvings(picture: Grey, pixels: float) -> int:
    """How often to halve a picture so that so many pixels are left at most, but some of each side."""
    times = math.ceil(math.log2(max(1.0, picture.size / pixels)) / 2)
    return min(times, int(math.log2(min(picture.shape))))


def is_ink_light(picture: Grey) -> bool:
    """Ink is the minority: levels, less their surroundings, are skewed towards it, whatever the light."""
    levels = _without_border(halve(picture, halvings(picture, _POLARITY_PIXELS))).astype(np.float32)
    window = max(3, min(levels.shape) // 2)
    detail = levels - cv2.blur(levels, (window, window), borderType=cv2.BORDER_REPLICATE)
    return float((detail * detail * detail).sum()) > 0


def _without_border(picture: Grey) -> Grey:
    """Without the lines along a picture's edges, such as those of a box that it was cut out by.

    To the blur they seem to go on beyond the edges, so that the paper before them would stand out as ink does.
    """
    lowest, highest, _, _ = cv2.minMaxLoc(picture)
    rows, columns = (
        np.asarray(cv2.reduce(picture, axis, cv2.REDUCE_AVG, dtype=cv2.CV_32F), np.float32).ravel() for axis in (1, 0)
    )
    mean, least = float(rows.mean()), _BORDER_CONTRAST * (highest - lowest)

    def inner(profile: npt.NDArray[np.float32]) -> slice:
        is_paper = np.abs(profile - mean) <= least
        most = int(_MOST_BORDER * len(profile))
        is_paper[most : len(profile) - most] = True
        return slice(int(np.argmax(is_paper)), len(profile) - int(np.argmax(is_paper[::-1])))

    return picture[inner(rows), inner(columns)]


def find_ink(picture: Grey, ink_is_light: bool) -> Ink | None:
    """Light, shadow and paper taken away from a picture, uint8 (height, width); None where nothing stands out."""
    levels = _flatten(picture if ink_is_light else 255 - picture)
    return weigh_ink(levels, _noise(picture))


def weigh_ink(levels: Grey, noise: float) -> Ink | None:
    """Levels of paper and ink, uint8 (height, width), told apart; None where nothing stands out of the noise."""
    found = _find_levels(levels, noise)
    return None if found is None else Ink(levels, *found, noise)


def connect(mask: Grey) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Connected components: a label a pixel, (height, width), and left, top, width, height, area a label."""
    if not mask.size:
        return np.zeros(mask.shape, np.int32), np.zeros((1, 5), np.int32)
    # The algorithm by name: the one that OpenCV picks by itself takes three times as long on some processors.
    _, labels, statistics, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_GRANA)
    return np.asarray(labels, np.int32), np.asarray(statistics, np.int32)


def find_strokes(mask: Grey) -> Strokes:
    """Connected strokes of a mask but specks, int32 (count, 4): left, top, width, height, in pixels."""
    left, top, width, height = cv2.boundingRect(mask)  # most of a canvas is empty
    _, statistics = connect(mask[top : top + height, left : left + width])
    strokes: Strokes = statistics[1:, :4] + np.array([left, top, 0, 0], np.int32)  # component 0 is the paper
    extent = strokes[:, 2:].max(axis=1, initial=0)
    if not len(strokes) or extent.max() < _MINIMUM_EXTENT:
        return strokes[:0]
    large: Strokes = strokes[extent >= SPECK_SHARE * strokes[:, 3].max()]
    return large


def erase(ink: Ink, gone: npt.NDArray[np.bool_]) -> Ink | None:
    """Ink without what lies at some pixels, (height, width), and its soft edges; None where there was nothing else.

    The rest is weighed anew: it may be far paler.
    """
    with_edges = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    left = weigh_ink(np.where(with_edges, np.uint8(0), ink.levels), ink.noise)
    if left is None or ink.with_lines is None:
        return left
    return replace(left, with_lines=np.where(with_edges, np.uint8(0), ink.with_lines))


def _flatten(picture: Grey) -> Grey:
    """Take the paper's own light and shadow away by a grey opening at low resolution; ink is bright."""
    height, width = picture.shape
    cell = max(1, min(height, width) // _BACKGROUND_CELLS)
    small = picture
    if cell > 1:
        small = cv2.resize(picture, (-(-width // cell), -(-height // cell)), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    shorter, longer = sorted(small.shape)
    window = max(3, round(min(max(shorter, longer / 2), 3 * shorter) * _BACKGROUND_WINDOW)) | 1
    kernel = np.ones((window, window), np.uint8)
    paper = cv2.blur(cv2.morphologyEx(small, cv2.MORPH_OPEN, kernel), (3, 3))
    if not paper.any():
        return picture
    if cell > 1:
        paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.subtract(picture, paper)  # type: ignore[return-value]


def _find_levels(levels: Grey, noise: float) -> tuple[float, float] | None:
    """The levels of the paper's noise and of the threshold for ink; None where nothing stands out."""
    cumulative = np.cumsum(_histogram(levels))
    size = int(cumulative[-1])
    paper = float(np.searchsorted(cumulative, size * 0.3))  # a bold 1, tightly cropped, covers two thirds
    spread = paper - float(np.searchsorted(cumulative, size * 0.1))
    darkest = float(np.searchsorted(cumulative, size - min(size // 2, 10 + size // 5000)))
    contrast = darkest - paper
    if contrast < _MINIMUM_CONTRAST:
        return None
    return paper + 2 * spread, paper + max(_INK_SHARE * contrast, 4 * spread, _NOISE_MULTIPLE * noise)


def _noise(picture: Grey) -> float:
    """Standard deviation of the noise, in grey levels, by the median difference of neighbours: few are edges."""
    cumulative = np.cumsum(_histogram(cv2.absdiff(picture[:, 1:], picture[:, :-1])))  # type: ignore[arg-type]
    return float(np.searchsorted(cumulative, cumulative[-1] / 2)) / _MEDIAN_DIFFERENCE


def _histogram(picture: Grey) -> npt.NDArray[np.float64]:
    return cv2.calcHist([picture], [0], None, [256], [0, 256]).ravel().astype(np.float64)
