"""Batches of random numbers to train on: endless, all different, and the same again by the same seed."""

import sys
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from number_generator.errors import LayoutError, MissingExtra
from number_generator.labels import Length, draw_numbers, longest_number
from number_generator.mnist import Folder, Split, load_mnist_once
from number_generator.sequences import Augment, Layout, draw_pictures, to_floats

if TYPE_CHECKING:
    from datasets import IterableDataset as HuggingFaceDataset

    from number_generator.torch_dataset import TorchBatches

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.str_]]
"""Pictures, float32 (batch, 28, width), from 0, black, to 1, white, and their numbers, str (batch,)."""


class DataGenerator:
    """Yields batches of pictures of phone numbers, or of other random numbers, and the numbers.

    Each batch is drawn from the seed and its index alone: batches differ from each other, every iteration gives the
    same ones again, and those of several workers are the ones that a single process would make. An iterator may be
    shared between threads.

    image_width: pixels; by default as wide as the widest string. length: digits of a number, or (least, most); None
    for phone numbers, 11 digits, the first a 0. batches: how many; None for no end. spacing_range, augment, split and
    data_folder: as for `generate_numbers_sequence`. seed: None for another one each time, which `seed` then tells.

    Raises:
        LayoutError: a size, length, width or spacing that cannot be.
        DigitSourceError: MNIST is missing, damaged, or could not be downloaded.
    """

    def __init__(
        self,
        batch_size: int = 32,
        image_width: int | None = None,
        *,
        length: Length = None,
        batches: int | None = None,
        spacing_range: tuple[float, float] = (0, 0),
        augment: Augment = False,
        seed: int | None = None,
        split: Split = "train",
        data_folder: Folder | None = None,
    ) -> None:
        if batch_size < 1 or (batches is not None and batches < 0):
            raise LayoutError("a batch has at least 1 picture, and there are 0 or more batches, or None for no end")
        layout = Layout(image_width, spacing_range)
        self._layout = replace(layout, image_width=layout.width_for(longest_number(length)))
        self._batch_size, self._batches, self._length, self._augment = batch_size, batches, length, augment
        self._glyphs = load_mnist_once(split, data_folder)
        self._first, self._step = 0, 1
        self.seed = int(np.random.SeedSequence(seed).entropy)  # type: ignore[arg-type]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the pictures of a batch."""
        assert self._layout.image_width is not None
        return self._batch_size, self._layout.height, self._layout.image_width

    def __len__(self) -> int:
        """Batches.

        Raises:
            TypeError: there is no end.
        """
        if self._batches is None:
            raise TypeError("this DataGenerator has no end: give it batches=, or take as many as are wanted")
        return len(range(self._first, self._batches, self._step))

    def __getitem__(self, index: int) -> Batch:
        """One of the batches, each at any time."""
        if index < 0 or (self._batches is not None and index >= len(self)):
            raise IndexError(f"there is no batch {index}")
        return self._make(self._first + index * self._step)

    def __iter__(self) -> Iterator[Batch]:
        """All batches, or in a worker of a torch DataLoader this worker's share of them."""
        worker, workers = _torch_worker()
        return self.shard(worker, workers).walk()

    def shard(self, index: int, shards: int) -> "DataGenerator":
        """Every batch whose turn it is, of so many processes or machines that share them; no batch is in two shards.

        Raises:
            LayoutError: no such shard.
        """
        if not 0 <= index < shards:
            raise LayoutError(f"of {shards} shards there is none with the index {index}")
        part = copy(self)
        part._first, part._step = self._first + index * self._step, self._step * shards
        return part

    def walk(self) -> Iterator[Batch]:
        """All batches, in any process."""
        # Threads that share it get a batch each: map and count go on safely where a generator function would not.
        indices = count(self._first, self._step)
        return map(self._make, indices if self._batches is None else range(self._first, self._batches, self._step))

    def _make(self, index: int) -> Batch:
        generator = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(index,)))
        numbers = list(draw_numbers(self._batch_size, self._length, generator))
        drawn = draw_pictures(numbers, self._glyphs, generator, self._layout, self._augment)
        return to_floats(np.stack([picture for _, picture in drawn])), np.array(numbers)

    def as_torch(self) -> "TorchBatches":
        """A torch `IterableDataset` of (float32 tensor (batch, 28, width), list of numbers): give it to a `DataLoader`
        with `batch_size=None` and any `num_workers`.

        Raises:
            MissingExtra: torch is not installed.
        """
        try:
            from number_generator.torch_dataset import TorchBatches
        except ModuleNotFoundError as error:
            raise MissingExtra("as_torch()", "torch", "torch") from error
        return TorchBatches(self)

    def as_hugging_face(self, shards: int = 1) -> "HuggingFaceDataset":
        """A Hugging Face `datasets.IterableDataset` of rows, image: float32 (28, width), and digits: str.

        shards: of the batches, one or more for each worker that a `DataLoader` is to have.

        Raises:
            MissingExtra: datasets is not installed.
        """
        try:
            from number_generator.hugging_face_dataset import stream_rows
        except ModuleNotFoundError as error:
            raise MissingExtra("as_hugging_face()", "datasets", "hugging-face") from error
        return stream_rows(self, shards)


def _torch_worker() -> tuple[int, int]:
    """This worker of a DataLoader and how many there are; torch is asked only where somebody imported it."""
    torch_data = sys.modules.get("torch.utils.data")
    worker = torch_data.get_worker_info() if torch_data is not None else None
    return (0, 1) if worker is None else (worker.id, worker.num_workers)
