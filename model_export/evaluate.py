"""`python -m model_export.evaluate`: the table of test sets, read from PNG bytes with the ONNX file."""

import argparse
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from model_export import mnist_sets
from model_export.evaluation import Reader, Score, evaluate
from model_export.statistics import wilson_interval
from model_export.test_sets import TEST_SETS, Sources, TestSet, make_samples
from model_training.trocr.errors import CannotLoad
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


def add_sets_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sets",
        nargs="+",
        type=_sets,
        default=[list(TEST_SETS.values())],
        metavar="SET",
        help=f"by spaces or commas: all (default), or some of {', '.join(TEST_SETS)}",
    )


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


def _sets(text: str) -> list[TestSet]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if "all" in names:
        return list(TEST_SETS.values())
    unknown = [name for name in names if name not in TEST_SETS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no set {', '.join(unknown)}; there are all, {', '.join(TEST_SETS)}")
    return [TEST_SETS[name] for name in names]


def choose_sets(wanted: Iterable[list[TestSet]], sources: Sources) -> list[TestSet]:
    """The sets whose data are there, each once; of the others it is said on standard error why they are left out.

    Raises:
        GeneratorError: a file or folder that was given cannot be read.
    """
    chosen = list(dict.fromkeys(test_set for group in wanted for test_set in group))
    reasons = {source: sources.missing(source) for source in dict.fromkeys(test_set.needs for test_set in chosen)}
    for test_set in chosen:
        if reasons[test_set.needs]:
            print(f"{test_set.name}: left out, {reasons[test_set.needs]}", file=sys.stderr)
    return [test_set for test_set in chosen if not reasons[test_set.needs]]


def evaluate_sets(
    recognizer: Reader, sources: Sources, sets: Iterable[TestSet], count: int | None = None
) -> dict[str, Score]:
    """Score each set, with its own count of strings or the one given."""
    chosen = list(sets)
    for test_set in chosen:  # a missing file is told before hours of reading, not after
        sources.load(test_set.needs)
    return {
        test_set.name: evaluate(
            recognizer, make_samples(test_set, sources, count or test_set.count), test_set.name, count or test_set.count
        )
        for test_set in chosen
    }


def _load_reader(model: Path) -> Reader:
    if not model.is_dir():
        return Recognizer(model)
    from model_training.trocr.reader import TrOCRReader  # with torch and transformers, which take seconds to import

    return TrOCRReader(model)


def table(scores: Mapping[str, Score]) -> str:
    """Markdown."""
    rows = [
        "| set | strings | read whole (95% interval) | CER | ms each | calibration error | accepted | wrong of these |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, score in scores.items():
        accepted, wrong = score.accepted
        cer = "-" if math.isnan(score.cer) else f"{score.cer:.4f}"
        cells = (
            f"{name}: {TEST_SETS[name].description}" if name in TEST_SETS else name,
            f"{score.strings}",
            _share(score.exact, score.strings, 4),
            cer,
            f"{score.milliseconds:.1f}",
            f"{score.calibration_error:.4f}",
            _share(accepted / score.strings, score.strings, 3),
            f"{wrong / max(1, accepted):.4f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def predecessors_words(score: Score) -> str:
    """Its strings scored as its own code scores them, beside what it published."""
    accuracy, cer = mnist_sets.PUBLISHED
    return (
        f"{mnist_sets.PREDECESSOR}, as its own code counts: accuracy {score.positions:.4f} by positions "
        f"(published: {accuracy}), CER {score.string_errors:.4f} (published: {cer})"
    )


def _share(share: float, count: int, places: int) -> str:
    low, high = wilson_interval(share, count)
    return f"{share:.{places}f} ({low:.{places}f}-{high:.{places}f})"


def main() -> int:
    parser = argparse.ArgumentParser("python -m model_export.evaluate", description="Score a model on named test sets.")
    add_sets_argument(parser)
    parser.add_argument(
        "--model",
        type=Path,
        default=SHIPPED_MODEL,
        help="an ONNX file (default: the shipped one), or a folder with a TrOCR",
    )
    parser.add_argument("--show-errors", type=int, default=0, metavar="N", help="print N wrong readings a set")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw misread strings and charts into it")
    add_source_arguments(parser)
    options = parser.parse_args()
    sources = Sources(options.mnist_folder, options.pen_file)
    try:
        chosen = choose_sets(options.sets, sources)
        if not chosen:
            return 1
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
        scores = evaluate_sets(_load_reader(options.model), sources, chosen, options.count)
    except (CannotLoad, GeneratorError, ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(table(scores))
    if (score := scores.get(mnist_sets.PREDECESSOR)) is not None:
        print(predecessors_words(score))
    for name, score in scores.items():
        for wanted, read in score.errors[: options.show_errors]:
            print(f"{name}: {wanted} read as {read or 'nothing'}")
    if options.pictures:
        _write_pictures(scores, options.pictures)
    return 0


def _write_pictures(scores: Mapping[str, Score], folder: Path) -> None:
    from model_export.report_pictures import write_pictures  # matplotlib takes a second to import

    for path in write_pictures(scores, folder):
        print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
