"""The one preparation: a grey picture -> what the network sees. Training and serving both call it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

PREPARATION_VERSION = 1
"""Raise it whenever the same picture would be prepared differently: the model was trained on what this makes."""

HEIGHT = 32
"""Pixels of every prepared picture; the ink takes all but a margin above and below."""
MARGIN = 2
WIDTH_STEP = 32
MINIMUM_WIDTH = 64
MAXIMUM_WIDTH = 2048
"""Pixels, about a hundred digits; wider ink is squeezed."""
MAXIMUM_MAGNIFICATION = 4.0
"""Ink lower than this allows stays low: a dash must not become a beam."""

_WORKING_PIXELS = 2_000_000
_BACKGROUND_CELLS = 32
_BACKGROUND_WINDOW = 0.4  # of the shorter side, or of half the longer one: wider than a stroke, even than a lone 1
_MINIMUM_CONTRAST = 20  # grey levels between paper and ink
_NOISE_MULTIPLE = 5.0  # standard deviations: no grain of paper reaches it
_MEDIAN_DIFFERENCE = 0.954  # of two normal variables of deviation 1
_INK_SHARE = 0.35  # of the way from paper to the darkest ink
_SPECK_SHARE = 0.2  # of the tallest stroke
_MINIMUM_EXTENT = 4  # pixels of the largest stroke; the grain of paper makes smaller ones


@dataclass(frozen=True)
class Prepared:
    """Ink of one picture at the network's height.

    pixels: uint8 (HEIGHT, width), ink bright on 0, width a multiple of WIDTH_STEP.
    A column c and row r of it lie at picture x = left + c / scale, y = top + r / scale, in pixels.
    columns: those of the ink, without margin and padding.
    """

    pixels: Grey
    scale: float
    left: float
    top: float
    columns: tuple[int, int]


def prepare(picture: Grey) -> Prepared | None:
    """Find the ink in a grey picture, uint8 (height, width), of either polarity, and bring it to HEIGHT.

    Returns None where there is no ink.
    """
    working, reduction = _working_size(picture)
    ink = _flatten(working if _is_ink_light(working) else 255 - working)
    levels = _find_levels(ink, _noise(working))
    if levels is None:
        return None
    paper, threshold = levels
    bounds = _crop_bounds(ink, threshold)
    if bounds is None:
        return None
    return _scale_to_height(ink, bounds, paper, reduction)


def _working_size(picture: Grey) -> tuple[Grey, float]:
    """Reduce a large picture so that every later step has a bounded cost."""
    height, width = picture.shape
    reduction = min(1.0, (_WORKING_PIXELS / (height * width)) ** 0.5)
    if reduction == 1.0:
        return picture, 1.0
    size = (max(1, round(width * reduction)), max(1, round(height * reduction)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA), reduction  # type: ignore[return-value]


def _is_ink_light(picture: Grey) -> bool:
    """Ink is the minority: levels, less their surroundings, are skewed towards it, whatever the light."""
    levels = picture.astype(np.float32)
    window = max(3, min(picture.shape) // 2)
    detail = levels - cv2.blur(levels, (window, window), borderType=cv2.BORDER_REPLICATE)
    return float((detail * detail * detail).sum()) > 0


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
    if cell > 1:
        paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.subtract(picture, paper)  # type: ignore[return-value]


def _find_levels(ink: Grey, noise: float) -> tuple[float, float] | None:
    """The levels of the paper's noise and of the threshold for ink; None where nothing stands out."""
    histogram = np.bincount(ink.ravel(), minlength=256)
    cumulative = np.cumsum(histogram)
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
    differences = cv2.absdiff(picture[:, 1:], picture[:, :-1])
    cumulative = np.cumsum(np.bincount(differences.ravel(), minlength=256))
    return float(np.searchsorted(cumulative, cumulative[-1] / 2)) / _MEDIAN_DIFFERENCE


def _crop_bounds(ink: Grey, threshold: float) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of all strokes but specks."""
    _, mask = cv2.threshold(ink, threshold, 255, cv2.THRESH_BINARY)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    strokes = statistics[1:, :4]  # left, top, width, height; component 0 is the paper
    extent = strokes[:, 2:].max(axis=1, initial=0)
    if not len(strokes) or extent.max() < _MINIMUM_EXTENT:
        return None
    strokes = strokes[extent >= _SPECK_SHARE * strokes[:, 3].max()]
    left, top = strokes[:, 0].min(), strokes[:, 1].min()
    right, bottom = (strokes[:, 0] + strokes[:, 2]).max(), (strokes[:, 1] + strokes[:, 3]).max()
    return int(left), int(top), int(right), int(bottom)


def _scale_to_height(ink: Grey, bounds: tuple[int, int, int, int], paper: float, reduction: float) -> Prepared:
    left, top, right, bottom = bounds
    height, width = bottom - top, right - left
    room = MAXIMUM_WIDTH - 2 * MARGIN
    scale = min((HEIGHT - 2 * MARGIN) / height, room / width, MAXIMUM_MAGNIFICATION)
    new_height, new_width = max(1, round(height * scale)), min(room, max(1, round(width * scale)))
    crop = ink[top:bottom, left:right]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, (new_width, new_height), interpolation=interpolation).astype(np.float32)
    strokes = scaled[scaled > (paper + scaled.max()) / 2]
    # The upper levels of the strokes become white, so that thin and thick, pencil and ink look alike.
    full = float(np.partition(strokes, len(strokes) * 3 // 4)[len(strokes) * 3 // 4]) if len(strokes) else 255.0
    bright = np.clip((scaled - paper) * (255 / max(full - paper, 1.0)), 0, 255)

    padded_width = max(MINIMUM_WIDTH, -(-(new_width + 2 * MARGIN) // WIDTH_STEP) * WIDTH_STEP)
    above = (HEIGHT - new_height) // 2
    pixels = np.zeros((HEIGHT, padded_width), np.uint8)
    pixels[above : above + new_height, MARGIN : MARGIN + new_width] = np.rint(bright)
    return Prepared(
        pixels=pixels,
        scale=scale * reduction,
        left=left / reduction - MARGIN / (scale * reduction),
        top=top / reduction - above / (scale * reduction),
        columns=(MARGIN, MARGIN + new_width),
    )
