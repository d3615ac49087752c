"""The CRNN: convolutions, a bidirectional LSTM, logits for CTC.

B. Shi, X. Bai, C. Yao, An End-to-End Trainable Neural Network for Image-based Sequence Recognition, 2015,
arXiv 1507.05717; here with a stride-2 stem, residual blocks, and two time steps out of each LSTM step.
"""

import torch
from torch import Tensor, nn

from model_training.networks.base import Losses, Network, measure_ctc_loss, scale_pictures
from model_training.strings_data import Batch
from recognizer.contract import CLASS_COUNT, STEP_WIDTH
from recognizer.preparation import HEIGHT

REDUCTION = 4
"""Columns of the picture under one step of the LSTM."""
_STEPS_OUT = REDUCTION // STEP_WIDTH  # repeated narrow digits need a blank between them: more steps than features
OUTPUTS = _STEPS_OUT * CLASS_COUNT
"""Logits of one step of the LSTM."""


def to_time_steps(outputs: Tensor) -> Tensor:
    """(batch, width / REDUCTION, OUTPUTS) -> (batch, width / STEP_WIDTH, CLASS_COUNT)."""
    return outputs.unflatten(2, (_STEPS_OUT, CLASS_COUNT)).flatten(1, 2)  # type: ignore[no-any-return, no-untyped-call]


class ConvolutionBlock(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, stride: int | tuple[int, int] = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """K. He et al., Deep Residual Learning for Image Recognition, 2015, arXiv 1512.03385.

    Dropout between the convolutions: S. Zagoruyko, N. Komodakis, Wide Residual Networks, 2016, arXiv 1605.07146.
    """

    def __init__(self, channels: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.first = ConvolutionBlock(channels, channels)
        self.dropout = nn.Dropout(dropout)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(features + self.second(self.dropout(self.first(features))))


class CRNN(Network):
    """Pictures uint8 (batch, HEIGHT, width) -> logits float32 (batch, width / STEP_WIDTH, CLASS_COUNT).

    A second CTC loss, of the convolutions alone through a linear layer, teaches them to tell a digit from what they see
    of it, and keeps the labels where the digits are: a bidirectional LSTM may tell them anywhere. J. Lee, S. Watanabe,
    Intermediate Loss Regularization for CTC-based Speech Recognition, 2021, arXiv 2102.03216.
    """

    description = "CRNN with CTC: convolutions, one bidirectional LSTM"

    def __init__(
        self,
        stem_channels: int = 24,
        channels: tuple[int, int, int] = (40, 72, 128),
        blocks: tuple[int, int, int] = (0, 1, 1),
        sequence_channels: int = 160,
        hidden: int = 128,
        dropout: float = 0.2,
        block_dropout: float = 0.1,
    ) -> None:
        super().__init__()
        strides: tuple[int | tuple[int, int], ...] = (1, 2, (2, 1))
        layers: list[nn.Module] = [ConvolutionBlock(1, stem_channels, stride=2)]
        inputs = stem_channels
        for outputs, stride, count in zip(channels, strides, blocks, strict=True):
            residual_blocks = (ResidualBlock(outputs, block_dropout) for _ in range(count))
            layers += [ConvolutionBlock(inputs, outputs, stride), *residual_blocks]
            inputs = outputs
        self.convolutions = nn.Sequential(*layers)
        self.collapse = nn.Sequential(
            nn.Conv2d(inputs, sequence_channels, (HEIGHT // 8, 1), bias=False),
            nn.BatchNorm2d(sequence_channels),
            nn.ReLU(inplace=True),
        )
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(sequence_channels, hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * hidden, OUTPUTS)

    def forward(self, pictures: Tensor) -> Tensor:
        return self._read(self.extract_features(pictures))

    def make_local_head(self) -> nn.Module:
        return nn.Linear(self.lstm.input_size, OUTPUTS)

    def measure_losses(self, batch: Batch, local_head: nn.Module | None = None) -> Losses:
        features = self.extract_features(batch.pictures)
        local = None if local_head is None else measure_ctc_loss(to_time_steps(local_head(features)), batch)
        return Losses(measure_ctc_loss(self._read(features), batch), local)

    def extract_features(self, pictures: Tensor) -> Tensor:
        """Pictures -> features float32 (batch, width / REDUCTION, sequence_channels), each of some 50 columns."""
        features = self.collapse(self.convolutions(scale_pictures(pictures)))  # (batch, channels, 1, width / 4)
        return features.squeeze(2).transpose(1, 2)  # type: ignore[no-any-return]

    def _read(self, features: Tensor) -> Tensor:
        """Features -> logits."""
        states, _ = self.lstm(self.dropout(features))
        return to_time_steps(self.head(self.dropout(states)))
