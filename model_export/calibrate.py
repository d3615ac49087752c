"""`python -m model_export.calibrate`: what a model's readings are worth, put into its file.

On strings held out of training, or, by --labelled, on samples of your own.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnx
from tqdm import tqdm

from model_export.calibration import MAX_ERRORS, UNCALIBRATED, Outcome, calibrate, read_outcomes
from model_export.evaluate import add_source_arguments
from model_export.labelled import CannotCalibrate, find_labelled
from model_training.string_maker import Sample
from number_generator import GeneratorError
from recognizer import ModelError, ModelFileError, PictureError
from recognizer.calibration import Calibration
from recognizer.picture_io import read_picture
from recognizer.preparation import prepare
from recognizer.session import SHIPPED_MODEL, Session

HELD_OUT_COUNT = 3000
_SEED = 1  # other strings than those that chose the checkpoint


def calibrate_held_out(
    session: Session, mnist_folder: Path | None, pen_file: Path | None, count: int, fixed_length: int | None = None
) -> Calibration:
    """Calibrate on `count` strings a kind, of the digits and writers that training put aside.

    fixed_length: of a network that reads no others; it is calibrated on MNIST's digits side by side.

    Raises:
        GeneratorError: the digits cannot be read. CannotCalibrate: there is nothing to learn from.
    """
    from model_training.kept_strings import KeptStrings  # with torch and Lightning, which take seconds to import
    from model_training.strings_data import LabelledStrings, StringsData

    folder, file = (None if path is None else str(path) for path in (mnist_folder, pen_file))
    data: LabelledStrings
    if fixed_length is None:
        data = StringsData(folder, file, validation_strings=count, seed=_SEED)
    else:
        data = KeptStrings(folder, fixed_length, num_train=0, num_val=count, seed=_SEED)
    data.setup()
    names = [name for name in data.validation_names if name != "other"]
    outcomes = [each for name in names for each in read_outcomes(session, data.validation_batches(name), name)]
    kinds = f"{len(outcomes)} strings of kinds {', '.join(names)}, of digits and writers held out of training"
    return _calibrate(outcomes, kinds)


def calibrate_labelled(session: Session, source: Path) -> Calibration:
    """Calibrate on labelled pictures: a folder of files named by their digits, or a CSV file of paths and digits.

    Raises:
        CannotCalibrate: there are none, or too few to learn from.
    """
    found: list[Sample] = []
    missed: list[Outcome] = []
    for path, digits in tqdm(find_labelled(source), desc="preparing", unit="picture", leave=False, disable=None):
        try:
            prepared = prepare(read_picture(path.read_bytes()))
        except (PictureError, OSError) as error:
            raise CannotCalibrate(f"{path}: {error}") from error
        if prepared is None:
            missed.append(Outcome(0.0, False, ()))
        else:
            found.append((prepared.pixels, digits))
    from model_training.batches import FixedStrings  # with torch, which takes seconds to import

    outcomes = read_outcomes(session, FixedStrings(found)) + missed
    return _calibrate(outcomes, f"{len(outcomes)} labelled pictures of the user's own")


def _calibrate(outcomes: Sequence[Outcome], measured_on: str) -> Calibration:
    try:
        return calibrate(outcomes, measured_on)
    except ValueError as error:
        raise CannotCalibrate(str(error)) from error


def write_calibration(model: Path, calibration: Calibration, output: Path) -> None:
    """Put a calibration into a model file, in place of its former one."""
    try:
        content = onnx.load(model)
    except OSError as error:
        raise ModelFileError(f"cannot read the model file {model}: {error.strerror}") from error
    except Exception as error:  # protobuf's own exceptions have no types
        raise ModelFileError(f"{model} is no ONNX model") from error
    metadata = {entry.key: entry.value for entry in content.metadata_props}
    onnx.helper.set_model_props(content, metadata | {"calibration": calibration.to_json()})
    draft = output.with_name(f".{output.name}.draft")
    onnx.save(content, draft)
    draft.replace(output)


def _open(model: Path) -> Session:
    """A model file that may have no calibration yet."""
    with tempfile.TemporaryDirectory(prefix="calibrate-") as folder:
        copy = Path(folder) / model.name
        write_calibration(model, UNCALIBRATED, copy)
        return Session(copy)


def table(calibration: Calibration) -> str:
    """Markdown: for each level what is accepted, or that there were too few strings to promise it."""
    levels = {level.max_error: level for level in calibration.levels}
    rows = ["| wrong at most | accepted from a confidence of | coverage (95% interval) |", "|---|---|---|"]
    for max_error in MAX_ERRORS:
        level = levels.get(max_error)
        if level is None:
            rows.append(f"| {max_error:.1%} | cannot be promised: too few strings, or too many errors | |")
        else:
            interval = f"{level.coverage_low:.3f}-{level.coverage_high:.3f}"
            rows.append(f"| {max_error:.1%} | {level.threshold:.4f} | {level.coverage:.3f} ({interval}) |")
    return "\n".join([f"On {calibration.measured_on}:", "", *rows])


def main() -> int:
    parser = argparse.ArgumentParser("python -m model_export.calibrate", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an ONNX file (default: the shipped one)")
    parser.add_argument("--output", type=Path, help="where the calibrated model goes (default: the model's own place)")
    parser.add_argument(
        "--labelled",
        type=Path,
        metavar="FOLDER_OR_CSV",
        help="your own samples: pictures named by their digits, or a CSV file with the columns path and digits",
    )
    add_source_arguments(parser)
    options = parser.parse_args()
    try:
        session = _open(options.model)
        if options.labelled:
            calibration = calibrate_labelled(session, options.labelled)
        else:
            count = options.count or HELD_OUT_COUNT
            calibration = calibrate_held_out(session, options.mnist_folder, options.pen_file, count)
        write_calibration(options.model, calibration, options.output or options.model)
    except (CannotCalibrate, GeneratorError, ModelError, OSError) as error:
        print(f"model_export.calibrate: {error}", file=sys.stderr)
        return 1
    print(table(calibration))
    print(f"wrote {options.output or options.model}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
