"""Glyphs -> pen strokes: digits of many hands, to be drawn at any size by any pen.

Thinned by T. Y. Zhang, C. Y. Suen: A Fast Parallel Algorithm for Thinning Digital Patterns, Communications of the
ACM 27 (3), 1984; the lines are followed from ends and junctions, and go on straight on where they cross.
"""

import math
from collections import defaultdict

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator.errors import MissingExtra
from number_generator.pen import PenDigit, Stroke, draw_strokes, normalize

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
_Pixel = tuple[int, int]
_Path = list[_Pixel]

_ENLARGEMENT = 4
_MARGIN = 2  # pixels of the glyph
_INK = 110  # of 255
_SPUR = 1.2  # radii of the pen: shorter ends at a junction are of its thickness, and no strokes
_BRIDGE = 1.5  # radii of the pen: a shorter line between junctions is a crossing
_TANGENT = 10  # enlarged pixels
_SHARPEST = math.radians(60)  # a stroke that crosses another one goes straight on
_SPACING = 3  # enlarged pixels between points
_BOLDEST = 0.35  # of the height, the width of the pen
_LEAST_LIKENESS = 0.75  # of what is drawn again: what both have of ink, by what either has


def trace_glyph(glyph: Grey, label: int, writer: int = 0) -> PenDigit | None:
    """Strokes whose lines are the middle of a glyph's, uint8 (height, width), white on black.

    None where they do not make the same picture again, as where the loop of an 8 is filled with ink, or of a blot.

    Raises:
        MissingExtra: scikit-image is not installed.
    """
    try:
        from scipy.ndimage import distance_transform_edt
        from skimage.morphology import skeletonize
    except ImportError as error:
        raise MissingExtra("tracing glyphs", "scikit-image", "tracing") from error
    ink = _enlarge(glyph) > _INK
    if not ink.any():
        return None
    radii = distance_transform_edt(ink)
    lines: Mask = skeletonize(ink)  # type: ignore[no-untyped-call]
    radius = float(radii[lines].mean())
    if 2 * radius > _BOLDEST * ink.any(axis=1).sum():
        return None
    paths = _without_spurs(_follow(lines), radii)
    strokes = [_smoothed(path) for path in _joined(paths, radius)]
    again = draw_strokes(strokes, (ink.shape[1], ink.shape[0]), 2 * radius) > 127
    if (again & ink).sum() < _LEAST_LIKENESS * (again | ink).sum():
        return None
    return PenDigit(label, writer, normalize(strokes))


def _enlarge(glyph: Grey) -> Grey:
    padded = np.pad(glyph, _MARGIN)
    height, width = padded.shape
    size = (width * _ENLARGEMENT, height * _ENLARGEMENT)
    return np.asarray(Image.fromarray(padded).resize(size, Image.Resampling.BICUBIC))


def _follow(lines: Mask) -> list[_Path]:
    """Paths of neighbouring pixels (row, column) between ends and junctions, and those that are closed."""
    pixels: set[_Pixel] = {(row, column) for row, column in np.argwhere(lines).tolist()}
    neighbours = {pixel: _neighbours(pixel, pixels) for pixel in pixels}
    nodes = [pixel for pixel, others in neighbours.items() if len(others) != 2]
    paths: list[_Path] = []
    walked: set[_Pixel] = set()
    steps: set[tuple[_Pixel, _Pixel]] = set()  # from a path's ends into it

    def walk(start: _Pixel, following: _Pixel) -> _Path:
        path = [start, following]
        while len(neighbours[path[-1]]) == 2 and path[-1] != start:
            before, after = neighbours[path[-1]]
            path.append(after if before == path[-2] else before)
        walked.update(path)
        steps.update(((path[0], path[1]), (path[-1], path[-2])))
        return path

    for node in nodes:
        walked.add(node)
        if not neighbours[node]:
            paths.append([node])
        paths += [walk(node, other) for other in neighbours[node] if (node, other) not in steps]
    for pixel, others in neighbours.items():
        if pixel not in walked:
            paths.append(walk(pixel, others[0]))
    return paths


def _neighbours(pixel: _Pixel, pixels: set[_Pixel]) -> list[_Pixel]:
    """Those at a side, and those at a corner that no side leads to."""
    row, column = pixel
    found = [p for p in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)) if p in pixels]
    for down in (-1, 1):
        for right in (-1, 1):
            corner = (row + down, column + right)
            if corner in pixels and (row + down, column) not in pixels and (row, column + right) not in pixels:
                found.append(corner)
    return found


