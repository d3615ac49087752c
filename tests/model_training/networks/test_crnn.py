import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from torch.nn.functional import ctc_loss

from model_export.card import count_multiply_adds, count_parameters
from model_training.networks.crnn import CRNN
from number_generator import Glyphs, compose_mnist_string
from number_generator.strings import parse_digits
from recognizer.contract import BLANK, CHARSET, CLASS_COUNT, STEP_WIDTH
from recognizer.ctc import best_path
from recognizer.preparation import HEIGHT


@pytest.mark.parametrize(("batch", "width"), [(1, 64), (3, 96), (2, 160), (1, 2048)])
def test_logits_have_a_row_every_two_columns(batch: int, width: int) -> None:
    network = CRNN().eval()
    with torch.inference_mode():
        logits = network(torch.zeros(batch, 32, width, dtype=torch.uint8))
    assert logits.shape == (batch, width // STEP_WIDTH, CLASS_COUNT)
    assert logits.dtype == torch.float32


def test_the_configured_network_stays_under_its_budget() -> None:
    with initialize_config_module("model_training.configs", version_base="1.3"):
        network = instantiate(compose("train").network)
    assert count_multiply_adds(network) < 120e6
    assert count_parameters(network) < 1e6


def test_overfits_one_batch_with_repeated_digits(glyphs: Glyphs) -> None:
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    strings = ["40950", "111", "0", "777777"]
    pictures = [
        compose_mnist_string(parse_digits(string), glyphs, generator, size=HEIGHT, image_width=192)
        for string in strings
    ]
    targets = torch.tensor([int(digit) for string in strings for digit in string])
    lengths = torch.tensor([len(string) for string in strings])
    network = CRNN(channels=(24, 48, 64), hidden=96, dropout=0.0)
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    read: list[str] = []
    for _ in range(800):
        log_probabilities = network(torch.from_numpy(np.stack(pictures))).log_softmax(2)
        samples = log_probabilities.detach().numpy()
        read = ["".join(CHARSET[label.label] for label in best_path(sample)) for sample in samples]
        if read == strings:
            break
        loss = ctc_loss(log_probabilities.transpose(0, 1), targets, torch.full((4,), 96), lengths, blank=BLANK)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    assert read == strings


def test_configurations_of_earlier_runs_find_it_where_it_was() -> None:
    assert isinstance(instantiate({"_target_": "model_training.network.CRNN"}), CRNN)
