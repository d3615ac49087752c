"""The options of `python -m number_generator`."""

import argparse
import math
import os
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from number_generator.augmentation import AUGMENTATIONS, Augmentation
from number_generator.dataset_formats import FILE_FORMATS
from number_generator.errors import LayoutError
from number_generator.labels import Length
from number_generator.mnist import FOLDER_VARIABLE
from number_generator.sequences import Augment
from number_generator.version import __version__

_EXAMPLES = """examples:
  number_generator sequence --digits 78677 --image-width 150
  number_generator phone --num-images 3 --augment
  number_generator dataset --num-images 100000 --format parquet --output-dir phone-numbers
  number_generator samples --every-augmentation --length 5

Options may be written with underscores too: --image_width 150."""


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
    return number


_positive = partial(_whole, least=1)
_seed = partial(_whole, least=0)


def _not_negative(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return number


def dashed(arguments: Sequence[str]) -> list[str]:
    """--image_width as --image-width."""
    return [re.sub(r"^--[\w-]+", lambda found: found.group().replace("_", "-"), argument) for argument in arguments]


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "number_generator",
        description="Make pictures of numbers out of MNIST's handwritten digits.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_sequence(commands.add_parser("sequence", help="pictures of given or random digits"))
    _add_phone(commands.add_parser("phone", help="pictures of unique phone numbers: 11 digits, the first a 0"))
    _add_dataset(
        commands.add_parser("dataset", help="a whole labelled data set, in parallel; goes on where it stopped")
    )
    _add_samples(commands.add_parser("samples", help="a sheet of samples to look at"))
    return parser


def _add_sequence(command: argparse.ArgumentParser) -> None:
    digits = command.add_mutually_exclusive_group()
    digits.add_argument("--digits", help="the digits wanted, such as 78677; without them they are drawn at random")
    digits.add_argument(
        "--length", type=_length, default=5, metavar="N[-M]", help="how many random digits (default: %(default)s)"
    )
    _add_pictures(command)
    _add_style(command)
    _add_height(command)


def _add_phone(command: argparse.ArgumentParser) -> None:
    command.set_defaults(length=None)
    _add_pictures(command)
    _add_style(command)
    _add_height(command)


def _add_pictures(command: argparse.ArgumentParser) -> None:
    command.add_argument("--num-images", type=_positive, default=1, metavar="N", help="default: %(default)s")
    command.add_argument(
        "--output-dir",
        type=Path,
        default=Path("outputs"),
        metavar="FOLDER",
        help="for DIGITS.png, DIGITS-2.png, ... (default: %(default)s)",
    )
    command.add_argument("--white-on-black", action="store_true", help="as MNIST itself; default: black on white")


def _add_height(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--image-height",
        type=_positive,
        default=28,
        metavar="PIXELS",
        help="of a digit's frame (default: %(default)s)",
    )
    command.add_argument(
        "--jitter",
        type=_not_negative,
        default=0.0,
        metavar="PIXELS",
        help="moves digits up or down, of 28 (default: 0)",
    )


def _add_dataset(command: argparse.ArgumentParser) -> None:
    command.description = "Write a labelled data set; killed and started again, it ends with the same files."
    command.add_argument("--num-images", type=_positive, required=True, metavar="N")
    command.add_argument("--output-dir", type=Path, required=True, metavar="FOLDER", help="a new one, or to go on")
    command.add_argument(
        "--format",
        choices=FILE_FORMATS,
        default="png",
        help="png: pictures/*/DIGITS-INDEX.png and labels.csv; parquet: data/*.parquet, as Hugging Face's datasets "
        "load them; hdf5: numbers.h5 (default: %(default)s)",
    )
    _add_length(command)
    command.add_argument(
        "--workers", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes (default: the cores)"
    )
    command.add_argument(
        "--part-size",
        type=_positive,
        default=1000,
        metavar="N",
        help="pictures a file or folder (default: %(default)s)",
    )
    _add_style(command)


def _add_samples(command: argparse.ArgumentParser) -> None:
    command.add_argument("--num-images", type=_positive, default=24, metavar="N", help="default: %(default)s")
    command.add_argument("--columns", type=_positive, default=4, metavar="N", help="default: %(default)s")
    command.add_argument(
        "--output-file", type=Path, default=Path("samples.png"), metavar="FILE", help="default: %(default)s"
    )
    command.add_argument(
        "--every-augmentation", action="store_true", help="a row each, from weak to strong, in four columns"
    )
    _add_length(command)
    _add_style(command)
    command.set_defaults(image_height=28, jitter=0.0)


def _add_length(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--length", type=_length, metavar="N[-M]", help="digits of random numbers (default: phone numbers, 11 digits)"
    )


def _add_style(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--image-width",
        type=_positive,
        metavar="PIXELS",
        help="pads to it, or squeezes the digits, to 10 pixels each at the least (default: as wide as the digits)",
    )
    command.add_argument(
        "--spacing-range",
        type=float,
        nargs=2,
        action=_Range,
        default=(0.0, 0.0),
        metavar=("MIN", "MAX"),
        help="between digits, of 28 for a digit, drawn for each gap; negative overlaps them (default: 0 0)",
    )
    command.add_argument(
        "--augment",
        nargs="*",
        action=_Augment,
        default=False,
        metavar="NAME[=STRENGTH]",
        help=f"a random mix, or these, strengths from 0 to 1: {', '.join(AUGMENTATIONS)}",
    )
    command.add_argument("--seed", type=_seed, metavar="N", help="the same seed makes the same pictures")
    command.add_argument("--split", choices=("train", "test"), default="train", help="of MNIST (default: %(default)s)")
    command.add_argument(
        "--mnist-folder",
        type=Path,
        metavar="FOLDER",
        help=f"with MNIST's IDX files (default: what {FOLDER_VARIABLE} names, else downloaded once into data/mnist)",
    )


class _Range(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[float] | None,
        option_string: str | None = None,
    ) -> None:
        assert isinstance(values, list)
        low, high = values
        if not low <= high:
            parser.error(f"{option_string}: MIN is above MAX")
        setattr(namespace, self.dest, (low, high))


class _Augment(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[str] | None,
        option_string: str | None = None,
    ) -> None:
        assert isinstance(values, list)
        try:
            augment: Augment = _augmentation(values) if values else True
        except (LayoutError, ValueError) as error:
            parser.error(f"{option_string}: {error}")
        setattr(namespace, self.dest, augment)


def _augmentation(chosen: Sequence[str]) -> Augmentation:
    """["rotation", "noise=0.3"], as strengths."""
    strengths = {}
    for each in chosen:
        name, _, strength = each.partition("=")
        if name not in AUGMENTATIONS:
            raise LayoutError(f"there is no augmentation {name}, but {', '.join(AUGMENTATIONS)}")
        strengths[name] = float(strength or 1)
    return Augmentation(**strengths)


def _length(text: str) -> Length:
    least, _, most = text.partition("-")
    length = _positive(least), _positive(most or least)
    if length[0] > length[1]:
        raise argparse.ArgumentTypeError(f"{text!r}: the least comes first")
    return length
