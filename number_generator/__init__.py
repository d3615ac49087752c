"""Pictures of digit strings out of single digits: MNIST's glyphs and pen strokes, on paper and forms."""

from number_generator.api import generate_numbers_sequence, generate_phone_numbers
from number_generator.augmentation import AUGMENTATIONS, Augmentation, random_augmentation
from number_generator.data_generator import DataGenerator
from number_generator.dataset import write_dataset
from number_generator.effects import Effects, random_effects
from number_generator.errors import DigitSourceError, GeneratorError, LayoutError, MissingExtra, OutputError
from number_generator.forms import FORMS, FORMS_WITH_CELLS, FilledForm, Form, fill_form
from number_generator.line_style import LineStyle, neat_line, random_line
from number_generator.mnist import Glyphs, load_mnist, part_training_glyphs
from number_generator.other_writing import OTHER_WRITING, OtherWriting, draw_other_writing
from number_generator.paper import make_picture, make_transparent
from number_generator.pen import PenDigit, mnist_like_glyph, part_writers, read_unipen
from number_generator.random_strings import MnistStrings, random_digits
from number_generator.strings import (
    compose_mnist_string,
    compose_overlapping_string,
    overlapping_lengths,
    uniform_digits,
)
from number_generator.stroke_strings import PenStrings, StrokeStrings, TracedStrings
from number_generator.surroundings import SURROUNDINGS, Surroundings, surround
from number_generator.version import __version__

__all__ = [
    "AUGMENTATIONS",
    "FORMS",
    "FORMS_WITH_CELLS",
    "OTHER_WRITING",
    "SURROUNDINGS",
    "Augmentation",
    "DataGenerator",
    "DigitSourceError",
    "Effects",
    "FilledForm",
    "Form",
    "GeneratorError",
    "Glyphs",
    "LayoutError",
    "LineStyle",
    "MissingExtra",
    "MnistStrings",
    "OtherWriting",
    "OutputError",
    "PenDigit",
    "PenStrings",
    "StrokeStrings",
    "Surroundings",
    "TracedStrings",
    "__version__",
    "compose_mnist_string",
    "compose_overlapping_string",
    "draw_other_writing",
    "fill_form",
    "generate_numbers_sequence",
    "generate_phone_numbers",
    "load_mnist",
    "make_picture",
    "make_transparent",
    "mnist_like_glyph",
    "neat_line",
    "overlapping_lengths",
    "part_training_glyphs",
    "part_writers",
    "random_augmentation",
    "random_digits",
    "random_effects",
    "random_line",
    "read_unipen",
    "surround",
    "uniform_digits",
    "write_dataset",
]
