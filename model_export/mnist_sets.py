"""Strings of MNIST's test digits: overlapping as the CRNN predecessor makes them, or frame beside frame."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model_export.samples import Drawing, Pixels, Sources, measure_pen
from number_generator import compose_mnist_string, compose_overlapping_string, overlapping_lengths, uniform_digits
from number_generator.strings import parse_digits

Draw = Callable[[Sources, np.random.Generator], Drawing]

PREDECESSOR = "predecessor"
"""The name of the set of the CRNN predecessor's strings."""
PUBLISHED = (0.9865, 0.0114)
"""Its accuracy, by positions, and its CER, as its own code counts them: `Score.positions`, `Score.string_errors`."""

_DIGIT_HEIGHT = 20.0  # MNIST fits every digit into 20 x 20 of its 28 x 28 pixels


def predecessor(sources: Sources, generator: np.random.Generator) -> Drawing:
    (length,) = overlapping_lengths(1, generator)
    return _drawing(*compose_overlapping_string(length, sources.glyphs, generator))


def of_length(length: int) -> Draw:
    def draw(sources: Sources, generator: np.random.Generator) -> Drawing:
        return _overlapping(uniform_digits(length, generator), sources, generator)

    return draw


def repeated(sources: Sources, generator: np.random.Generator) -> Drawing:
    digits = str(generator.integers(0, 10)) * int(generator.integers(2, 6))
    return _overlapping(digits, sources, generator)


def unlike(sources: Sources, generator: np.random.Generator) -> Drawing:
    """As long as the repeated ones, of digits all different: what those are compared with."""
    digits = "".join(map(str, generator.permutation(10)[: int(generator.integers(2, 6))]))
    return _overlapping(digits, sources, generator)


def leading_zeros(sources: Sources, generator: np.random.Generator) -> Drawing:
    length, zeros = int(generator.integers(3, 9)), int(generator.integers(1, 4))
    return _overlapping("0" * zeros + uniform_digits(length - zeros, generator), sources, generator)


def side_by_side(length: int) -> Draw:
    """Frames of 28 x 28 pixels that neither overlap nor leave a gap."""

    def draw(sources: Sources, generator: np.random.Generator) -> Drawing:
        digits = uniform_digits(length, generator)
        return _drawing(compose_mnist_string(parse_digits(digits), sources.glyphs, generator), digits)

    return draw


def phone(sources: Sources, generator: np.random.Generator) -> Drawing:
    """As `python -m number_generator phone` writes them: black on white."""
    digits = "0" + uniform_digits(10, generator)
    picture = compose_mnist_string(parse_digits(digits), sources.glyphs, generator, spacing_range=(0, 14))
    return replace(_drawing(picture, digits), picture=255 - picture)


def _overlapping(digits: str, sources: Sources, generator: np.random.Generator) -> Drawing:
    return _drawing(*compose_overlapping_string(len(digits), sources.glyphs, generator, digits=digits))


def _drawing(picture: Pixels, digits: str) -> Drawing:
    return Drawing(picture, digits, "MNIST", _DIGIT_HEIGHT, measure_pen(picture))
