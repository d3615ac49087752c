"""What every network is to training, export and service: pictures to logits, and how it is taught."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import ctc_loss

from model_training.batches import Batch
from recognizer.contract import BLANK, CHARSET, CLASS_COUNT, STEP_WIDTH
from recognizer.ctc import best_path

REDUCTION = 4
"""Columns of the picture under one step of a sequence."""
_STEPS_OUT = REDUCTION // STEP_WIDTH  # repeated narrow digits need a blank between them: more steps than features
OUTPUTS = _STEPS_OUT * CLASS_COUNT
"""Logits of one step of a sequence."""


class Losses(NamedTuple):
    """Means over the strings of a batch, a digit each. local: of a part of the network alone, where it has such.
    logits: those of CTC that `main` is of, float32 (batch, time steps, CLASS_COUNT).
    """

    main: Tensor
    local: Tensor | None = None
    logits: Tensor | None = None


class Network(nn.Module):
    """Prepared pictures uint8 (batch, HEIGHT, width) -> logits float32 (batch, time steps, CLASS_COUNT).

    A time step is STEP_WIDTH columns, so that the recognizer knows where digits stand. A subclass gives `forward`; it
    is trained by CTC on its logits and read by their best path, unless it overrides `measure_losses` and
    `read_strings`.
    """

    description: str = "network with CTC"
    """For the model card."""
    fixed_length: int | None = None
    """Digits of every string that it can read, where it can read no others."""
    is_trained_by_ctc: bool = True
    """Whether its losses come with logits."""
    reason_not_to_export: str | None = None
    """Where no ONNX file of the contract can be made of it."""

    def forward(self, pictures: Tensor) -> Tensor:
        raise NotImplementedError

    def penalize_blank(self, penalty: float) -> None:
        """Take so much from every logit of the blank, for a network that leaves out more digits than it puts in.

        The --blank-penalty of speech recognizers: https://github.com/wenet-e2e/wenet/pull/2278. Raises ValueError: it
        is not read by the blank of CTC.
        """
        if penalty:
            raise ValueError(f"a {self.description} has no blank to penalize")

    def begin_with(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of a checkpoint, by their names, to train on from. Raises RuntimeError: they do not fit."""
        self.load_state_dict(state)

    def make_local_head(self) -> nn.Module | None:
        """A module for training alone, by which `measure_losses` takes a second loss; it is no part of the network."""
        return None

    def measure_losses(self, batch: Batch, local_head: nn.Module | None = None) -> Losses:  # noqa: ARG002
        """The losses of a batch. local_head: what `make_local_head` made."""
        logits = self(batch.pictures)
        return Losses(measure_ctc_loss(logits, batch), logits=logits)

    def read_strings(self, pictures: Tensor) -> list[str]:
        """What it reads in each of the pictures, uint8 (batch, HEIGHT, width)."""
        log_probabilities = self(pictures).float().log_softmax(2).detach().cpu().numpy()
        return ["".join(CHARSET[label.label] for label in best_path(sample)) for sample in log_probabilities]


class SequenceNetwork(Network):
    """Convolutions tell features of every REDUCTION columns, and what is above them reads the sequence of these.

    A second CTC loss, of the features alone through a linear layer, teaches the convolutions to tell a digit from what
    they see of it. J. Lee, S. Watanabe, Intermediate Loss Regularization for CTC-based Speech Recognition, 2021,
    arXiv 2102.03216. A subclass gives `feature_channels`, `head`, `extract_features` and `read_features`.
    """

    feature_channels: int
    head: nn.Linear
    """Its last layer, with OUTPUTS logits."""

    def extract_features(self, pictures: Tensor) -> Tensor:
        """Pictures uint8 (batch, HEIGHT, width) -> features float32 (batch, width / REDUCTION, feature_channels)."""
        raise NotImplementedError

    def read_features(self, features: Tensor) -> Tensor:
        """Features -> logits float32 (batch, width / STEP_WIDTH, CLASS_COUNT)."""
        raise NotImplementedError

    def forward(self, pictures: Tensor) -> Tensor:
        return self.read_features(self.extract_features(pictures))

    def penalize_blank(self, penalty: float) -> None:
        with torch.no_grad():
            self.head.bias.view(_STEPS_OUT, CLASS_COUNT)[:, BLANK] -= penalty

    def make_local_head(self) -> nn.Module:
        return nn.Linear(self.feature_channels, OUTPUTS)

    def measure_losses(self, batch: Batch, local_head: nn.Module | None = None) -> Losses:
        features = self.extract_features(batch.pictures)
        local = None if local_head is None else measure_ctc_loss(to_time_steps(local_head(features)), batch)
        logits = self.read_features(features)
        return Losses(measure_ctc_loss(logits, batch), local, logits)


def to_time_steps(outputs: Tensor) -> Tensor:
    """(batch, width / REDUCTION, OUTPUTS) -> (batch, width / STEP_WIDTH, CLASS_COUNT)."""
    return outputs.unflatten(2, (_STEPS_OUT, CLASS_COUNT)).flatten(1, 2)  # type: ignore[no-any-return, no-untyped-call]


def scale_pictures(pictures: Tensor) -> Tensor:
    """uint8 (batch, HEIGHT, width) -> float32 (batch, 1, HEIGHT, width) from 0 to 1; in the graph, to be exported."""
    scaled = pictures.unsqueeze(1).float() / 255
    return scaled if torch.onnx.is_in_onnx_export() else scaled.contiguous(memory_format=torch.channels_last)


def measure_ctc_loss(logits: Tensor, batch: Batch) -> Tensor:
    """CTC loss of logits (batch, time steps, classes), a digit; the mean over the strings."""
    log_probabilities = logits.float().log_softmax(2).transpose(0, 1)  # (time steps, batch, classes)
    steps = torch.full((len(logits),), logits.shape[1])
    return ctc_loss(log_probabilities, batch.targets, steps, batch.lengths, blank=BLANK, zero_infinity=True)
