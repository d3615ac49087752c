"""What the library is for: a picture of given digits, and pictures of random phone numbers."""

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from number_generator.labels import draw_numbers
from number_generator.mnist import Folder, Split, load_mnist_once
from number_generator.picture_files import make_folder, write_picture
from number_generator.sequences import Augment, Layout, compose_number, draw_pictures, to_floats
from number_generator.strings import check_digits

Picture = npt.NDArray[np.float32]
Seed = int | np.random.Generator | None


def generate_numbers_sequence(
    digits: Iterable[int],
    image_width: int | None = None,
    spacing_range: tuple[float, float] = (0, 0),
    output_path: Folder | None = None,
    augment: Augment = False,
    seed: Seed = None,
    *,
    split: Split = "train",
    data_folder: Folder | None = None,
) -> Picture:
    """A picture of digits, each a random one of MNIST's: float32 (28, width), from 0, black, to 1, white.

    digits: from 0 to 9, by any iterable. image_width: pixels; a narrower string gets blank paper on both sides at
    random, a wider one is squeezed; None for as wide as the digits. spacing_range: least and most pixels between the
    frames of neighbours, 28 wide; each gap is drawn; negative overlaps them. output_path: a folder, in which the
    picture is written as DIGITS.png. augment: True for a random mix, or an `Augmentation`. seed: the same seed makes
    the same picture. split: of MNIST. data_folder: with MNIST's IDX files; by default as `load_mnist` says.

    Raises:
        LayoutError: no digits, one that is none, or a width or spacing that cannot be.
        DigitSourceError: MNIST is missing, damaged, or could not be downloaded.
        OutputError: the folder cannot be written to.
    """
    digits = check_digits(digits)
    layout = Layout(image_width, spacing_range)
    glyphs = load_mnist_once(split, data_folder)
    picture = compose_number(digits, glyphs, np.random.default_rng(seed), layout, augment)
    if output_path is not None:
        write_picture(picture, make_folder(Path(output_path)), "".join(map(str, digits)))
    return to_floats(picture)


def generate_phone_numbers(
    num_images: int,
    image_width: int | None = None,
    spacing_range: tuple[float, float] = (0, 0),
    output_path: Folder | None = None,
    augment: Augment = False,
    seed: Seed = None,
    *,
    split: Split = "train",
    data_folder: Folder | None = None,
) -> dict[str, Picture]:
    """Pictures of so many different phone numbers, 11 digits each, the first a 0: number -> picture.

    The rest, and the errors, are those of `generate_numbers_sequence`. Many take a progress bar.
    """
    from tqdm import tqdm  # starts faster without

    layout, generator = Layout(image_width, spacing_range), np.random.default_rng(seed)
    numbers = draw_numbers(num_images, None, generator)
    glyphs = load_mnist_once(split, data_folder)
    folder = None if output_path is None else make_folder(Path(output_path))
    drawn = {}
    pictures = draw_pictures(numbers, glyphs, generator, layout, augment)
    for number, picture in tqdm(pictures, total=num_images, unit="picture", delay=1):
        if folder is not None:
            write_picture(picture, folder, number)
        drawn[number] = to_floats(picture)
    return drawn


if __name__ == "__main__":
    # python number_generator/api.py sequence --digits 78677 ..., which is how the first generator was called.
    from number_generator.__main__ import main

    sys.exit(main())
