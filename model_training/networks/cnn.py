"""A CNN for numbers of a fixed count of digits, a head for each position, without any sequence model.

I. J. Goodfellow et al., Multi-digit Number Recognition from Street View Imagery using Deep Convolutional Neural
Networks, 2013, arXiv 1312.6082.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from model_training.batches import Batch
from model_training.networks.base import Losses, Network, scale_pictures
from recognizer.contract import CHARSET, STEP_WIDTH
from recognizer.preparation import HEIGHT, MINIMUM_WIDTH

Head = Literal["positions", "joint"]

MOST_DIGITS = MINIMUM_WIDTH // STEP_WIDTH // 2
"""More would not find a time step each, with a blank between them, in the narrowest picture."""
MOST_JOINT_DIGITS = 4
"""The last layer of a joint head has 10 ** digits classes."""

_CLASSES = len(CHARSET)
_NEVER = -30.0  # a logit
_LARGEST_STRETCH = 1.25  # a lone 1 must not become a beam


class FixedCountCNN(Network):
    """Pictures uint8 (batch, HEIGHT, width) -> logits float32 (batch, width / STEP_WIDTH, CLASS_COUNT).

    Each picture's ink is stretched to one width, so that a convolution sees a position where it expects it.
    """

    is_trained_by_ctc = False

    def __init__(
        self,
        digits: int = 4,
        channels: Sequence[int] = (24, 48, 96),
        convolutions: Sequence[int] = (1, 1, 2),
        hidden: int = 128,
        dropout: float = 0.3,
        head: Head = "positions",
        digit_width: int = 24,
    ) -> None:
        """convolutions: of each stage, which halves height and width after them. digit_width: columns of one.

        Raises:
            ValueError: more digits than can be told, or sides that cannot be halved so often.
        """
        super().__init__()
        most = MOST_JOINT_DIGITS if head == "joint" else MOST_DIGITS
        if not 1 <= digits <= most:
            raise ValueError(f"digits={digits}: a head of kind {head} is for 1 to {most} digits")
        reduction = 2 ** len(channels)
        if HEIGHT % reduction or digit_width % reduction:
            raise ValueError(f"digit_width={digit_width} and {HEIGHT} rows cannot be halved {len(channels)} times")
        self.fixed_length, self.digits, self._width = digits, digits, digits * digit_width
        self.stages = nn.Sequential(*_make_stages(channels, convolutions))
        self.dropout = nn.Dropout(dropout)
        features, columns = channels[-1] * HEIGHT // reduction, self._width // reduction
        self.head = (
            JointHead(features * columns, hidden, digits, dropout)
            if head == "joint"
            else PositionHeads(features, columns, hidden, digits, dropout)
        )
        self.description = (
            f"CNN for numbers of {digits} digits, {'a class a number' if head == 'joint' else 'a head a position'}"
        )

    def forward(self, pictures: Tensor) -> Tensor:
        return spread(self.head.marginals(self._extract_features(pictures)), pictures)

    def measure_losses(self, batch: Batch, local_head: nn.Module | None = None) -> Losses:  # noqa: ARG002
        """Cross entropy, a digit.

        Raises:
            ValueError: a string of another count of digits.
        """
        if bool((batch.lengths != self.digits).any()):
            raise ValueError(f"this network is for strings of {self.digits} digits; give data.digits={self.digits}")
        targets = batch.targets.view(-1, self.digits)
        return Losses(self.head.measure_loss(self._extract_features(batch.pictures), targets))

    def begin_with(self, state: Mapping[str, Tensor]) -> None:
        """Weights of this network for another count of digits serve too, but for where it looks for each digit."""
        other = [key for key in state if key.startswith("head.last.") and key.endswith(".weight")]
        if not other or not isinstance(self.head, PositionHeads):
            return super().begin_with(state)
        known = {key: value for key, value in state.items() if not key.startswith(("head.last.", "head.look."))}
        for position in range(self.digits):
            for kind in ("weight", "bias"):
                known[f"head.last.{position}.{kind}"] = state[f"head.last.{position % len(other)}.{kind}"]
        look = state["head.look.weight"]
        same = look.shape == self.head.look.weight.shape
        return super().begin_with(known | {"head.look.weight": look if same else self.head.look.weight})

    def _extract_features(self, pictures: Tensor) -> Tensor:
        """Pictures -> features (batch, channels, rows, columns) of the stretched ink."""
        stretched = stretch_ink(scale_pictures(pictures).squeeze(1), self._width)
        features = self.stages(stretched.unsqueeze(1))
        return self.dropout(features)  # type: ignore[no-any-return]


class PositionHeads(nn.Module):
    """Each position looks at the columns where its digit is expected, and has a last layer of its own."""

    def __init__(self, features: int, columns: int, hidden: int, digits: int, dropout: float) -> None:
        super().__init__()
        each = columns // digits
        window = each + 2  # a column of either neighbour
        self._digits, self._window = digits, window
        starts = torch.arange(digits).unsqueeze(1) * each - 1
        seen = (starts + torch.arange(window)).clamp(0, columns - 1).flatten()  # (digits * window,)
        self.look = nn.Linear(columns, digits * window, bias=False)  # trained on from the regular places
        with torch.no_grad():
            self.look.weight.copy_(torch.eye(columns)[seen])
        self.hidden = nn.Sequential(
            nn.Linear(features * window, hidden), nn.ReLU(inplace=True), nn.Dropout(dropout)
        )  # of all positions: a digit looks the same in each
        self.last = nn.ModuleList(nn.Linear(hidden, _CLASSES) for _ in range(digits))

    def marginals(self, features: Tensor) -> Tensor:
        """(batch, channels, rows, columns) -> logits (batch, digits, 10)."""
        seen = self.look(features.flatten(1, 2))  # (batch, channels * rows, digits * window)
        parts = seen.unflatten(2, (self._digits, self._window)).transpose(1, 2).flatten(2)
        hidden = self.hidden(parts)  # (batch, digits, hidden)
        return torch.stack([last(hidden[:, position]) for position, last in enumerate(self.last)], dim=1)

    def measure_loss(self, features: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(self.marginals(features).float().flatten(0, 1), targets.flatten())


class JointHead(nn.Module):
    """A class for every number there is, as in the CNN that came before: 10 ** digits of them."""

    def __init__(self, features: int, hidden: int, digits: int, dropout: float) -> None:
        super().__init__()
        self._digits = digits
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(features, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, _CLASSES**digits),
        )

    def marginals(self, features: Tensor) -> Tensor:
        """-> (batch, digits, 10): the highest logit of a number with that digit there: the best number's win."""
        logits = self.layers(features).unflatten(1, (_CLASSES,) * self._digits)
        axes = range(1, self._digits + 1)
        return torch.stack(
            [logits.amax([a for a in axes if a != axis]) if self._digits > 1 else logits for axis in axes], 1
        )

    def measure_loss(self, features: Tensor, targets: Tensor) -> Tensor:
        powers = _CLASSES ** torch.arange(self._digits - 1, -1, -1, device=targets.device)
        return cross_entropy(self.layers(features).float(), (targets * powers).sum(1)) / self._digits


