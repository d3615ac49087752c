"""Named test sets, made by seed from digits that nothing was trained on.

MNIST's test split, and the pen strokes of the validation writers, who also chose the checkpoint.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator import Glyphs, PenStrings, compose_overlapping_string, load_mnist, part_writers, read_unipen
from number_generator.pen import draw_strokes

Grey = npt.NDArray[np.uint8]

CANVAS = (700, 160)
"""Width and height, in pixels, of the canvas of the set `drawn`."""

_CANVAS_MARGIN = 10
_LENGTHS = np.arange(1, 6)


@dataclass(frozen=True)
class Sample:
    """One picture, as the bytes of a PNG file, and the number in it."""

    png: bytes
    digits: str


@dataclass(frozen=True)
class TestSet:
    """A recipe for labelled pictures. count: how many by default; needs: "mnist" or "pen"."""

    __test__ = False  # no test class, whatever its name says to pytest

    name: str
    description: str
    needs: str
    count: int
    draw: Callable[["Sources", np.random.Generator], tuple[Grey, str]]


class Sources:
    """Held-out digits, loaded when they are first needed."""

    def __init__(self, mnist_folder: Path | None, pen_file: Path | None) -> None:
        self._mnist_folder, self._pen_file = mnist_folder, pen_file

    def has(self, source: str) -> bool:
        return source == "mnist" or self._pen_file is not None

    def load(self, source: str) -> None:
        """Load a source now. Raises GeneratorError."""
        _ = self.glyphs if source == "mnist" else self.pen

    @cached_property
    def glyphs(self) -> Glyphs:
        return load_mnist("test", self._mnist_folder)

    @cached_property
    def pen(self) -> PenStrings:
        assert self._pen_file is not None
        return PenStrings(part_writers(read_unipen(self._pen_file))[1])


def make_samples(test_set: TestSet, sources: Sources, count: int, seed: int = 0) -> Iterator[Sample]:
    """The first `count` samples of a set; the same ones for the same seed."""
    generator = np.random.default_rng([seed, *test_set.name.encode()])
    for _ in range(count):
        picture, digits = test_set.draw(sources, generator)
        yield Sample(encode_png(picture), digits)


def encode_png(picture: Grey) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def _predecessor(sources: Sources, generator: np.random.Generator) -> tuple[Grey, str]:
    length = int(generator.choice(_LENGTHS, p=_LENGTHS / _LENGTHS.sum()))
    return compose_overlapping_string(length, sources.glyphs, generator)


def _of_length(length: int) -> Callable[[Sources, np.random.Generator], tuple[Grey, str]]:
    """Any digits, a leading or lone zero among them."""

    def draw(sources: Sources, generator: np.random.Generator) -> tuple[Grey, str]:
        digits = "".join(map(str, generator.integers(0, 10, length)))
        return compose_overlapping_string(length, sources.glyphs, generator, digits=digits)

    return draw


def _repeated(sources: Sources, generator: np.random.Generator) -> tuple[Grey, str]:
    digits = str(generator.integers(0, 10)) * int(generator.integers(2, 6))
    return compose_overlapping_string(len(digits), sources.glyphs, generator, digits=digits)


def _unlike(sources: Sources, generator: np.random.Generator) -> tuple[Grey, str]:
    """As long as the repeated ones, of digits all different: what those are compared with."""
    digits = "".join(map(str, generator.permutation(10)[: int(generator.integers(2, 6))]))
    return compose_overlapping_string(len(digits), sources.glyphs, generator, digits=digits)


def _drawn(sources: Sources, generator: np.random.Generator) -> tuple[Grey, str]:
    """A string anywhere on the canvas, dark on light or light on dark."""
    digits = "".join(map(str, generator.integers(0, 10, generator.integers(1, 9))))
    pen_width = generator.uniform(5, 14)
    room = np.array(CANVAS) - 2 * _CANVAS_MARGIN - pen_width
    strokes = sources.pen.write(digits, generator, generator.uniform(45, 110))
    extent = np.max([stroke.max(axis=0) for stroke in strokes], axis=0)
    shrink = min(1.0, *(room / np.maximum(extent, 1)))
    free = room - extent * shrink
    move = _CANVAS_MARGIN + pen_width / 2 + generator.uniform(0, 1, 2) * free
    ink = draw_strokes([stroke * shrink + move for stroke in strokes], CANVAS, pen_width)
    return (ink if generator.random() < 0.5 else 255 - ink), digits


TEST_SETS = {
    test_set.name: test_set
    for test_set in (
        TestSet("predecessor", "1 to 5 overlapping MNIST digits, as the predecessor", "mnist", 10_000, _predecessor),
        TestSet("length-1", "1 MNIST digit", "mnist", 2_000, _of_length(1)),
        TestSet("length-10", "10 overlapping MNIST digits", "mnist", 1_000, _of_length(10)),
        TestSet("length-20", "20 overlapping MNIST digits", "mnist", 1_000, _of_length(20)),
        TestSet("repeated", "2 to 5 MNIST digits, all the same", "mnist", 2_000, _repeated),
        TestSet("unlike", "2 to 5 MNIST digits, all different", "mnist", 2_000, _unlike),
        TestSet("drawn", "1 to 8 digits drawn on a canvas by writers not trained on", "pen", 2_000, _drawn),
    )
}
