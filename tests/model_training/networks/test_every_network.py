"""What holds of every network: its configuration, its shapes, learning, export, and independence of a batch."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

from model_export.metadata import Identity, write_metadata
from model_export.onnx_file import export
from model_training.batches import Batch, collate
from model_training.networks.base import Network
from model_training.networks.cnn import FixedCountCNN
from model_training.networks.crnn import CRNN
from model_training.networks.crnn_paper import PaperCRNN
from model_training.networks.digit_classifier import DigitClassifier
from model_training.trocr.folder import create
from number_generator import Glyphs, compose_mnist_string
from number_generator.strings import parse_digits
from recognizer.calibration import Calibration, Curve
from recognizer.contract import CLASS_COUNT, STEP_WIDTH
from recognizer.preparation import prepare
from recognizer.recognizer import Recognizer
from tests.picture_files import png

CONFIGS = Path(__file__).resolve().parents[3] / "model_training" / "configs" / "network"

SMALL: dict[str, Callable[[], Network]] = {
    "crnn": lambda: CRNN(channels=(8, 8, 16), hidden=16),
    "crnn_paper": lambda: PaperCRNN(hidden=16),
    "cnn": lambda: FixedCountCNN(3, channels=(8, 8, 16), hidden=16),
    "cnn of 1 digit": lambda: FixedCountCNN(1, channels=(8, 8, 16), hidden=16),
    "cnn of 9 digits": lambda: FixedCountCNN(9, channels=(8, 8, 16), hidden=16),
    "digit classifier": lambda: DigitClassifier(channels=(8, 8, 16), hidden=16),
    "cnn with a joint head": lambda: FixedCountCNN(2, channels=(8, 8, 16), hidden=16, head="joint"),
}


@pytest.fixture(params=SMALL, scope="module")
def network(request: pytest.FixtureRequest) -> Network:
    torch.manual_seed(0)
    return SMALL[request.param]().eval()


def strings(glyphs: Glyphs, labels: list[str]) -> Batch:
    generator = np.random.default_rng(0)
    found = [prepare(compose_mnist_string(parse_digits(label), glyphs, generator)) for label in labels]
    width = max(one.pixels.shape[1] for one in found if one is not None)
    padded = [np.pad(one.pixels, ((0, 0), (0, width - one.pixels.shape[1]))) for one in found if one is not None]
    return collate(list(zip(padded, labels, strict=True)))


@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGS.glob("*.yaml")))
def test_every_configuration_makes_a_network(name: str, tmp_path: Path) -> None:
    overrides = [f"network={name}"]
    if name == "trocr":  # whose own is on the hub
        create(tmp_path / "trocr", width=128, channels=32, encoder_layers=1, decoder_layers=1, heads=2)
        overrides.append(f"network.model={tmp_path / 'trocr'}")
    with initialize_config_module("model_training.configs", version_base="1.3"):
        network = instantiate(compose("train", overrides).network)
    assert isinstance(network, Network)


@pytest.mark.parametrize("data", ["endless", "kept", "windows"])
@pytest.mark.parametrize("logger", ["tensorboard", "csv", "wandb"])
def test_data_and_loggers_are_chosen_by_name(data: str, logger: str) -> None:
    with initialize_config_module("model_training.configs", version_base="1.3"):
        config = compose("train", [f"data={data}", f"logger={logger}", "network=cnn", "digits=6"])
    assert config.network.digits == 6
    assert config.output == "runs/cnn-6"
    assert config.data.get("digits", 6) == 6
    assert config.logger._target_.lower().endswith(f"{logger}logger")


@pytest.mark.parametrize(("batch", "width"), [(1, 64), (3, 96), (2, 512)])
def test_there_is_a_time_step_every_two_columns(batch: int, width: int, network: Network) -> None:
    with torch.inference_mode():
        logits = network(torch.zeros(batch, 32, width, dtype=torch.uint8))
    assert logits.shape == (batch, width // STEP_WIDTH, CLASS_COUNT)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


def test_only_a_network_with_a_blank_can_be_told_to_penalize_it() -> None:
    network = FixedCountCNN(2, channels=(8, 8, 16), hidden=16)
    network.penalize_blank(0.0)
    with pytest.raises(ValueError, match="has no blank to penalize"):
        network.penalize_blank(1.0)


def test_the_exported_network_gives_torchs_logits_and_is_served(
    network: Network,
    tmp_path: Path,
    glyphs: Glyphs,
    generator: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "network.onnx"
    monkeypatch.setattr("model_export.onnx_file._CHECKED_WIDTHS", (64, 96, 224))  # a real export checks up to 2,048
    monkeypatch.setattr("model_export.onnx_file._CHECKED_BATCHES", (1, 3))
    assert export(network, path) < 2e-4
    write_metadata(path, Identity("test", "1", "abc"), {}, Calibration(Curve(), Curve(), 0.0, (), "nothing", 0))
    picture = compose_mnist_string([4, 0, 9], glyphs, generator)
    found = prepare(picture)
    assert found is not None
    with torch.inference_mode():
        (read,) = network.read_strings(torch.from_numpy(found.pixels[np.newaxis]))
    if network.fixed_length is not None:  # one untrained reads anything, but of one length; and surely enough to agree
        assert len(read) == network.fixed_length
        assert Recognizer(path).read(png(picture)).prediction == read


def test_a_picture_is_read_alike_alone_and_in_any_batch(network: Network, glyphs: Glyphs) -> None:
    batch = strings(glyphs, ["409", "111", "950"])
    with torch.inference_mode():
        together = network(batch.pictures)
        alone = torch.cat([network(picture.unsqueeze(0)) for picture in batch.pictures])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("make", "labels"),
    [
        (lambda: FixedCountCNN(3, dropout=0.0), ["409", "111", "000"]),  # runs of one digit
        (lambda: FixedCountCNN(1, dropout=0.0), ["4", "1", "0"]),
        (lambda: FixedCountCNN(2, head="joint", dropout=0.0), ["40", "11", "95"]),
    ],
    ids=["positions", "one digit", "joint"],
)
def test_a_cnn_overfits_one_batch(make: Callable[[], FixedCountCNN], labels: list[str], glyphs: Glyphs) -> None:
    torch.manual_seed(0)
    network, batch = make(), strings(glyphs, labels)
    assert learn(network, batch, 60) == labels


@pytest.mark.timeout(300)  # nine times the work of the shipped network, a step
def test_the_papers_network_overfits_one_batch(glyphs: Glyphs) -> None:
    torch.manual_seed(0)
    labels = ["40", "95"]
    assert learn(PaperCRNN(hidden=128), strings(glyphs, labels), 300) == labels


def learn(network: Network, batch: Batch, steps: int) -> list[str]:
    """What it reads as soon as that is right, or after so many steps."""
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    read: list[str] = []
    for step in range(1, steps + 1):
        loss = network.train().measure_losses(batch).main
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        if step % 10 == 0:
            read = network.eval().read_strings(batch.pictures)
            if read == batch.strings():
                break
    return read


def test_what_the_paper_says_of_its_size() -> None:
    count = sum(parameter.numel() for parameter in PaperCRNN().parameters())
    assert count == pytest.approx(8.7e6, rel=0.01)