def spread(scores: Tensor, pictures: Tensor) -> Tensor:
    """Logits of each position, (batch, digits, 10), -> of each time step, (batch, width / STEP_WIDTH, CLASS_COUNT).

    Each position's digit is given out in the time step about its middle, with blanks between, so that what reads CTC
    reads it. pictures: uint8 (batch, HEIGHT, width).
    """
    digits, count = scores.shape[1], pictures.shape[2] // STEP_WIDTH
    scores = scores.float().log_softmax(2)
    steps = torch.arange(count, device=pictures.device)
    positions = steps * digits // count  # whose share of the picture a time step lies in
    middles = (2 * positions + 1) * count // (2 * digits)
    is_middle = (steps == middles).to(scores.dtype).unsqueeze(1)  # (time steps, 1)
    told = scores[:, positions] * is_middle + _NEVER * (1 - is_middle)  # (batch, time steps, 10)
    blanks = _NEVER * is_middle + torch.zeros_like(told[:, :, :1])
    return torch.cat((told, blanks), dim=2)


def _make_stages(channels: Sequence[int], convolutions: Sequence[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs = 1
    for outputs, count in zip(channels, convolutions, strict=True):
        for _ in range(count):
            convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return layers


def stretch_ink(pictures: Tensor, width: int) -> Tensor:
    """The ink of each picture, float (batch, height, columns), brought to a width in columns, and centred in it.

    It is made _LARGEST_STRETCH times as wide as it was at the most.

    Columns are mixed by a matrix a picture, a triangle about the place that each comes from, which averages where the
    ink is made narrower: the same in torch and in ONNX, and never dependent on the rest of a batch.
    """
    columns = torch.arange(pictures.shape[2], device=pictures.device, dtype=torch.float32)
    has_ink = pictures.amax(1) > 0  # (batch, columns)
    left = torch.where(has_ink, columns, columns[-1]).amin(1)
    right = torch.where(has_ink, columns, columns[0]).amax(1)
    step = ((right - left + 1) / width).clamp(min=1 / _LARGEST_STRETCH)  # columns of the picture a new column
    offsets = torch.arange(width, device=pictures.device) - (width - 1) / 2
    places = ((left + right) / 2).unsqueeze(1) + step.unsqueeze(1) * offsets  # (batch, width)
    reach = step.clamp(min=1).view(-1, 1, 1)
    distances = (columns.view(1, -1, 1) - places.unsqueeze(1)).abs()  # (batch, columns, width)
    return pictures @ ((1 - distances / reach).clamp(min=0) / reach)
