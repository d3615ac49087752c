from pathlib import Path

import numpy as np
import pytest
import torch

from model_training.initial_weights import CannotStart, load_initial_weights
from model_training.networks.crnn import CRNN
from recognizer.session import SHIPPED_MODEL, Session


@pytest.fixture
def pictures() -> torch.Tensor:
    generator = np.random.default_rng(0)
    return torch.from_numpy(generator.integers(0, 256, (16, 32, 96), dtype=np.uint8))


def test_the_shipped_model_goes_on_where_it_ended(pictures: torch.Tensor) -> None:
    network = CRNN()
    load_initial_weights(network, SHIPPED_MODEL, pictures)
    expected = Session(SHIPPED_MODEL, threads=1).run(pictures.numpy())
    with torch.inference_mode():
        np.testing.assert_allclose(network.eval()(pictures).numpy(), expected, atol=1e-3)


def test_its_batch_normalization_fits_what_training_will_see(pictures: torch.Tensor) -> None:
    network = CRNN(dropout=0.0, block_dropout=0.0)
    load_initial_weights(network, SHIPPED_MODEL, pictures)
    with torch.inference_mode():
        reading, training = network.eval()(pictures), network.train()(pictures)
    assert float((reading - training).abs().max()) < 0.1


def test_a_checkpoint_is_taken_as_it_is(tmp_path: Path, pictures: torch.Tensor) -> None:
    trained, network = CRNN(), CRNN()
    torch.save({"state_dict": {f"network.{k}": v for k, v in trained.state_dict().items()}}, tmp_path / "a.ckpt")
    load_initial_weights(network, tmp_path / "a.ckpt", pictures)
    for key, value in trained.state_dict().items():
        assert torch.equal(network.state_dict()[key], value)


def test_a_missing_file_and_another_network_are_refused(tmp_path: Path, pictures: torch.Tensor) -> None:
    with pytest.raises(CannotStart, match=r"none\.ckpt"):
        load_initial_weights(CRNN(), tmp_path / "none.ckpt", pictures)
    with pytest.raises(CannotStart, match="this network"):
        load_initial_weights(CRNN(hidden=64), SHIPPED_MODEL, pictures)
