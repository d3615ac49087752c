"""Strings that unseen writers wrote on paper or filled into forms, photographed in colour."""

import math

import numpy as np

from model_export.samples import Drawing, Pixels, Sources, measure_pen
from number_generator import (
    FORMS,
    FORMS_WITH_CELLS,
    SURROUNDINGS,
    fill_form,
    make_picture,
    random_effects,
    surround,
    uniform_digits,
)

_HEIGHTS = (20, 140)
"""Pixels of a digit in a photo; small ones are as frequent as large ones."""
_STRENGTH = 0.7
"""Of what paper and cameras do at the most: stronger, people cannot read some of them either."""


def photographed(sources: Sources, generator: np.random.Generator) -> Drawing:
    """Digits apart, as in forms: those that touch have a set of their own."""
    digits = uniform_digits(int(generator.integers(3, 9)), generator)
    height = _random_height(generator)
    ink = sources.pen.draw(digits, generator, height=height, touching=False)
    return _take(ink, None, digits, "photo", height, sources, generator)


def filled_in(sources: Sources, generator: np.random.Generator) -> Drawing:
    """In boxes, on a comb, in a frame, on ruled lines or on squared paper, each as often."""
    digits = uniform_digits(int(generator.integers(4, 9)), generator)
    height = _random_height(generator)
    form = FORMS[generator.integers(len(FORMS))]
    cells = None
    if form in FORMS_WITH_CELLS:
        ink, cells = sources.pen.draw_in_cells(digits, generator, height=height)
    else:
        ink = sources.pen.draw(digits, generator, height=height, touching=False)
    filled = fill_form(form, ink, generator, cells)
    return _take(filled.ink, filled.lines, digits, "form", height, sources, generator)


def surrounded(sources: Sources, generator: np.random.Generator) -> Drawing:
    """On a desk, cut out along a box, beside a margin line, or between other lines of writing, each as often."""
    digits = uniform_digits(int(generator.integers(3, 9)), generator)
    height = _random_height(generator)
    ink = sources.pen.draw(digits, generator, height=height, touching=False)
    others = [sources.pen.draw(uniform_digits(len(digits), generator), generator, height=height) for _ in range(2)]
    picture = surround(ink, SURROUNDINGS[generator.integers(len(SURROUNDINGS))], generator, others)
    pen_width = measure_pen(ink)
    return Drawing(picture, digits, "surrounded", height + pen_width, pen_width)


def _random_height(generator: np.random.Generator) -> float:
    return math.exp(generator.uniform(*np.log(_HEIGHTS)))


def _take(
    ink: Pixels,
    lines: Pixels | None,
    digits: str,
    kind: str,
    height: float,
    sources: Sources,
    generator: np.random.Generator,
) -> Drawing:
    effects = random_effects(generator, _STRENGTH)
    others = []
    if effects.neighbours or effects.show_through:
        others = [sources.pen.draw(uniform_digits(len(digits), generator), generator, height=height) for _ in range(2)]
    picture = make_picture(ink, generator, effects, lines=lines, others=others, colour=True)
    pen_width = measure_pen(ink)
    return Drawing(picture, digits, kind, height + pen_width, pen_width)
