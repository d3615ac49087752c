"""Prepared strings to train on, made as they are needed and never the same twice, and fixed ones to validate on."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import lightning
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from number_generator import (
    MnistStrings,
    PenStrings,
    compose_overlapping_string,
    load_mnist,
    part_training_glyphs,
    part_writers,
    random_digits,
    read_unipen,
)
from number_generator.paper import add_margin, photograph
from recognizer.preparation import prepare

Grey = npt.NDArray[np.uint8]

VALIDATION_SETS = ("mnist", "drawn")


class Batch(NamedTuple):
    """Strings of one width.

    pictures: uint8 (batch, HEIGHT, width); targets: int64 (sum of lengths,); lengths: int64 (batch,).
    """

    pictures: Tensor
    targets: Tensor
    lengths: Tensor

    def strings(self) -> list[str]:
        return ["".join(map(str, part.tolist())) for part in torch.split(self.targets, self.lengths.tolist())]


def collate(samples: list[tuple[Grey, str]]) -> Batch:
    """Samples of one width -> a batch; nothing is padded, as a bidirectional LSTM would see it."""
    pictures = torch.from_numpy(np.stack([picture for picture, _ in samples]))
    targets = torch.tensor([int(digit) for _, digits in samples for digit in digits])
    return Batch(pictures, targets, torch.tensor([len(digits) for _, digits in samples]))


class StringMaker:
    """Draws a random string of either source, does to it what paper and light do, and prepares it."""

    def __init__(self, mnist: MnistStrings, pen: PenStrings | None, pen_share: float, photo_share: float) -> None:
        self._mnist, self._pen = mnist, pen
        self._pen_share, self._photo_share = pen_share, photo_share

    def make(self, generator: np.random.Generator) -> tuple[Grey, str]:
        """Pixels, uint8 (HEIGHT, width), and the label."""
        while True:
            digits = random_digits(generator)
            is_pen = self._pen is not None and generator.random() < self._pen_share
            picture = (self._pen if is_pen else self._mnist).draw(digits, generator)  # type: ignore[union-attr]
            if generator.random() < self._photo_share:
                most = max(4, picture.shape[0] // 2)
                picture = photograph(add_margin(picture, generator, most), generator, generator.random())
            prepared = prepare(picture)
            if prepared is not None:  # else a photo too poor to find any ink in
                return prepared.pixels, digits


class EndlessStrings(IterableDataset[Batch]):
    """Batches of one width each, of about `columns` pixel columns, without end.

    Each worker has its own stream of random numbers, by seed, worker and the step that training starts at:
    a resumed run makes other strings than the run before it.
    """

    def __init__(self, maker: StringMaker, columns: int, seed: int, first_step: int) -> None:
        self._maker, self._columns = maker, columns
        self._seed, self._first_step = seed, first_step

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        generator = np.random.default_rng([self._seed, self._first_step, worker.id if worker else 0])
        buckets: dict[int, list[tuple[Grey, str]]] = defaultdict(list)
        while True:
            sample = self._maker.make(generator)
            width = sample[0].shape[1]
            bucket = buckets[width]
            bucket.append(sample)
            if len(bucket) * width >= self._columns:
                yield collate(bucket)
                buckets[width] = []


class FixedStrings(Dataset[Batch]):
    """Batches of one width each out of given samples."""

    def __init__(self, samples: list[tuple[Grey, str]], batch_size: int = 64) -> None:
        buckets: dict[int, list[tuple[Grey, str]]] = defaultdict(list)
        for sample in samples:
            buckets[sample[0].shape[1]].append(sample)
        self._batches = [
            collate(bucket[start : start + batch_size])
            for _, bucket in sorted(buckets.items())
            for start in range(0, len(bucket), batch_size)
        ]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        return self._batches[index]


class StringsData(lightning.LightningDataModule):
    """MNIST's training split and, where given, pen strokes; a part of the glyphs and writers is for validation only.

    mnist_folder: with MNIST's IDX files; None downloads them. pen_file: UNIPEN file of pen digits; None does without.
    """

    def __init__(
        self,
        mnist_folder: str | None = None,
        pen_file: str | None = None,
        pen_share: float = 0.2,
        photo_share: float = 0.15,
        columns: int = 20480,
        validation_strings: int = 1500,
        workers: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self._mnist_folder = Path(mnist_folder) if mnist_folder else None
        self._pen_file = Path(pen_file) if pen_file else None
        self._pen_share, self._photo_share = pen_share, photo_share
        self._columns, self._validation_strings = columns, validation_strings
        self._workers, self._seed = workers, seed
        self._maker: StringMaker | None = None

    def setup(self, stage: str | None = None) -> None:  # noqa: ARG002  (Lightning calls it so)
        if self._maker is not None:
            return
        training, validation = part_training_glyphs(load_mnist("train", self._mnist_folder))
        pen, self._validation = None, {}
        generator = np.random.default_rng(self._seed + 1)
        overlapping = (
            compose_overlapping_string(int(length), validation, generator)
            for length in generator.choice(range(1, 6), self._validation_strings, p=np.arange(1, 6) / 15)
        )
        self._validation["mnist"] = _prepared(overlapping)
        if self._pen_file is not None:
            training_digits, validation_digits = part_writers(read_unipen(self._pen_file))
            pen, unseen = PenStrings(training_digits), PenStrings(validation_digits)
            labels = [random_digits(generator, longest=12) for _ in range(self._validation_strings)]
            self._validation["drawn"] = _prepared((unseen.draw(label, generator), label) for label in labels)
        self._maker = StringMaker(MnistStrings(training), pen, self._pen_share, self._photo_share)

    @property
    def validation_names(self) -> list[str]:
        return [name for name in VALIDATION_SETS if name in self._validation]

    def train_dataloader(self) -> DataLoader[Batch]:
        assert self._maker is not None
        first_step = self.trainer.global_step if self.trainer is not None else 0
        strings = EndlessStrings(self._maker, self._columns, self._seed, first_step)
        if not self._workers:
            return DataLoader(strings, batch_size=None)
        return DataLoader(
            strings,
            batch_size=None,
            num_workers=self._workers,
            worker_init_fn=_one_thread,
            multiprocessing_context="spawn",  # a fork inherits the locks of OpenCV's threads, and hangs
            prefetch_factor=8,
        )

    def val_dataloader(self) -> list[DataLoader[Batch]]:
        return [DataLoader(self._validation[name], batch_size=None) for name in self.validation_names]


def _prepared(samples: Iterator[tuple[Grey, str]]) -> FixedStrings:
    prepared = ((prepare(picture), digits) for picture, digits in samples)
    return FixedStrings([(found.pixels, digits) for found, digits in prepared if found is not None])


def _one_thread(_: int) -> None:
    """A worker beside the network needs one core, not all of them."""
    import cv2

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
