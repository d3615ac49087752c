"""`python -m model_export.evaluate`: the table of test sets, read from PNG bytes with the ONNX file."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from model_export.evaluation import Score, evaluate
from model_export.test_sets import TEST_SETS, Sources, TestSet, make_samples
from number_generator import GeneratorError
from recognizer import ModelError, Recognizer
from recognizer.session import SHIPPED_MODEL


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=_positive, help="strings a set (default: each set's own)")
    parser.add_argument(
        "--mnist-folder", type=Path, help="with MNIST's IDX files (default: downloaded once into data/mnist)"
    )
    parser.add_argument(
        "--pen-file", type=Path, help="UCI's pendigits-orig.tra, plain or gzipped; without it, pen strokes are left out"
    )


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


def evaluate_sets(
    recognizer: Recognizer, sources: Sources, sets: Iterable[TestSet], count: int | None = None
) -> dict[str, Score]:
    """Score each set, with its own count of strings or the one given."""
    chosen = list(sets)
    for test_set in chosen:  # a missing file is told before hours of reading, not after
        sources.load(test_set.needs)
    return {
        test_set.name: evaluate(recognizer, make_samples(test_set, sources, count or test_set.count), test_set.name)
        for test_set in chosen
    }


def table(scores: Mapping[str, Score]) -> str:
    """Markdown."""
    rows = ["| set | strings | read whole (95% interval) | CER | ms a string |", "|---|---|---|---|---|"]
    for name, score in scores.items():
        low, high = score.interval
        rows.append(
            f"| {name}: {TEST_SETS[name].description} | {score.strings} | {score.exact:.4f} ({low:.4f}-{high:.4f}) "
            f"| {score.cer:.4f} | {score.milliseconds:.1f} |"
        )
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser("python -m model_export.evaluate", description="Score a model on named test sets.")
    parser.add_argument(
        "--sets", nargs="+", default=["all"], choices=["all", *TEST_SETS], metavar="SET", help=", ".join(TEST_SETS)
    )
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an ONNX file (default: the shipped one)")
    parser.add_argument("--show-errors", type=int, default=0, metavar="N", help="print N wrong readings a set")
    add_source_arguments(parser)
    options = parser.parse_args()
    sources = Sources(options.mnist_folder, options.pen_file)
    names = TEST_SETS if "all" in options.sets else options.sets
    chosen = [TEST_SETS[name] for name in names]
    for test_set in chosen:
        if not sources.has(test_set.needs):
            print(f"{test_set.name}: left out, it needs --pen-file", file=sys.stderr)
    try:
        runnable = [test_set for test_set in chosen if sources.has(test_set.needs)]
        scores = evaluate_sets(Recognizer(options.model), sources, runnable, options.count)
    except (GeneratorError, ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(table(scores))
    for name, score in scores.items():
        for wanted, read in score.errors[: options.show_errors]:
            print(f"{name}: {wanted} read as {read or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
