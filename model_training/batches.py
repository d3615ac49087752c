"""Prepared strings in batches of one width: without end, to train on, or given ones."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset, get_worker_info

from model_training.string_maker import Sample, StringMaker

_KEPT_BATCHES = 200  # to be used again


class Batch(NamedTuple):
    """Strings of one width.

    pictures: uint8 (batch, HEIGHT, width); targets: int64 (sum of lengths,); lengths: int64 (batch,).
    """

    pictures: Tensor
    targets: Tensor
    lengths: Tensor

    def strings(self) -> list[str]:
        return ["".join(map(str, part.tolist())) for part in torch.split(self.targets, self.lengths.tolist())]


def collate(samples: list[Sample]) -> Batch:
    """Samples of one width -> a batch; nothing is padded, as a bidirectional LSTM would see it."""
    pictures = torch.from_numpy(np.stack([picture for picture, _ in samples]))
    targets = torch.tensor([int(digit) for _, digits in samples for digit in digits])
    return Batch(pictures, targets, torch.tensor([len(digits) for _, digits in samples]))


class EndlessStrings(IterableDataset[Batch]):
    """Batches of one width each, of about `columns` pixel columns, without end.

    Each worker has its own stream of random numbers, by `seeds` and its number among the workers. Every batch comes
    `uses` times, far apart: making strings takes a third of the time of training. D. Choi et al., Faster Neural
    Network Training with Data Echoing, 2019, arXiv 1907.05550.
    """

    def __init__(self, maker: StringMaker, columns: int, seeds: tuple[int, ...], uses: int = 1) -> None:
        self._maker, self._columns, self._seeds, self._uses = maker, columns, seeds, uses

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        generator = np.random.default_rng([*self._seeds, worker.id if worker else 0])
        used: list[list[Sample]] = []
        for samples in self._make(generator):
            yield collate(samples)
            used += [samples] * (self._uses - 1)
            while len(used) > _KEPT_BATCHES:
                index = int(generator.integers(len(used)))
                used[index], used[-1] = used[-1], used[index]
                yield collate(used.pop())

    def _make(self, generator: np.random.Generator) -> Iterator[list[Sample]]:
        buckets: dict[int, list[Sample]] = defaultdict(list)
        while True:
            sample = self._maker.make(generator)
            width = sample[0].shape[1]
            bucket = buckets[width]
            bucket.append(sample)
            if len(bucket) * width >= self._columns:
                yield buckets.pop(width)


class FixedStrings(Dataset[Batch]):
    """Batches of one width each out of given samples."""

    def __init__(self, samples: list[Sample], batch_size: int = 64) -> None:
        buckets: dict[int, list[Sample]] = defaultdict(list)
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

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._batches)
