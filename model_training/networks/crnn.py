"""The CRNN: convolutions, a bidirectional LSTM, logits for CTC.

B. Shi, X. Bai, C. Yao, An End-to-End Trainable Neural Network for Image-based Sequence Recognition, 2015,
arXiv 1507.05717; here with a stride-2 stem, residual blocks, and two time steps out of each LSTM step.
"""

from torch import Tensor, nn

from model_training.networks.base import OUTPUTS, SequenceNetwork, scale_pictures, to_time_steps
from model_training.networks.convolutions import stack_convolutions
from recognizer.preparation import HEIGHT


class CRNN(SequenceNetwork):
    """Pictures uint8 (batch, HEIGHT, width) -> logits float32 (batch, width / STEP_WIDTH, CLASS_COUNT).

    The loss of the convolutions alone keeps the labels with the digits: a bidirectional LSTM may tell them anywhere.
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
        self.feature_channels = sequence_channels
        self.convolutions = stack_convolutions(stem_channels, channels, blocks, block_dropout)
        self.collapse = nn.Sequential(
            nn.Conv2d(channels[-1], sequence_channels, (HEIGHT // 8, 1), bias=False),
            nn.BatchNorm2d(sequence_channels),
            nn.ReLU(inplace=True),
        )
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(sequence_channels, hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * hidden, OUTPUTS)

    def extract_features(self, pictures: Tensor) -> Tensor:
        """Pictures -> features float32 (batch, width / REDUCTION, sequence_channels), each of some 50 columns."""
        features = self.collapse(self.convolutions(scale_pictures(pictures)))  # (batch, channels, 1, width / 4)
        return features.squeeze(2).transpose(1, 2)  # type: ignore[no-any-return]

    def read_features(self, features: Tensor) -> Tensor:
        states, _ = self.lstm(self.dropout(features))
        return to_time_steps(self.head(self.dropout(states)))
