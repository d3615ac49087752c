"""`python -m model_export.quantize`: a model with its convolutions in 8-bit integers, and what that costs and gains."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from model_export.calibrate import HELD_OUT_COUNT, calibrate_held_out, write_calibration
from model_export.comparison import Comparison, accuracy_table, compare, objections, time_table, together
from model_export.evaluate import add_sets_argument, add_source_arguments, choose_sets
from model_export.labelled import CannotCalibrate
from model_export.metadata import Identity, read_metadata, write_metadata
from model_export.quantization import RECIPES, CannotQuantize, Pictures, quantize
from model_export.test_sets import Sources, make_samples
from number_generator import GeneratorError
from recognizer import ModelError, Recognizer
from recognizer.contract import SINGLE_DIGITS
from recognizer.session import SHIPPED_MODEL, Session

TRAINING_STRINGS = 256
_SEED = 2  # other strings than those of training and of calibration

logger = logging.getLogger("model_export")


def main() -> int:
    parser = _parser()
    options = parser.parse_args()
    if options.output.resolve() == options.model.resolve():
        parser.error("--output is the model itself")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        _quantize(options)
    except (CannotQuantize, GeneratorError, ModelError, OSError) as error:
        print(f"model_export.quantize: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m model_export.quantize", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an ONNX file (default: the shipped one)")
    parser.add_argument("--output", type=Path, required=True, help="where the quantized model goes")
    parser.add_argument(
        "--recipe", choices=RECIPES, default="default", help="what is quantized and how; the others are for comparison"
    )
    parser.add_argument("--compare", action="store_true", help="print what it costs and gains, set by set")
    add_sets_argument(parser)
    add_source_arguments(parser)
    return parser


def _quantize(options: argparse.Namespace) -> None:
    Session(options.model)  # a model that cannot be served is told before strings are made
    sources = Sources(options.mnist_folder, options.pen_file)
    sets = choose_sets(options.sets, sources) if options.compare else []
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.output.parent, prefix=".quantize-") as folder:
        draft = Path(folder) / options.output.name
        pictures = training_pictures(options.mnist_folder, options.pen_file)
        quantize(options.model, islice(pictures, TRAINING_STRINGS), draft, RECIPES[options.recipe])
        _calibrate(draft, options)
        if sets:
            model, smaller = Recognizer(options.model), Recognizer(draft)
            comparisons = {}
            for test_set in sets:
                count = options.count or test_set.count
                samples = make_samples(test_set, sources, count)
                comparisons[test_set.name] = compare(model, smaller, samples, test_set.name, count)
            _write_scores(draft, smaller, comparisons)
            _print(comparisons)
        draft.replace(options.output)
    logger.info("wrote %s (%.1f MB)", options.output, options.output.stat().st_size / 1e6)


def training_pictures(mnist_folder: Path | None, pen_file: Path | None) -> Iterator[Pictures]:
    """Prepared strings without end, uint8 (HEIGHT, width), of the glyphs and writers that networks are trained on.

    Raises:
        GeneratorError: the digits cannot be read.
    """
    from model_training.strings_data import StringsData  # with torch and Lightning, which take seconds to import

    folder, file = (None if path is None else str(path) for path in (mnist_folder, pen_file))
    data = StringsData(folder, file, columns=1, validation_strings=3, workers=0, seed=_SEED)
    data.setup()
    for batch in data.train_dataloader():
        yield from batch.pictures.numpy()


def _calibrate(model: Path, options: argparse.Namespace) -> None:
    """Thresholds promise what was measured, and of another model nothing was."""
    try:
        count = min(options.count or HELD_OUT_COUNT, HELD_OUT_COUNT)
        calibration = calibrate_held_out(Session(model), options.mnist_folder, options.pen_file, count)
    except CannotCalibrate as error:
        logger.warning("the calibration of %s is kept: %s", options.model, error)
        return
    write_calibration(model, calibration, model)


def _write_scores(draft: Path, quantized: Recognizer, comparisons: Mapping[str, Comparison]) -> None:
    card = quantized.card
    scores = {
        f"{name}_exact": round(comparison.read_by_smaller / comparison.strings, 4)
        for name, comparison in comparisons.items()
    }
    metadata = read_metadata(draft)
    identity = Identity(
        card.name,
        card.version,
        card.training_commit,
        metadata.get("training", "unknown"),
        single_digits=metadata.get(SINGLE_DIGITS),
    )
    write_metadata(draft, identity, scores, quantized.calibration)


def _print(comparisons: Mapping[str, Comparison]) -> None:
    reasons = objections(comparisons)
    verdict = "By the rule it may ship." if not reasons else "By the rule it may not ship:"
    print(accuracy_table(comparisons), time_table(together(comparisons.values()).times), sep="\n\n")
    print("", verdict, *(f"- {reason}" for reason in reasons), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
