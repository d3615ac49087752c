"""The CRNN as it was published: seven convolutions, two bidirectional LSTMs, CTC.

B. Shi, X. Bai, C. Yao, An End-to-End Trainable Neural Network for Image-based Sequence Recognition, 2015,
arXiv 1507.05717, table 1; batch normalization after the fifth and the sixth convolution.
"""

from torch import Tensor, nn
from torch.nn.functional import pad

from model_training.networks.base import OUTPUTS, SequenceNetwork, scale_pictures, to_time_steps

_CHANNELS = (64, 128, 256, 256, 512, 512)
_NORMALIZED = (4, 5)
_POOLS: dict[int, tuple[int, int]] = {0: (2, 2), 1: (2, 2), 3: (2, 1), 5: (2, 1)}
"""Strides of the pooling after a convolution: height, width."""


class PaperCRNN(SequenceNetwork):
    """Pictures uint8 (batch, HEIGHT, width) -> logits float32 (batch, width / STEP_WIDTH, CLASS_COUNT).

    Two things are not the paper's. Its last convolution, of 2 x 2 without padding, loses a column; here a blank one is
    put on at the right. And it has a time step every 4 columns: each of its LSTM steps gives two here, as in our CRNN.
    """

    description = "the CRNN of Shi, Bai and Yao (2015): seven convolutions, two bidirectional LSTMs, CTC"

    def __init__(self, hidden: int = 256) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for index, outputs in enumerate(_CHANNELS):
            layers.append(nn.Conv2d(inputs, outputs, 3, padding=1))
            if index in _NORMALIZED:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.ReLU(inplace=True))
            if index in _POOLS:
                layers.append(nn.MaxPool2d(_POOLS[index], _POOLS[index]))
            inputs = outputs
        self.feature_channels = inputs
        self.convolutions = nn.Sequential(*layers)
        self.collapse = nn.Sequential(nn.Conv2d(inputs, inputs, 2), nn.ReLU(inplace=True))
        self.lstm = nn.LSTM(inputs, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * hidden, OUTPUTS)

    def extract_features(self, pictures: Tensor) -> Tensor:
        """Pictures -> features float32 (batch, width / 4, 512)."""
        features = self.convolutions(scale_pictures(pictures))  # (batch, 512, 2, width / 4)
        collapsed = self.collapse(pad(features, (0, 1)))  # (batch, 512, 1, width / 4)
        return collapsed.squeeze(2).transpose(1, 2)  # type: ignore[no-any-return]

    def read_features(self, features: Tensor) -> Tensor:
        states, _ = self.lstm(features)
        return to_time_steps(self.head(states))
