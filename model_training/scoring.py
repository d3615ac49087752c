"""How well a network reads prepared strings."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torchmetrics.text import CharErrorRate

from model_training.batches import Batch
from model_training.networks.base import Network


@dataclass(frozen=True)
class StringScore:
    """exact: share of strings read whole; cer: edits by digits in all."""

    strings: int
    exact: float
    cer: float


class Scoring:
    """Counts readings, batch by batch."""

    def __init__(self) -> None:
        self._rights: list[bool] = []
        self._error_rate = CharErrorRate()

    def add(self, read: list[str], wanted: list[str]) -> None:
        self._error_rate.update(read, wanted)
        self._rights += [r == w for r, w in zip(read, wanted, strict=True)]

    def score(self) -> StringScore:
        return StringScore(
            len(self._rights), sum(self._rights) / max(1, len(self._rights)), float(self._error_rate.compute())
        )


def score_network(network: Network, batches: Iterable[Batch]) -> StringScore:
    """Read all strings, on the device that the network is on."""
    device = next(network.parameters()).device
    scoring = Scoring()
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        for batch in batches:
            scoring.add(network.read_strings(batch.pictures.to(device)), batch.strings())
    network.train(was_training)
    return scoring.score()
