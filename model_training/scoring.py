"""How well a network reads prepared strings."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torchmetrics.text import CharErrorRate

from model_training.networks.base import Network
from model_training.strings_data import Batch


@dataclass(frozen=True)
class StringScore:
    """exact: share of strings read whole; cer: edits by digits in all."""

    strings: int
    exact: float
    cer: float


def score_network(network: Network, batches: Iterable[Batch]) -> StringScore:
    """Read all strings, on the device that the network is on."""
    device = next(network.parameters()).device
    error_rate = CharErrorRate()
    rights: list[bool] = []
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        for batch in batches:
            read, wanted = network.read_strings(batch.pictures.to(device)), batch.strings()
            error_rate.update(read, wanted)
            rights += [r == w for r, w in zip(read, wanted, strict=True)]
    network.train(was_training)
    return StringScore(len(rights), sum(rights) / max(1, len(rights)), float(error_rate.compute()))
