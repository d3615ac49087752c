"""`python -m model_export.constrained`: how many errors are left where a rule of the number is known."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model_export.evaluate import add_source_arguments
from model_export.evaluation import evaluate
from model_export.mnist_sets import phone
from model_export.pen_sets import LONG_CANVAS, write_on_canvas
from model_export.samples import Drawing, Sources
from model_export.test_sets import TestSet, make_samples
from number_generator import GeneratorError, uniform_digits
from recognizer import Constraint, ModelError, Recognition, Recognizer

_COUNT = 5000
_LISTED = 1000


@dataclass(frozen=True)
class Field:
    """Numbers of one kind, and the rule that they keep."""

    numbers: TestSet
    constraint: Constraint


@dataclass(frozen=True)
class Ruled:
    """A recognizer that keeps to a rule, as a reader to evaluate."""

    recognizer: Recognizer
    constraint: Constraint

    def read(self, picture: bytes) -> Recognition:
        return self.recognizer.read(picture, constraint=self.constraint)


def make_fields(generator: np.random.Generator) -> tuple[Field, ...]:
    listed = tuple(uniform_digits(5, generator) for _ in range(_LISTED))
    is_phone = Constraint(pattern=r"0\d{10}")
    is_card = Constraint(length=16, checksum="luhn")
    described = "phone numbers of MNIST digits"
    return (
        Field(TestSet(rf"{described}, pattern `0\d{{10}}`", described, "mnist", _COUNT, phone), is_phone),
        Field(_drawn(r"11 digits, pattern `0\d{10}`", lambda g: "0" + uniform_digits(10, g)), is_phone),
        Field(_drawn("16 digits, `luhn`", lambda g: append_luhn(uniform_digits(15, g))), is_card),
        Field(_drawn(f"5 digits, one of {_LISTED:,}", lambda g: str(g.choice(listed))), Constraint(one_of=listed)),
    )


def _drawn(name: str, draw: Callable[[np.random.Generator], str]) -> TestSet:
    def write(sources: Sources, generator: np.random.Generator) -> Drawing:
        return write_on_canvas(draw(generator), LONG_CANVAS, sources, generator)

    return TestSet(name, "drawn on a canvas by writers not trained on", "pen", _COUNT, write)


def append_luhn(digits: str) -> str:
    """The digits and their check digit (ISO/IEC 7812-1, annex B)."""
    total = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::-2]) + sum(map(int, digits[-2::-2]))
    return digits + str(-total % 10)


def main() -> int:
    parser = argparse.ArgumentParser("python -m model_export.constrained", description=__doc__)
    add_source_arguments(parser)
    options = parser.parse_args()
    if options.pen_file is None:
        parser.error("it needs --pen-file")
    print("| numbers | strings | wrong without the rule | wrong with it | accepted | wrong of these |")
    print("|---|---|---|---|---|---|")
    try:
        sources, recognizer = Sources(options.mnist_folder, options.pen_file), Recognizer()
        for field in make_fields(np.random.default_rng(0)):
            name, count = field.numbers.name, options.count or field.numbers.count
            samples = list(make_samples(field.numbers, sources, count))
            alone = evaluate(recognizer, samples, name)
            ruled = evaluate(Ruled(recognizer, field.constraint), samples, name)
            accepted, wrong = ruled.accepted
            print(
                f"| {name} | {count} | {1 - alone.exact:.4f} | {1 - ruled.exact:.4f} | {accepted / count:.3f} "
                f"| {wrong / max(1, accepted):.4f} |"
            )
    except (GeneratorError, ModelError, OSError) as error:
        print(f"model_export.constrained: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
