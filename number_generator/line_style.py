"""How the digits of one string stand on their line."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Lengths = npt.NDArray[np.float64]

PITCHES = (0.8, 1.6)
"""Digit heights from cell to cell, where each digit stands in a cell of its own."""

_DEEPEST_OVERLAP = -0.15  # digit heights: a 7 may hang over a 4, but no further
_LEAST_SHIFT = 0.25  # digit heights between the same edges of neighbours: a 1 on a 1 would be one 1
_STEEPEST = 0.105  # radians: 6 degrees
_MOST_RISE = 1.2  # digit heights, from the first digit to the last


@dataclass(frozen=True)
class LineStyle:
    """Lengths in digit heights; an array has a value a digit, float64 (count,) or bool (count,).

    wide: factor. gaps: after each digit, between ink; negative ones overlap. touching: these reach the next digit,
    whatever the gap. slant: x moved a unit of height. sizes: factors. drops: moves down. slope: radians, down.
    """

    wide: float
    gaps: Lengths
    touching: npt.NDArray[np.bool_]
    slant: float
    sizes: Lengths
    drops: Lengths
    slope: float


def neat_line(count: int, generator: np.random.Generator) -> LineStyle:
    """Digits apart, about as large, about on one line."""
    wide = generator.uniform(0.75, 1.2)
    gaps = generator.uniform(0.08, 0.6) + generator.normal(0, generator.uniform(0, 0.12), count)
    return LineStyle(
        wide,
        gaps,
        np.zeros(count, np.bool_),
        slant=generator.normal(0, 0.15),
        sizes=np.clip(generator.normal(1, 0.07, count), 0.7, 1.3),
        drops=generator.normal(0, 0.04, count),
        slope=generator.normal(0, 0.025),
    )


def random_line(count: int, generator: np.random.Generator, *, touching: bool | None = None) -> LineStyle:
    """As people write: neat or with wide and uneven gaps, touching, drifting, ascending, slanted, of uneven sizes.

    touching: whether some neighbours touch; by default now and then.
    """
    line = neat_line(count, generator)
    if touching is None:
        touching = generator.random() < 0.18
    gaps, slant, sizes, drops, slope = line.gaps, line.slant, line.sizes, line.drops, line.slope
    joined = line.touching
    if touching:
        gaps = generator.uniform(-0.03, 0.15) + generator.normal(0, generator.uniform(0, 0.06), count)
        joined = generator.random(count) < generator.uniform(0.4, 1)
        joined[generator.integers(max(1, count - 1))] = True
    elif generator.random() < 0.2:
        gaps = generator.uniform(0.2, 1) + np.abs(generator.normal(0, generator.uniform(0.1, 0.4), count))
    if generator.random() < 0.12:
        slant = generator.uniform(-0.4, 0.4)
    if generator.random() < 0.2:
        sizes = sizes * _uneven_sizes(count, generator)
    if generator.random() < 0.2:
        drops = drops + _drift(count, generator)
    if generator.random() < 0.1:
        slope = generator.uniform(-_STEEPEST, _STEEPEST)
    slope = float(np.clip(slope, -_MOST_RISE / count, _MOST_RISE / count))
    return LineStyle(line.wide, gaps, joined, slant, sizes, drops, slope)


def deepest_overlap(narrower: float) -> float:
    """The least gap between neighbours, in digit heights, by the width of the narrower one."""
    return max(_DEEPEST_OVERLAP, _LEAST_SHIFT - narrower)


def _uneven_sizes(count: int, generator: np.random.Generator) -> Lengths:
    """Of all digits, or of a single tall one."""
    if generator.random() < 0.5:
        return np.clip(generator.normal(1, 0.13, count), 0.7, 1.4)
    sizes = np.ones(count)
    sizes[generator.integers(count)] = generator.uniform(1.2, 1.5)
    return sizes


def _drift(count: int, generator: np.random.Generator) -> Lengths:
    """A baseline that wanders, but not away."""
    walk = np.cumsum(generator.normal(0, 0.07, count))
    return np.asarray(np.clip(walk - walk.mean(), -0.3, 0.3))
