"""`DataGenerator` for torch; apart from the rest, which does without torch."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from number_generator.data_generator import DataGenerator


class TorchBatches(IterableDataset[tuple[Tensor, list[str]]]):
    """Pictures, float32 (batch, 28, width), and their numbers; workers share the batches without a repetition."""

    def __init__(self, batches: DataGenerator) -> None:
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[tuple[Tensor, list[str]]]:
        for pictures, numbers in self._batches:
            yield torch.from_numpy(pictures), numbers.tolist()
