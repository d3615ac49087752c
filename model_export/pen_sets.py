"""Strings drawn with the pen strokes of writers who were not trained on."""

from collections.abc import Callable, Sequence

import numpy as np

from model_export.samples import Drawing, Pixels, Sources
from number_generator import random_line, uniform_digits
from number_generator.pen import Stroke, draw_strokes

Draw = Callable[[Sources, np.random.Generator], Drawing]

CANVAS = (700, 160)
"""Width and height, in pixels, of the canvas of the set `drawn`."""
LONG_CANVAS = (1400, 160)

_CANVAS_MARGIN = 10
_HEIGHTS = (24, 110)
"""Pixels of digits that touch."""
_PEN_WIDTHS = (0.03, 0.15)
"""Of a digit's height."""
_MOST_HIDDEN = 0.12


def on_canvas(size: tuple[int, int], lengths: tuple[int, int]) -> Draw:
    """A string anywhere on a canvas, dark on light or light on dark. lengths: the shortest and the longest."""

    def draw(sources: Sources, generator: np.random.Generator) -> Drawing:
        digits = uniform_digits(int(generator.integers(lengths[0], lengths[1] + 1)), generator)
        return write_on_canvas(digits, size, sources, generator)

    return draw


def write_on_canvas(digits: str, size: tuple[int, int], sources: Sources, generator: np.random.Generator) -> Drawing:
    """Given digits on a canvas of (width, height) pixels, made smaller where they would not fit."""
    pen_width = generator.uniform(5, 14)
    room = np.array(size) - 2 * _CANVAS_MARGIN - pen_width
    height = generator.uniform(45, 110)
    strokes = sources.pen.write(digits, generator, height)
    extent = np.max([stroke.max(axis=0) for stroke in strokes], axis=0)
    shrink = min(1.0, *(room / np.maximum(extent, 1)))
    free = room - extent * shrink
    move = _CANVAS_MARGIN + pen_width / 2 + generator.uniform(0, 1, 2) * free
    ink = draw_strokes([stroke * shrink + move for stroke in strokes], size, pen_width)
    picture = ink if generator.random() < 0.5 else 255 - ink
    return Drawing(picture, digits, "canvas", height * shrink + pen_width, pen_width)


def touching(sources: Sources, generator: np.random.Generator) -> Drawing:
    """Every other string has a run of one digit; some neighbours at least touch or overlap."""
    length = int(generator.integers(2, 7))
    digits = _with_a_run(length, generator) if generator.random() < 0.5 else uniform_digits(length, generator)
    height = generator.uniform(*_HEIGHTS)
    pen_width = height * generator.uniform(*_PEN_WIDTHS)
    while True:
        line = random_line(length, generator, touching=True)
        strokes = sources.pen.write(digits, generator, height, line)
        margins = pen_width / 2 + 1 + generator.uniform(0, height / 2, (2, 2))
        extent = np.max([stroke.max(axis=0) for stroke in strokes], axis=0)
        width, height_of_all = np.ceil(margins.sum(axis=0) + extent).astype(int).tolist()
        moved = [stroke + margins[0] for stroke in strokes]
        ink = draw_strokes(moved, (width, height_of_all), pen_width)
        if _hidden_share(moved, ink, pen_width) <= _MOST_HIDDEN:
            break
    picture = ink if generator.random() < 0.5 else 255 - ink
    return Drawing(picture, digits, "touching", height + pen_width, pen_width)


def _hidden_share(strokes: Sequence[Stroke], ink: Pixels, pen_width: float) -> float:
    """The share of the strokes' ink that lies on other strokes: a 1 on a 1 is one 1 to whoever reads it."""
    size = (ink.shape[1], ink.shape[0])
    alone = sum(float(draw_strokes([stroke], size, pen_width).sum(dtype=np.float64)) for stroke in strokes)
    return 1 - float(ink.sum(dtype=np.float64)) / alone


def _with_a_run(length: int, generator: np.random.Generator) -> str:
    run = int(generator.integers(2, length + 1))
    start = int(generator.integers(0, length - run + 1))
    digits = uniform_digits(length, generator)
    return digits[:start] + digits[start] * run + digits[start + run :]
