"""A whole labelled data set written to disk: in parallel, and resumed where it was broken off.

It is made in parts, each moved to its place when it is whole, of pictures that depend on the seed and their index
alone: whatever was broken off, and with however many processes, the files are the same to the byte.
"""

import json
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context, parent_process
from pathlib import Path

import numpy as np

from number_generator.dataset_formats import FORMATS, FileFormat, Part, Sample, move_into_place
from number_generator.errors import GeneratorError, LayoutError, OutputError
from number_generator.labels import Length, draw_numbers, longest_number
from number_generator.mnist import Folder, Split, load_mnist_once
from number_generator.picture_files import cannot_write, make_folder
from number_generator.sequences import Augment, Layout, compose_number
from number_generator.strings import parse_digits
from number_generator.version import __version__

_PLAN = "dataset.json"
_NUMBERS, _PICTURES = 0, 1  # streams of random numbers


@dataclass(frozen=True)
class Plan:
    """All that decides what is in a data set; written into its folder first of all."""

    count: int
    length: Length
    file_format: FileFormat
    image_width: int
    spacing_range: tuple[float, float]
    augment: Augment
    seed: int
    split: Split
    part_size: int
    version: str = __version__

    @property
    def parts(self) -> int:
        return -(-self.count // self.part_size)

    def part(self, index: int) -> Part:
        first = index * self.part_size
        return Part(index, self.parts, first, min(self.part_size, self.count - first), self.split)

    def numbers(self) -> list[str]:
        return list(draw_numbers(self.count, self.length, self.generator(_NUMBERS)))

    def generator(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=stream))


def write_dataset(
    folder: Folder,
    count: int,
    *,
    file_format: FileFormat = "png",
    length: Length = None,
    image_width: int | None = None,
    spacing_range: tuple[float, float] = (0, 0),
    augment: Augment = False,
    seed: int | None = None,
    split: Split = "train",
    data_folder: Folder | None = None,
    workers: int = 1,
    part_size: int = 1000,
) -> Path:
    """Write a labelled data set of phone numbers, or of other random numbers; what is there already is kept.

    All pictures are 28 pixels high and of one width. file_format: "png", pictures/*/NUMBER-INDEX.png and labels.csv
    with the columns path and digits; "parquet", data/SPLIT-*.parquet with the columns image and digits, as Hugging
    Face's datasets load them; "hdf5", numbers.h5 with images, uint8 (count, 28, width), and digits, ASCII. seed: None
    for another one each time, or that of the data set begun. workers: processes; more than one need the usual
    `if __name__ == "__main__":` in a script. part_size: pictures a file or folder. The others are those of
    `DataGenerator`. Returns the folder.

    Raises:
        LayoutError: a count, length, width or spacing that cannot be.
        MissingExtra: what the format needs is not installed.
        DigitSourceError: MNIST is missing, damaged, or could not be downloaded.
        OutputError: the folder cannot be written to, or holds another data set.
    """
    if min(count, workers, part_size) < 1:
        raise LayoutError("a data set has at least 1 picture, 1 worker, and 1 picture a part")
    FORMATS[file_format].check_installed()
    layout = Layout(image_width, spacing_range)
    width = layout.width_for(longest_number(length))
    place = make_folder(Path(folder))
    drawn_seed = int(np.random.SeedSequence(seed).entropy)  # type: ignore[arg-type]
    low, high = map(float, spacing_range)
    plan = Plan(count, length, file_format, width, (low, high), augment, drawn_seed, split, part_size)
    load_mnist_once(split, data_folder)  # here, so that no two processes download it
    try:
        plan = _agree(plan, place, keep_seed=seed is None)
        numbers = plan.numbers()
        _write_parts(plan, place, numbers, data_folder, workers)
        FORMATS[file_format].finish(place, [plan.part(index) for index in range(plan.parts)], numbers)
    except OSError as error:
        raise error if isinstance(error, OutputError) else cannot_write(place, error) from error
    return place


def _agree(plan: Plan, place: Path, *, keep_seed: bool) -> Plan:
    """The plan as it is written down, by this run or by the one that is resumed."""
    path = place / _PLAN
    if not path.exists():
        if any(not entry.name.startswith(".") for entry in place.iterdir()):
            raise OutputError(f"{place} holds other files; give a new folder, or an empty one")
        with move_into_place(path) as temporary:
            temporary.write_text(_as_json(plan))
        return plan
    try:
        begun = json.loads(path.read_text())
        if keep_seed:
            plan = replace(plan, seed=begun["seed"])
        asked = json.loads(_as_json(plan))
        others = [f"{key} {begun.get(key)}, not {asked[key]}" for key in asked if begun.get(key) != asked[key]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(f"{path} is damaged; delete {place} and start again") from error
    if others:
        raise OutputError(f"{place} holds another data set ({'; '.join(others)}); give another folder")
    return plan


def _as_json(plan: Plan) -> str:
    return json.dumps(asdict(plan), indent=2) + "\n"


def _write_parts(plan: Plan, place: Path, numbers: Sequence[str], data_folder: Folder | None, workers: int) -> None:
    from tqdm import tqdm

    parts = [plan.part(index) for index in range(plan.parts)]
    missing = [part for part in parts if not FORMATS[plan.file_format].path(place, part).exists()]
    there = plan.count - sum(part.count for part in missing)
    with tqdm(total=plan.count, initial=there, unit="picture", delay=1) as bar:
        for part in _do(missing, plan, place, numbers, data_folder, workers):
            bar.update(part.count)


def _do(
    parts: Sequence[Part], plan: Plan, place: Path, numbers: Sequence[str], data_folder: Folder | None, workers: int
) -> Iterator[Part]:
    """Write parts, here or in other processes; yields each when it is in its place."""
    tasks = [(plan, place, part, numbers[part.first : part.first + part.count], data_folder) for part in parts]
    if workers == 1 or len(parts) < 2:
        yield from (_write_part(*task) for task in tasks)
        return
    # Spawned: a fork would inherit whatever threads and locks the caller has.
    pool = ProcessPoolExecutor(min(workers, len(parts)), get_context("spawn"), _follow_parent)
    try:
        for future in as_completed([pool.submit(_write_part, *task) for task in tasks]):
            yield future.result()
    except BrokenProcessPool as error:
        raise GeneratorError(
            "a worker ended before its time; start again to go on, with fewer workers, "
            'and in a script under `if __name__ == "__main__":`'
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_parent() -> None:
    """A worker leaves Ctrl-C to its parent; and if that was killed, it does not wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def _write_part(plan: Plan, place: Path, part: Part, numbers: Sequence[str], data_folder: Folder | None) -> Part:
    glyphs = load_mnist_once(plan.split, data_folder)
    layout = Layout(plan.image_width, plan.spacing_range)

    def draw(index: int, number: str) -> Sample:
        generator = plan.generator(_PICTURES, index)
        picture = compose_number(parse_digits(number), glyphs, generator, layout, plan.augment)
        return Sample(index, number, picture)

    file_format = FORMATS[plan.file_format]
    with move_into_place(file_format.path(place, part)) as temporary:
        file_format.write(temporary, [draw(part.first + offset, number) for offset, number in enumerate(numbers)])
    return part
