"""`python -m number_generator sequence ...` and `... phone ...`: pictures of numbers, each named by its label."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from number_generator import GeneratorError, Glyphs, compose_mnist_string, load_mnist
from number_generator.strings import parse_digits, uniform_digits

_PHONE_DIGITS = 11


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.spacing_range[0] > options.spacing_range[1]:
        _parser().error("--spacing-range: MIN is above MAX")
    generator = np.random.default_rng(options.seed)
    try:
        glyphs = load_mnist(options.split, options.mnist_folder)
        options.output_dir.mkdir(parents=True, exist_ok=True)
        for label in _labels(options, generator):
            print(_write(label, glyphs, options, generator))
    except (GeneratorError, OSError) as error:
        print(f"number_generator: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m number_generator", description="Make pictures of numbers out of MNIST's handwritten digits."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    sequence = commands.add_parser("sequence", help="pictures of given or random digits")
    sequence.add_argument("--digits", help="the digits wanted, such as 78677; without them they are drawn at random")
    sequence.add_argument("--length", type=_positive, default=5, help="how many random digits (default: %(default)s)")
    phone = commands.add_parser("phone", help="pictures of unique phone numbers: 11 digits, the first a 0")
    for command in (sequence, phone):
        command.add_argument("--num-images", type=_positive, default=1, help="default: %(default)s")
        command.add_argument("--output-dir", type=Path, default=Path("outputs"), help="default: %(default)s")
        command.add_argument(
            "--image-width", type=_positive, help="pixels; pads to it (default: as wide as the digits)"
        )
        command.add_argument(
            "--image-height", type=_positive, default=28, help="pixels of a digit's frame (default: %(default)s)"
        )
        command.add_argument(
            "--spacing-range",
            type=float,
            nargs=2,
            default=(0.0, 0.0),
            metavar=("MIN", "MAX"),
            help="between digits, of 28 for a digit, one value a picture; negative overlaps them (default: 0 0)",
        )
        command.add_argument(
            "--jitter", type=_not_negative, default=0.0, help="moves digits up or down, of 28 (default: 0)"
        )
        command.add_argument("--white-on-black", action="store_true", help="as MNIST itself; default: black on white")
        command.add_argument("--seed", type=_seed, help="the same seed makes the same pictures")
        command.add_argument("--split", choices=("train", "test"), default="train", help="default: %(default)s")
        command.add_argument(
            "--mnist-folder", type=Path, help="with MNIST's IDX files (default: downloaded once into data/mnist)"
        )
    return parser


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


def _not_negative(text: str) -> float:
    if not float(text) >= 0:
        raise ValueError
    return float(text)


def _seed(text: str) -> int:
    if int(text) < 0:
        raise ValueError
    return int(text)


def _labels(options: argparse.Namespace, generator: np.random.Generator) -> Iterator[str]:
    if options.command == "phone":
        numbers: set[str] = set()
        while len(numbers) < options.num_images:
            number = "0" + uniform_digits(_PHONE_DIGITS - 1, generator)
            if number not in numbers:
                numbers.add(number)
                yield number
        return
    for _ in range(options.num_images):
        yield options.digits if options.digits is not None else uniform_digits(options.length, generator)


def _write(label: str, glyphs: Glyphs, options: argparse.Namespace, generator: np.random.Generator) -> Path:
    picture = compose_mnist_string(
        parse_digits(label),
        glyphs,
        generator,
        spacing_range=tuple(options.spacing_range),
        jitter=options.jitter,
        size=options.image_height,
        image_width=options.image_width,
    )
    path = _free_path(options.output_dir, label)
    Image.fromarray(picture if options.white_on_black else 255 - picture).save(path)
    return path


def _free_path(folder: Path, label: str) -> Path:
    """The label's own name, or the next numbered one: no picture overwrites another."""
    path, count = folder / f"{label}.png", 1
    while path.exists():
        count += 1
        path = folder / f"{label}-{count}.png"
    return path


if __name__ == "__main__":
    sys.exit(main())
