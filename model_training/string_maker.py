"""A random string of either source, with what forms, paper and light do to it, prepared."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from number_generator import (
    FORMS,
    FORMS_WITH_CELLS,
    SURROUNDINGS,
    MnistStrings,
    PenStrings,
    StrokeStrings,
    TracedStrings,
    draw_other_writing,
    fill_form,
    make_picture,
    random_digits,
    random_effects,
    surround,
    uniform_digits,
)
from recognizer.preparation import HEIGHT, Prepared, prepare

Grey = npt.NDArray[np.uint8]
Sample = tuple[Grey, str]

_LONGEST_ON_A_FORM = 12
_NEIGHBOUR_DIGITS = 3
_TOUCHING_SHARE = 0.2  # of the strings, beside those that touch by chance


@dataclass(frozen=True)
class Shares:
    """Of all strings: pen: of strokes. traced: of strokes that MNIST glyphs are traced to; the rest are MNIST glyphs.
    photograph: with what paper, light and cameras do. form: printed lines and boxes round them, and then photographed.
    surrounded: taken from far or cut out badly. other: no numbers at all, read as "".
    """

    pen: float = 0.35
    photograph: float = 0.25
    form: float = 0.15
    surrounded: float = 0.03
    other: float = 0.04
    traced: float = 0.15


Source = MnistStrings | StrokeStrings


class StringMaker:
    """Draws a random string of either source, does to it what forms, paper and light do, and prepares it."""

    def __init__(
        self,
        mnist: MnistStrings,
        pen: PenStrings | None,
        shares: Shares,
        longest: int = 22,
        traced: TracedStrings | None = None,
    ) -> None:
        """longest: of its strings, in digits."""
        self._mnist, self._pen, self._traced, self._shares, self._longest = mnist, pen, traced, shares, longest

    def make(self, generator: np.random.Generator) -> Sample:
        """Pixels, uint8 (HEIGHT, width), and the label."""
        while True:
            if generator.random() < self._shares.other:
                prepared = prepare(take_other_writing(generator))
                if prepared is not None and not _is_upright_stroke(prepared):
                    return prepared.pixels, ""
            source, kind = self._choose_source(generator), generator.random()
            if kind < self._shares.form:
                digits = random_digits(generator, longest=min(self._longest, _LONGEST_ON_A_FORM))
                picture = draw_on_form(source, digits, generator)
            else:
                digits = random_digits(generator, longest=self._longest)
                touching = True if generator.random() < _TOUCHING_SHARE else None
                picture = source.draw(digits, generator, touching=touching)
                kind -= self._shares.form
                if kind < self._shares.photograph:
                    picture = take_photograph(source, picture, generator)
                elif kind < self._shares.photograph + self._shares.surrounded:
                    picture = take_with_surroundings(source, picture, generator)
            prepared = prepare(picture)
            if prepared is not None:  # else a photo too poor to find any ink in
                return prepared.pixels, digits

    def _choose_source(self, generator: np.random.Generator) -> Source:
        if self._pen is None and self._traced is None:
            return self._mnist
        place = generator.random()
        if self._pen is not None and place < self._shares.pen:
            return self._pen
        if self._traced is not None and place > 1 - self._shares.traced:
            return self._traced
        return self._mnist


def take_photograph(source: Source, ink: Grey, generator: np.random.Generator, lines: Grey | None = None) -> Grey:
    """A string, uint8 (height, width), white on black, as a camera sees it; other strings stand about it at times."""
    effects = random_effects(generator, generator.random())
    others = []
    if effects.neighbours or effects.show_through:
        others = [source.draw(uniform_digits(_NEIGHBOUR_DIGITS, generator), generator) for _ in range(2)]
    scale = generator.uniform(0.45, 1.2) if generator.random() < 0.25 else 1.0
    return make_picture(ink, generator, effects, lines=lines, others=others, scale=scale)


def draw_on_form(source: Source, digits: str, generator: np.random.Generator) -> Grey:
    """A photographed form with a string on its lines or in its boxes, uint8 (height, width)."""
    form = FORMS[generator.integers(len(FORMS))]
    cells = None
    if form in FORMS_WITH_CELLS:
        ink, cells = source.draw_in_cells(digits, generator)
    else:
        ink = source.draw(digits, generator)
    filled = fill_form(form, ink, generator, cells)
    return take_photograph(source, filled.ink, generator, filled.lines)


def take_with_surroundings(source: Source, ink: Grey, generator: np.random.Generator) -> Grey:
    """A string, uint8 (height, width), white on black, on paper among other things; dark on light."""
    others = [source.draw(uniform_digits(_NEIGHBOUR_DIGITS, generator), generator) for _ in range(2)]
    return surround(ink, SURROUNDINGS[generator.integers(len(SURROUNDINGS))], generator, others)


def take_other_writing(generator: np.random.Generator) -> Grey:
    """Something that is no number, uint8 (height, width), drawn on a canvas or photographed."""
    ink, lines = draw_other_writing(generator)
    if lines is None and generator.random() < 0.5:
        return ink
    return make_picture(ink, generator, random_effects(generator, 0.7 * generator.random()), lines=lines)


def _is_upright_stroke(prepared: Prepared) -> bool:
    """Whether what is left, say of an empty form, is what people write for a 1."""
    left, right = prepared.columns
    return right - left < 0.4 * HEIGHT
