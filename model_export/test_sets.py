"""Named test sets, made by seed from digits that nothing was trained on.

MNIST's test split, and the pen strokes of the validation writers, who also chose the checkpoint.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from model_export import mnist_sets, other_sets, paper_sets, pen_sets
from model_export.samples import Drawing, Sample, Sources, pack

__all__ = ["TEST_SETS", "Sample", "Sources", "TestSet", "make_samples", "side_by_side_set"]


@dataclass(frozen=True)
class TestSet:
    """A recipe for labelled pictures. count: how many by default; needs: "mnist", "pen" or "nothing"."""

    __test__ = False  # no test class, whatever its name says to pytest

    name: str
    description: str
    needs: str
    count: int
    draw: Callable[[Sources, np.random.Generator], Drawing]


def make_samples(test_set: TestSet, sources: Sources, count: int, seed: int = 0) -> Iterator[Sample]:
    """The first `count` samples of a set; the same ones for the same seed."""
    generator = np.random.default_rng([seed, *test_set.name.encode()])
    for _ in range(count):
        yield pack(test_set.draw(sources, generator))


_DRAWN = pen_sets.on_canvas(pen_sets.CANVAS, (1, 8))
_DRAWN_LONG = pen_sets.on_canvas(pen_sets.LONG_CANVAS, (12, 20))

_SETS = (
    (
        mnist_sets.PREDECESSOR,
        "1 to 5 overlapping MNIST digits, as the predecessor",
        "mnist",
        10_000,
        mnist_sets.predecessor,
    ),
    ("five", "5 MNIST digits side by side", "mnist", 2_000, mnist_sets.side_by_side(5)),
    ("side-by-side-1", "1 MNIST digit in its frame", "mnist", 2_000, mnist_sets.side_by_side(1)),
    ("side-by-side-2", "2 MNIST digits side by side", "mnist", 2_000, mnist_sets.side_by_side(2)),
    ("side-by-side-3", "3 MNIST digits side by side", "mnist", 2_000, mnist_sets.side_by_side(3)),
    ("side-by-side-4", "4 MNIST digits side by side", "mnist", 2_000, mnist_sets.side_by_side(4)),
    ("phone", "11-digit phone numbers of MNIST digits, spaced at random", "mnist", 1_000, mnist_sets.phone),
    ("length-1", "1 MNIST digit", "mnist", 2_000, mnist_sets.of_length(1)),
    ("length-10", "10 overlapping MNIST digits", "mnist", 1_000, mnist_sets.of_length(10)),
    ("length-15", "15 overlapping MNIST digits", "mnist", 1_000, mnist_sets.of_length(15)),
    ("length-20", "20 overlapping MNIST digits", "mnist", 1_000, mnist_sets.of_length(20)),
    ("leading-zeros", "3 to 8 MNIST digits, the first 1 to 3 of them zeros", "mnist", 2_000, mnist_sets.leading_zeros),
    ("repeated", "2 to 5 MNIST digits, all the same", "mnist", 2_000, mnist_sets.repeated),
    ("unlike", "2 to 5 MNIST digits, all different", "mnist", 2_000, mnist_sets.unlike),
    ("drawn", "1 to 8 digits drawn on a canvas by writers not trained on", "pen", 2_000, _DRAWN),
    ("drawn-long", "12 to 20 digits drawn on a canvas by those writers", "pen", 1_000, _DRAWN_LONG),
    ("touching", "2 to 6 touching or overlapping digits by those writers", "pen", 2_000, pen_sets.touching),
    ("photographed", "3 to 8 digits by those writers, on paper, photographed", "pen", 2_000, paper_sets.photographed),
    ("forms", "4 to 8 digits by those writers, in forms, photographed", "pen", 2_000, paper_sets.filled_in),
    (
        "surrounded",
        "3 to 8 digits by those writers, on a desk or cut out badly",
        "pen",
        2_000,
        paper_sets.surrounded,
    ),
    ("other", "no numbers: scribbles, signatures, letters, words, empty forms", "nothing", 2_000, other_sets.other),
)

TEST_SETS = {test_set.name: test_set for test_set in (TestSet(*entry) for entry in _SETS)}


def side_by_side_set(length: int) -> TestSet:
    """Of so many MNIST digits side by side, as the CNN predecessor pasted them, whether it has a name above or not."""
    name = "five" if length == 5 else f"side-by-side-{length}"
    drawn = mnist_sets.side_by_side(length)
    return TEST_SETS.get(name) or TestSet(name, f"{length} MNIST digits side by side", "mnist", 2_000, drawn)
