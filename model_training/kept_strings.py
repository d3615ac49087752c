"""Finite sets of prepared strings, made once, kept on disk and found again: to train by epochs."""

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler
from tqdm import tqdm

from model_training.batches import Batch, FixedStrings, collate
from model_training.string_maker import Sample
from model_training.strings_data import LabelledStrings
from number_generator import (
    Glyphs,
    MnistStrings,
    compose_mnist_string,
    compose_overlapping_string,
    load_mnist,
    overlapping_lengths,
    part_training_glyphs,
    uniform_digits,
)
from number_generator.strings import parse_digits
from recognizer.preparation import HEIGHT, PREPARATION_VERSION, prepare

logger = logging.getLogger(__name__)

_FORMAT = 1  # raise it when the same settings make other strings


class KeptStrings(LabelledStrings):
    """Strings of MNIST digits, so many of each split; all three splits are of different glyphs.

    digits: so many frames side by side; None for 1 to 5 overlapping ones, as the CRNN predecessor made them.
    augmentation: the share of training strings that are drawn as people write instead: slanted, bent, thicker or
    thinner digits, apart or touching, in uneven rows. keep: a folder; None keeps nothing.
    """

    is_endless = False

    def __init__(
        self,
        mnist_folder: str | None = None,
        digits: int | None = None,
        augmentation: float = 0.5,
        num_train: int = 20_000,
        num_val: int = 2_000,
        num_test: int = 2_000,
        batch_size: int = 128,
        num_workers: int = 0,
        pin_memory: bool = False,
        keep: str | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._mnist_folder = Path(mnist_folder) if mnist_folder else None
        self.fixed_length, self._augmentation = digits, augmentation
        self._counts = {"train": num_train, "val": num_val, "test": num_test}
        self._batch_size, self._workers, self._seed = batch_size, num_workers, seed
        self._pin_memory = pin_memory and torch.cuda.is_available()
        self._keep = Path(keep) if keep else None
        self._training: list[Sample] | None = None

    def setup(self, stage: str | None = None) -> None:  # noqa: ARG002  (Lightning calls it so)
        if self._training is not None:
            return
        training, validation = part_training_glyphs(load_mnist("train", self._mnist_folder))
        self._validation = {"strings": FixedStrings(self._find_or_make("val", validation))}
        self._training = self._find_or_make("train", training)

    def test_batches(self) -> FixedStrings:
        """Strings of MNIST's test split."""
        return FixedStrings(self._find_or_make("test", load_mnist("test", self._mnist_folder)))

    def train_dataloader(self) -> DataLoader[Batch]:
        assert self._training is not None
        trainer = self.trainer
        place = (trainer.global_rank, trainer.world_size) if trainer is not None else (0, 1)
        # A resumed run sees the batches in another order than its first epochs did.
        seed = [self._seed, trainer.current_epoch if trainer is not None else 0]
        widths = [picture.shape[1] for picture, _ in self._training]
        return DataLoader(
            _Samples(self._training),  # type: ignore[arg-type]  # collate makes batches of them
            batch_sampler=BatchesOfOneWidth(widths, self._batch_size, seed, place),
            collate_fn=collate,
            num_workers=self._workers,
            pin_memory=self._pin_memory,
            multiprocessing_context="spawn" if self._workers else None,
            persistent_workers=bool(self._workers),
        )

    def _find_or_make(self, split: str, glyphs: Glyphs) -> list[Sample]:
        settings = {
            "split": split,
            "count": self._counts[split],
            "digits": self.fixed_length,
            "augmentation": self._augmentation if split == "train" else 0,
            "seed": self._seed,
            "preparation": PREPARATION_VERSION,
            "format": _FORMAT,
        }
        if self._keep is None:
            return list(_make(settings, glyphs))
        text = json.dumps(settings, sort_keys=True)
        name = f"{split}-{self.fixed_length or '1-5'}-digits-{self._counts[split]}"
        path = self._keep / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.npz"
        if path.exists():
            logger.info("found %s", path)
            return _load(path)
        samples = list(_make(settings, glyphs))
        _save(samples, path)
        logger.info("kept %s", path)
        return samples


class BatchesOfOneWidth(Sampler[list[int]]):
    """Indices of samples, in batches of one width, shuffled anew every epoch; each process has batches of its own."""

    def __init__(self, widths: list[int], batch_size: int, seed: list[int], place: tuple[int, int] = (0, 1)) -> None:
        """place: rank and number of processes, which all have as many batches."""
        self._widths, self._batch_size = np.array(widths), batch_size
        self._generator, (self._rank, self._processes) = np.random.default_rng(seed), place

    def __iter__(self) -> Iterator[list[int]]:
        batches = []
        for width in np.unique(self._widths):
            indices = self._generator.permutation(np.flatnonzero(self._widths == width)).tolist()
            batches += [indices[i : i + self._batch_size] for i in range(0, len(indices), self._batch_size)]
        mine = self._generator.permutation(len(batches))[self._rank :: self._processes][: len(self)]
        yield from (batches[index] for index in mine)

    def __len__(self) -> int:
        _, counts = np.unique(self._widths, return_counts=True)
        return int((-(-counts // self._batch_size)).sum()) // self._processes


class _Samples(Dataset[Sample]):
    def __init__(self, samples: list[Sample]) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]


def _make(settings: dict[str, object], glyphs: Glyphs) -> Iterator[Sample]:
    count, length, augmentation = settings["count"], settings["digits"], settings["augmentation"]
    assert isinstance(count, int)
    assert isinstance(length, int | None)
    assert isinstance(augmentation, float | int)
    generator = np.random.default_rng([int(str(settings["seed"])), *str(settings["split"]).encode()])
    varied = MnistStrings(glyphs)
    for _ in tqdm(range(count), desc=f"making {settings['split']} strings", unit="string", leave=False, disable=None):
        prepared = None
        while prepared is None:
            drawn = overlapping_lengths(1, generator)[0] if length is None else length
            digits = uniform_digits(drawn, generator)
            if generator.random() < augmentation:
                picture = varied.draw(digits, generator)
            elif length is None:
                picture, digits = compose_overlapping_string(drawn, glyphs, generator)
            else:
                picture = compose_mnist_string(parse_digits(digits), glyphs, generator)
            prepared = prepare(picture)
        yield prepared.pixels, digits


def _save(samples: list[Sample], path: Path) -> None:
    """Pictures behind each other in one array, uint8 (HEIGHT, sum of widths)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft.npz")
    np.savez_compressed(
        draft,
        pictures=np.concatenate([picture for picture, _ in samples], axis=1)
        if samples
        else np.zeros((HEIGHT, 0), np.uint8),
        widths=np.array([picture.shape[1] for picture, _ in samples], np.int64),
        digits=np.array([digits for _, digits in samples], np.str_),
    )
    draft.replace(path)


def _load(path: Path) -> list[Sample]:
    with np.load(path) as kept:
        pictures = np.split(kept["pictures"], np.cumsum(kept["widths"])[:-1], axis=1)
        return [(picture, str(digits)) for picture, digits in zip(pictures, kept["digits"], strict=True)]
