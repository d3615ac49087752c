"""`python -m number_generator`: pictures of numbers, whole data sets of them, and sheets to look at."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from number_generator.augmentation import AUGMENTATIONS, Augmentation
from number_generator.command_line import dashed, make_parser
from number_generator.contact_sheet import make_contact_sheet
from number_generator.dataset import write_dataset
from number_generator.errors import GeneratorError, OutputError
from number_generator.labels import draw_numbers
from number_generator.mnist import load_mnist
from number_generator.picture_files import make_folder, write_picture
from number_generator.sequences import Augment, Layout, draw_pictures

Grey = npt.NDArray[np.uint8]

_MOST_NAMED = 100
_SHEET_STRENGTHS = (0.25, 0.5, 0.75, 1.0)


def main(arguments: list[str] | None = None) -> int:
    options = make_parser().parse_args(dashed(sys.argv[1:] if arguments is None else arguments))
    commands = {"sequence": _write_pictures, "phone": _write_pictures, "dataset": _dataset, "samples": _samples}
    try:
        commands[options.command](options)
    except GeneratorError as error:
        print(f"number_generator: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        goes_on = "; the same command goes on from here" if options.command == "dataset" else ""
        print(f"number_generator: interrupted{goes_on}", file=sys.stderr)
        return 130
    return 0


def _write_pictures(options: argparse.Namespace) -> None:
    from tqdm import tqdm

    pictures = _draw(options)
    first = next(pictures)  # an error of the options makes no folder
    folder = make_folder(options.output_dir)
    paths = []
    for number, picture in tqdm(chain([first], pictures), total=options.num_images, unit="picture", delay=1):
        paths.append(write_picture(255 - picture if options.white_on_black else picture, folder, number))
    print("\n".join(map(str, paths)) if len(paths) <= _MOST_NAMED else f"{len(paths)} pictures in {folder}")


def _draw(options: argparse.Namespace) -> Iterator[tuple[str, Grey]]:
    generator = np.random.default_rng(options.seed)
    layout = Layout(options.image_width, options.spacing_range, options.jitter, options.image_height)
    numbers = _numbers(options, generator)
    glyphs = load_mnist(options.split, options.mnist_folder)
    return draw_pictures(numbers, glyphs, generator, layout, options.augment)


def _numbers(options: argparse.Namespace, generator: np.random.Generator) -> Iterable[str]:
    if getattr(options, "digits", None) is not None:
        return repeat(options.digits, options.num_images)
    return draw_numbers(options.num_images, options.length, generator)


def _dataset(options: argparse.Namespace) -> None:
    folder = write_dataset(
        options.output_dir,
        options.num_images,
        file_format=options.format,
        length=options.length,
        image_width=options.image_width,
        spacing_range=options.spacing_range,
        augment=options.augment,
        seed=options.seed,
        split=options.split,
        data_folder=options.mnist_folder,
        workers=options.workers,
        part_size=options.part_size,
    )
    print(f"{options.num_images} pictures in {folder}")


def _samples(options: argparse.Namespace) -> None:
    pictures = _every_augmentation(options) if options.every_augmentation else _draw(options)
    sheet = make_contact_sheet(list(pictures), options.columns)
    make_folder(options.output_file.parent)
    try:
        sheet.save(options.output_file)
    except (OSError, ValueError) as error:  # a ValueError: no kind of picture has such a name
        raise OutputError(f"cannot write {options.output_file}: {error}") from error
    print(options.output_file)


def _every_augmentation(options: argparse.Namespace) -> Iterator[tuple[str, Grey]]:
    """A row each: one number from weak to strong, and a row of mixes."""
    glyphs = load_mnist(options.split, options.mnist_folder)
    layout = Layout(options.image_width, options.spacing_range)
    generator = np.random.default_rng(options.seed)
    numbers = list(draw_numbers(len(_SHEET_STRENGTHS), options.length, generator))
    rows: list[tuple[str, list[Augment]]] = [("none", [False] * len(_SHEET_STRENGTHS))]
    rows += [(name, [Augmentation(**{name: strength}) for strength in _SHEET_STRENGTHS]) for name in AUGMENTATIONS]
    rows += [("mixed", [True] * len(_SHEET_STRENGTHS))]
    for name, augments in rows:
        for number, strength, augment in zip(numbers, _SHEET_STRENGTHS, augments, strict=True):
            caption = f"{name} {strength}" if name in AUGMENTATIONS else name
            seeded = np.random.default_rng((int(number), len(number)))  # the same glyphs in each row
            ((_, picture),) = draw_pictures([number], glyphs, seeded, layout, augment)
            yield caption, picture


if __name__ == "__main__":
    sys.exit(main())
