import pytest
import torch

from model_training.networks.digit_classifier import DigitClassifier


def test_it_sees_the_middle_of_a_picture_alone() -> None:
    torch.manual_seed(0)
    network = DigitClassifier(channels=(8, 8, 16), hidden=16).eval()
    pictures = torch.randint(0, 256, (3, 32, 64), dtype=torch.uint8)
    beside, within = pictures.clone(), pictures.clone()
    beside[:, :, :12] = 0
    beside[:, :, 52:] = 255
    within[:, :, 12:20] = 255
    with torch.inference_mode():
        assert torch.equal(network(pictures), network(beside))
        assert not torch.allclose(network(pictures), network(within))


def test_sides_that_cannot_be_halved_are_refused() -> None:
    with pytest.raises(ValueError, match="36 columns cannot be halved 3 times"):
        DigitClassifier(columns=36)
