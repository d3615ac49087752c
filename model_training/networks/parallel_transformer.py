"""A small vision transformer that reads all positions at once, with logits for CTC.

A convolutional stem makes a token of every four columns (T. Xiao et al., Early Convolutions Help Transformers See
Better, NeurIPS 2021, arXiv 2106.14881), a transformer encoder lets them look at their neighbours (A. Vaswani et al.,
Attention Is All You Need, 2017, arXiv 1706.03762), and every token tells two time steps. Nothing waits for the digit
before it: one pass, however many digits there are.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from model_training.networks.base import OUTPUTS, SequenceNetwork, scale_pictures, to_time_steps
from model_training.networks.convolutions import stack_convolutions
from recognizer.preparation import HEIGHT


class WindowAttention(nn.Module):
    """Attention to the tokens at most `window` away, with a learned bias for each distance, to the left or right.

    P. Shaw et al., Self-Attention with Relative Position Representations, 2018, arXiv 1803.02155, with a scalar for a
    distance as in C. Raffel et al., 2020, arXiv 1910.10683. No token is told its place in the picture, so that a string
    longer than all those trained on looks no different from inside.
    """

    def __init__(self, channels: int, heads: int, window: int) -> None:
        super().__init__()
        self._heads, self._window = heads, window
        self.project_in = nn.Linear(channels, 3 * channels)
        self.project_out = nn.Linear(channels, channels)
        # Near is more than far from the start: O. Press et al., Train Short, Test Long, 2022, arXiv 2108.12409.
        slopes = 2.0 ** -torch.arange(1, heads + 1)
        distances = torch.arange(-window, window + 1).abs()
        self.bias = nn.Parameter(-slopes[:, None] * distances)  # (heads, 2 * window + 1)

    def forward(self, tokens: Tensor) -> Tensor:
        """(batch, tokens, channels) -> the same shape."""
        parts = self.project_in(tokens).unflatten(2, (3, self._heads, -1))  # (batch, tokens, 3, heads, own)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(queries, keys, values, self._mask(tokens).to(queries.dtype))
        return self.project_out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def _mask(self, tokens: Tensor) -> Tensor:
        """What is added to the attention of each token to each other, (heads, tokens, tokens)."""
        places = torch.arange(tokens.shape[1], device=tokens.device)
        distances = places[None, :] - places[:, None]
        bias = self.bias[:, distances.clamp(-self._window, self._window) + self._window]
        return bias.masked_fill(distances.abs() > self._window, float("-inf"))


class TransformerBlock(nn.Module):
    """Attention and a feed-forward layer, each normalized before it and added to what it was given.

    R. Xiong et al., On Layer Normalization in the Transformer Architecture, 2020, arXiv 2002.04745.
    """

    def __init__(self, channels: int, heads: int, window: int, expansion: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.Sequential(
            nn.LayerNorm(channels), WindowAttention(channels, heads, window), nn.Dropout(dropout)
        )
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(channels),
            nn.Linear(channels, expansion * channels),
            nn.GELU(),
            nn.Linear(expansion * channels, channels),
            nn.Dropout(dropout),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(tokens)
        return tokens + self.feed_forward(tokens)  # type: ignore[no-any-return]


class ParallelTransformer(SequenceNetwork):
    """Pictures uint8 (batch, HEIGHT, width) -> logits float32 (batch, width / STEP_WIDTH, CLASS_COUNT).

    The loss of the stem alone teaches it to tell digits before the layers above it learn to look at them.
    """

    description = "vision transformer with CTC: a convolutional stem, self-attention within a window, no recurrence"

    def __init__(
        self,
        stem_channels: int = 24,
        channels: tuple[int, int, int] = (40, 72, 128),
        blocks: tuple[int, int, int] = (0, 1, 0),
        token_channels: int = 160,
        layers: int = 4,
        heads: int = 4,
        window: int = 24,
        expansion: int = 4,
        dropout: float = 0.1,
        block_dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.feature_channels = token_channels
        self.stem = stack_convolutions(stem_channels, channels, blocks, block_dropout)
        self.collapse = nn.Conv2d(channels[-1], token_channels, (HEIGHT // 8, 1))
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.Sequential(
            *(TransformerBlock(token_channels, heads, window, expansion, dropout) for _ in range(layers))
        )
        self.norm = nn.LayerNorm(token_channels)
        self.head = nn.Linear(token_channels, OUTPUTS)

    def extract_features(self, pictures: Tensor) -> Tensor:
        """Pictures -> float32 (batch, width / REDUCTION, token_channels), each of what some 30 columns show."""
        features = self.collapse(self.stem(scale_pictures(pictures)))  # (batch, channels, 1, width / 4)
        return features.squeeze(2).transpose(1, 2)  # type: ignore[no-any-return]

    def read_features(self, features: Tensor) -> Tensor:
        return to_time_steps(self.head(self.norm(self.layers(self.dropout(features)))))