def _ends(paths: list[_Path]) -> dict[_Pixel, list[tuple[int, int]]]:
    """Where paths end -> (path, 0 for its first pixel and -1 for its last)."""
    ends: dict[_Pixel, list[tuple[int, int]]] = defaultdict(list)
    for index, path in enumerate(paths):
        for side in (0, -1):
            ends[path[side]].append((index, side))
    return ends


def _without_spurs(paths: list[_Path], radii: npt.NDArray[np.float64]) -> list[_Path]:
    ends = _ends(paths)

    def is_spur(path: _Path) -> bool:
        at = [len(ends[path[side]]) for side in (0, -1)]
        if min(at) != 1 or max(at) < 3:
            return False
        junction = path[0] if at[0] > 1 else path[-1]
        return len(path) < _SPUR * float(radii[junction])

    return [path for path in paths if not is_spur(path)]


def _joined(paths: list[_Path], radius: float) -> list[_Path]:
    """Strokes: paths that go on in one another where they meet."""
    places = _places_of_crossings(paths, radius)
    kept = [path for path in paths if len(path) == 1 or len(path) >= _BRIDGE * radius or not _is_bridge(path, places)]
    meeting: dict[_Pixel, list[tuple[int, int]]] = defaultdict(list)
    for index, path in enumerate(kept):
        path[0], path[-1] = places.get(path[0], path[0]), places.get(path[-1], path[-1])
        if path[0] != path[-1]:  # a loop is a stroke of its own
            for side in (0, -1):
                meeting[path[side]].append((index, side))
    partners: dict[tuple[int, int], tuple[int, int]] = {}
    for place in meeting.values():
        free = list(place)
        pairs = sorted((_turn(kept, a, b), a, b) for i, a in enumerate(free) for b in free[i + 1 :] if a[0] != b[0])
        for turn, a, b in pairs:
            if a in free and b in free and (turn < _SHARPEST or len(place) == 2):
                partners[a], partners[b] = b, a
                free.remove(a)
                free.remove(b)
    return _chained(kept, partners)


def _places_of_crossings(paths: list[_Path], radius: float) -> dict[_Pixel, _Pixel]:
    """Junctions so near to each other that they are one -> one of them."""
    ends = _ends(paths)
    places: dict[_Pixel, _Pixel] = {}
    for path in paths:
        first, last = path[0], path[-1]
        if 1 < len(path) < _BRIDGE * radius and len(ends[first]) > 2 and len(ends[last]) > 2:
            first = places.get(first, first)
            moved = places.get(last, last)
            places |= {pixel: first for pixel, place in places.items() if place == moved}
            places[last] = first
    return places


def _is_bridge(path: _Path, places: dict[_Pixel, _Pixel]) -> bool:
    return path[0] in places or path[-1] in places


def _turn(paths: list[_Path], a: tuple[int, int], b: tuple[int, int]) -> float:
    """By how much the pen turns, in radians, on its way from one path into the other."""
    first, second = (_direction(paths[index], side) for index, side in (a, b))
    return abs(math.pi - abs((first - second + math.pi) % (2 * math.pi) - math.pi))


def _direction(path: _Path, side: int) -> float:
    """Of the way from an end into a path, in radians."""
    (row, column), inner = path[side], path[min(_TANGENT, len(path) - 1) if side == 0 else max(-_TANGENT, -len(path))]
    return math.atan2(inner[0] - row, inner[1] - column)


def _chained(paths: list[_Path], partners: dict[tuple[int, int], tuple[int, int]]) -> list[_Path]:
    strokes, used = [], set()
    starts = [(i, side) for i in range(len(paths)) for side in (0, -1) if (i, side) not in partners]
    for start in starts + [(i, 0) for i in range(len(paths))]:  # the latter for rings of paths
        if start[0] in used:
            continue
        stroke: _Path = []
        at: tuple[int, int] | None = start
        while at is not None and at[0] not in used:
            index, side = at
            used.add(index)
            stroke += paths[index][:: 1 if side == 0 else -1]
            at = partners.get((index, -1 - side))
        strokes.append(stroke)
    return strokes


def _smoothed(path: _Path) -> Stroke:
    """Points (x, y), float64 (count, 2)."""
    points = np.array(path, np.float64)[:, ::-1] + 0.5
    count = max(1, round(len(points) / _SPACING))
    if count == 1:
        return points[[0, -1]]
    padded = np.concatenate((np.repeat(points[:1], 2, 0), points, np.repeat(points[-1:], 2, 0)))
    even = np.mean([padded[shift : shift + len(points)] for shift in range(5)], axis=0)
    even[[0, -1]] = points[[0, -1]]
    return np.asarray(even[np.linspace(0, len(even) - 1, count + 1).round().astype(int)])
