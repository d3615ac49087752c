"""Prepared strings to train on, made as they are needed, and fixed ones to validate on."""

from collections.abc import Iterator
from pathlib import Path

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from model_training.batches import Batch, EndlessStrings, FixedStrings
from model_training.label_errors import without_wrong_glyphs, without_wrong_strokes
from model_training.string_maker import (
    Grey,
    Shares,
    StringMaker,
    draw_on_form,
    take_other_writing,
    take_photograph,
    take_with_surroundings,
)
from number_generator import (
    Glyphs,
    MnistStrings,
    PenStrings,
    TracedStrings,
    compose_overlapping_string,
    load_mnist,
    overlapping_lengths,
    part_training_glyphs,
    part_writers,
    read_unipen,
    uniform_digits,
)
from recognizer.preparation import prepare

_VARIED_SHARE = 0.7  # of the strings of pen writers, who are few


class LabelledStrings(lightning.LightningDataModule):
    """Strings to train on, and sets of others to validate on; a subclass makes them in `setup`."""

    is_endless = True
    """Whether training strings never end, so that there are no epochs."""
    fixed_length: int | None = None
    """Digits of every string, where all have as many."""
    _validation: dict[str, FixedStrings]

    def setup(self, stage: str | None = None) -> None:
        """Make the strings, once."""
        raise NotImplementedError

    def examples(self) -> Tensor:
        """Prepared pictures of one width, uint8 (batch, HEIGHT, width)."""
        first = self.validation_batches(self.validation_names[0])
        return max((batch.pictures for batch in first), key=len)

    @property
    def validation_names(self) -> list[str]:
        return list(self._validation)

    def validation_batches(self, name: str) -> FixedStrings:
        """Of one of `validation_names`."""
        return self._validation[name]

    def val_dataloader(self) -> list[DataLoader[Batch]]:
        return [DataLoader(self._validation[name], batch_size=None) for name in self.validation_names]


class StringsData(LabelledStrings):
    """MNIST's training split and, where given, pen strokes; a part of the glyphs and writers is for validation only.

    mnist_folder: with MNIST's IDX files; None downloads them. pen_file: UNIPEN file of pen digits; None does without.
    """

    def __init__(
        self,
        mnist_folder: str | None = None,
        pen_file: str | None = None,
        pen_share: float = 0.35,
        photograph_share: float = 0.25,
        form_share: float = 0.15,
        surrounded_share: float = 0.03,
        other_share: float = 0.04,
        traced_share: float = 0.15,
        longest: int = 22,
        columns: int = 20480,
        validation_strings: int = 1500,
        uses: int = 1,
        workers: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self._mnist_folder = Path(mnist_folder) if mnist_folder else None
        self._pen_file = Path(pen_file) if pen_file else None
        self._shares = Shares(pen_share, photograph_share, form_share, surrounded_share, other_share, traced_share)
        self._longest, self._columns, self._validation_strings = longest, columns, validation_strings
        self._uses, self._workers, self._seed = uses, workers, seed
        self._maker: StringMaker | None = None

    def setup(self, stage: str | None = None) -> None:  # noqa: ARG002  (Lightning calls it so)
        if self._maker is not None:
            return
        training, held_out = part_training_glyphs(load_mnist("train", self._mnist_folder))
        validation = without_wrong_glyphs(held_out)
        pen, self._validation = None, {}
        generator = np.random.default_rng(self._seed + 1)
        lengths = overlapping_lengths(self._validation_strings, generator)
        self._validation["mnist"] = _overlapping(lengths, validation, generator)
        if self._pen_file is not None:
            training_digits, validation_digits = part_writers(read_unipen(self._pen_file))
            pen, unseen = (
                PenStrings(training_digits, _VARIED_SHARE),
                PenStrings(without_wrong_strokes(validation_digits)),
            )
            self._validation |= _pen_sets(unseen, self._validation_strings, generator)
        self._validation["long_mnist"] = _long_mnist(validation, self._validation_strings // 3, self._seed)
        other = ((take_other_writing(generator), "") for _ in range(self._validation_strings // 3))
        self._validation["other"] = _prepared(other)
        traced = TracedStrings(training, _VARIED_SHARE) if self._shares.traced else None
        self._maker = StringMaker(MnistStrings(training), pen, self._shares, self._longest, traced)

    def make_batches(self, maker: StringMaker, seeds: tuple[int, ...]) -> IterableDataset[Batch]:
        """Batches to train on, without end; others for other seeds."""
        return EndlessStrings(maker, self._columns, seeds, self._uses)

    def train_dataloader(self) -> DataLoader[Batch]:
        assert self._maker is not None
        # A resumed run makes other strings than the run before it, and each process of a run its own.
        place = (self.trainer.global_step, self.trainer.global_rank) if self.trainer is not None else (0, 0)
        strings = self.make_batches(self._maker, (self._seed, *place))
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


def _pen_sets(pen: PenStrings, count: int, generator: np.random.Generator) -> dict[str, FixedStrings]:
    """Strings of writers not trained on: on a canvas, photographed, on forms, among other things, and long ones."""
    labels = [uniform_digits(int(generator.integers(1, 9)), generator) for _ in range(count)]
    long_labels = [uniform_digits(int(generator.integers(12, 21)), generator) for _ in range(count // 3)]
    drawn = ((pen.draw(label, generator), label) for label in labels)
    photographed = ((take_photograph(pen, pen.draw(label, generator), generator), label) for label in labels)
    forms = ((draw_on_form(pen, label, generator), label) for label in labels)
    surrounded = ((take_with_surroundings(pen, pen.draw(label, generator), generator), label) for label in labels)
    long = ((pen.draw(label, generator), label) for label in long_labels)
    sets = {"drawn": drawn, "photographed": photographed, "forms": forms, "surrounded": surrounded, "long": long}
    return {name: _prepared(samples) for name, samples in sets.items()}


def _long_mnist(glyphs: Glyphs, count: int, seed: int) -> FixedStrings:
    """What is promised of readings has to hold for long strings of either source: each digit more can be wrong."""
    generator = np.random.default_rng([seed, *b"long_mnist"])
    return _overlapping(generator.integers(10, 21, count).tolist(), glyphs, generator)


def _overlapping(lengths: list[int], glyphs: Glyphs, generator: np.random.Generator) -> FixedStrings:
    return _prepared(compose_overlapping_string(length, glyphs, generator) for length in lengths)


def _prepared(samples: Iterator[tuple[Grey, str]]) -> FixedStrings:
    prepared = ((prepare(picture), digits) for picture, digits in samples)
    return FixedStrings([(found.pixels, digits) for found, digits in prepared if found is not None])


def _one_thread(_: int) -> None:
    """A worker beside the network needs one core, not all of them."""
    import cv2

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
