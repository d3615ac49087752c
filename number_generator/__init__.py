"""Pictures of digit strings out of single digits: MNIST's glyphs and pen strokes."""

from number_generator.errors import DigitSourceError, GeneratorError, LayoutError
from number_generator.mnist import Glyphs, load_mnist, part_training_glyphs
from number_generator.pen import PenDigit, part_writers, read_unipen
from number_generator.random_strings import MnistStrings, PenStrings, random_digits
from number_generator.strings import compose_mnist_string, compose_overlapping_string

__all__ = [
    "DigitSourceError",
    "GeneratorError",
    "Glyphs",
    "LayoutError",
    "MnistStrings",
    "PenDigit",
    "PenStrings",
    "compose_mnist_string",
    "compose_overlapping_string",
    "load_mnist",
    "part_training_glyphs",
    "part_writers",
    "random_digits",
    "read_unipen",
]
