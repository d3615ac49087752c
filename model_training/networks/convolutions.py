"""The convolutions that our networks begin with."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_STRIDES: tuple[int | tuple[int, int], ...] = (1, 2, (2, 1))


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


def stack_convolutions(
    stem_channels: int, channels: Sequence[int], blocks: Sequence[int], block_dropout: float
) -> nn.Sequential:
    """Pictures float32 (batch, 1, height, width) -> features (batch, channels[-1], height / 8, width / 4).

    A stem of stride 2, then a convolution and so many residual blocks for each of the three channels.
    """
    layers: list[nn.Module] = [ConvolutionBlock(1, stem_channels, stride=2)]
    inputs = stem_channels
    for outputs, stride, count in zip(channels, _STRIDES, blocks, strict=True):
        residual_blocks = (ResidualBlock(outputs, block_dropout) for _ in range(count))
        layers += [ConvolutionBlock(inputs, outputs, stride), *residual_blocks]
        inputs = outputs
    return nn.Sequential(*layers)
