"""Two views of every string must be read alike, time step by time step.

Z. Yao et al., CR-CTC: Consistency Regularization on CTC for Improved Speech Recognition, 2024, arXiv 2410.05101. There
parts of the spectrum are masked; here strokes are bent, slanted, thickened, and partly erased, where they stand: both
views have the same time steps. Nothing is thinned: what forms leave of digits is thin already.
"""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate, max_pool2d

from model_training.batches import Batch
from recognizer.preparation import HEIGHT

_CHANGED_SHARE = 0.7  # of the views; the others are the pictures as they are
_SLANT = 0.09  # standard deviations: columns a row,
_BEND = 0.6  # pixels, at nodes
_NODE_PITCH = 8  # pixels apart,
_RISE = 0.7  # pixels,
_STRETCH = 0.04  # of the height
_THICKENED_SHARE = 0.2
_ERASED_PITCH = 128  # columns a rectangle, in the mean
_ERASED_HEIGHTS, _ERASED_WIDTHS = (3, 12), (2, 8)


def make_views(batch: Batch) -> Batch:
    """Each string twice, all first views before all second ones."""
    pictures = torch.cat([_change(batch.pictures), _change(batch.pictures)])
    return Batch(pictures, batch.targets.repeat(2), batch.lengths.repeat(2))


def measure_inconsistency(logits: Tensor, lengths: Tensor) -> Tensor:
    """How far the readings of two views are apart, a digit; the mean over the strings.

    logits: (2 * strings, time steps, classes), of views as `make_views` orders them. lengths: int64, digits of each.
    """
    log_probabilities = logits.float().log_softmax(2)
    targets = torch.cat(log_probabilities.detach().chunk(2)[::-1])  # each view learns from the other
    divergence = (targets.exp() * (targets - log_probabilities)).sum(dim=(1, 2))
    return (divergence / lengths.to(divergence.device).clamp(min=1)).mean()


def _change(pictures: Tensor) -> Tensor:
    """uint8 (batch, HEIGHT, width) -> the same shape."""
    changed = _erase(_thicken(_bend(pictures.unsqueeze(1).float())))
    is_changed = _draw(pictures) < _CHANGED_SHARE
    return torch.where(is_changed[:, 0], changed.squeeze(1).round().to(torch.uint8), pictures)


def _draw(pictures: Tensor) -> Tensor:
    """A random number from 0 to 1 a picture, (batch, 1, 1, 1)."""
    return torch.rand(len(pictures), 1, 1, 1, device=pictures.device)


def _bend(pictures: Tensor) -> Tensor:
    """Slant, stretch and move pictures up and down, and move what lies about the nodes of a grid."""
    count, _, height, width = pictures.shape
    device = pictures.device
    x = torch.arange(width, device=device, dtype=torch.float32).expand(height, width)
    y = torch.arange(height, device=device, dtype=torch.float32)[:, None].expand(height, width)
    from_middle = y - (height - 1) / 2
    slant, rise, stretch = torch.randn(3, count, 1, 1, device=device)
    nodes = torch.randn(count, 2, height // _NODE_PITCH + 1, width // _NODE_PITCH + 1, device=device)
    bends = _BEND * interpolate(nodes, (height, width), mode="bicubic", align_corners=True)
    places_x = x + _SLANT * slant * from_middle + bends[:, 0]
    places_y = y + _STRETCH * stretch * from_middle + _RISE * rise + bends[:, 1]
    grid = torch.stack((2 * places_x / (width - 1) - 1, 2 * places_y / (height - 1) - 1), dim=3)
    return grid_sample(pictures, grid, align_corners=True)


def _thicken(pictures: Tensor) -> Tensor:
    """Some strokes become thicker."""
    amount = 0.6 * _draw(pictures)
    thicker = pictures + amount * (max_pool2d(pictures, 3, 1, 1) - pictures)
    return torch.where(_draw(pictures) < _THICKENED_SHARE, thicker, pictures)


def _erase(pictures: Tensor) -> Tensor:
    """Z. Zhong et al., Random Erasing Data Augmentation, 2017, arXiv 1708.04896."""
    width, device = pictures.shape[3], pictures.device
    rows, columns = torch.arange(HEIGHT, device=device)[:, None], torch.arange(width, device=device)
    kept = torch.ones_like(pictures, dtype=torch.bool)
    for _ in range(-(-width // _ERASED_PITCH)):
        top, left = HEIGHT * _draw(pictures), width * _draw(pictures)
        high = _ERASED_HEIGHTS[0] + (_ERASED_HEIGHTS[1] - _ERASED_HEIGHTS[0]) * _draw(pictures)
        wide = _ERASED_WIDTHS[0] + (_ERASED_WIDTHS[1] - _ERASED_WIDTHS[0]) * _draw(pictures)
        inside = (rows >= top) & (rows < top + high) & (columns >= left) & (columns < left + wide)
        kept &= ~inside
    return pictures * kept
