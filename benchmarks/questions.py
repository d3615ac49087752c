"""`python -m benchmarks.questions`: what rules and alternatives cost, as ratios to the plain reading, in one run.

The same pictures, phone numbers of MNIST's test digits, are read in turn by every question.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import trange

from model_export.test_sets import TEST_SETS, Sources, make_samples
from number_generator import GeneratorError, uniform_digits
from recognizer import Constraint, Recognizer


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--mnist-folder", type=Path, help="with MNIST's IDX files")
    parser.add_argument("--count", type=int, default=100, help="pictures (default: %(default)s)")
    options = parser.parse_args()
    try:
        samples = list(make_samples(TEST_SETS["phone"], Sources(options.mnist_folder, None), options.count))
    except GeneratorError as error:
        print(f"questions: {error}", file=sys.stderr)
        return 1
    generator = np.random.default_rng(0)
    numbers = [uniform_digits(11, generator) for _ in range(10_000 - len(samples))]
    listed = Constraint(one_of=(*numbers, *(sample.digits for sample in samples)))
    phone = Constraint(pattern=r"0\d{10}")
    recognizer = Recognizer()
    questions: dict[str, Callable[[bytes], object]] = {
        "plain": recognizer.read,
        "5 alternatives": lambda png: recognizer.read(png, alternatives=5),
        "pattern": lambda png: recognizer.read(png, constraint=phone),
        "pattern and 5 alternatives": lambda png: recognizer.read(png, constraint=phone, alternatives=5),
        "length 11 and luhn": lambda png: recognizer.read(png, constraint=Constraint(length=11, checksum="luhn")),
        "one of 10,000": lambda png: recognizer.read(png, constraint=listed),
    }
    seconds: dict[str, list[float]] = {name: [] for name in questions}
    for read in questions.values():  # compiles, and warms up
        read(samples[0].png)
    for index in trange(len(samples), desc="reading", leave=False, disable=None):
        for name, read in questions.items():
            start = time.perf_counter()
            read(samples[index].png)
            seconds[name].append(time.perf_counter() - start)
    plain = np.array(seconds["plain"])
    print("| question | ms, median | ratio to plain, median |")
    print("|---|---|---|")
    for name, values in seconds.items():
        print(f"| {name} | {1000 * np.median(values):.1f} | {np.median(np.array(values) / plain):.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
