"""A classifier of single digits, which looks once more at each digit of a string that is read in doubt."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from model_training.batches import Batch
from model_training.networks.base import Losses, Network, scale_pictures
from model_training.networks.cnn import spread
from model_training.networks.convolutions import ConvolutionBlock, ResidualBlock
from recognizer.contract import CHARSET
from recognizer.preparation import HEIGHT


class DigitClassifier(Network):
    """Pictures of one digit each, uint8 (batch, HEIGHT, width), as `recognizer.single_digits` cuts them out -> logits.

    It begins at full resolution, which the network of strings cannot afford, and sees the middle of a picture: the
    digit, and a little of what stands beside it.
    """

    description = "CNN for single digits"
    fixed_length = 1
    is_trained_by_ctc = False

    def __init__(
        self,
        channels: Sequence[int] = (16, 32, 64, 96),
        hidden: int = 128,
        dropout: float = 0.35,
        block_dropout: float = 0.1,
        columns: int = 40,
    ) -> None:
        """channels: of each stage, two at the least; height and width are halved between them. columns: that it sees.

        Raises:
            ValueError: sides that cannot be halved so often.
        """
        super().__init__()
        reduction = 2 ** (len(channels) - 1)
        if HEIGHT % reduction or columns % reduction:
            raise ValueError(f"{HEIGHT} rows and {columns} columns cannot be halved {len(channels) - 1} times")
        self._columns = columns
        layers: list[nn.Module] = [ConvolutionBlock(1, channels[0])]
        for inputs, outputs in pairwise(channels[:-1]):
            layers += [nn.MaxPool2d(2), ConvolutionBlock(inputs, outputs), ResidualBlock(outputs, block_dropout)]
        layers += [nn.MaxPool2d(2), ConvolutionBlock(channels[-2], channels[-1])]
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels[-1] * HEIGHT * columns // reduction**2, hidden),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, len(CHARSET)),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        return spread(self._classify(pictures).unsqueeze(1), pictures)

    def measure_losses(self, batch: Batch, local_head: nn.Module | None = None) -> Losses:  # noqa: ARG002
        """Cross entropy."""
        return Losses(cross_entropy(self._classify(batch.pictures).float(), batch.targets))

    def _classify(self, pictures: Tensor) -> Tensor:
        """-> logits (batch, 10)."""
        first = (pictures.shape[2] - self._columns) // 2
        middle = pictures[:, :, first : first + self._columns]
        return self.head(self.features(scale_pictures(middle)))  # type: ignore[no-any-return]
