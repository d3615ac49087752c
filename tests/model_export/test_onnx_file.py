from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from model_export.metadata import Identity, write_metadata
from model_export.onnx_file import ExportError, check_against_torch, export, load_network
from model_training.networks.crnn import CRNN
from recognizer import ModelFileError
from recognizer.calibration import Calibration, Curve, Level
from recognizer.contract import METADATA
from recognizer.session import Session

CALIBRATION = Calibration(Curve(0.9, 0.1), Curve(), 0.2, (Level(0.01, 0.98, 0.8, 0.7, 0.9),), "tests", 100)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return CRNN(channels=(8, 8, 16), hidden=16).eval()


@pytest.fixture(scope="module")
def model(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "crnn.onnx"
    assert export(network, path) < 1e-4
    write_metadata(path, Identity("crnn", "9.9.9", "abc"), {"drawn_exact": 0.5}, CALIBRATION)
    return path


def test_the_file_carries_its_contract_and_card(model: Path) -> None:
    metadata = {entry.key: entry.value for entry in onnx.load(model).metadata_props}
    assert metadata.items() >= METADATA.items()
    assert Session(model).calibration == CALIBRATION
    card = Session(model).card
    assert (card.name, card.version, card.training_commit, card.scores) == (
        "crnn",
        "9.9.9",
        "abc",
        {"drawn_exact": 0.5},
    )


@pytest.mark.parametrize(("batch", "width"), [(1, 64), (5, 320), (3, 1056)])
def test_onnx_gives_torchs_logits(batch: int, width: int, network: nn.Module, model: Path) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (batch, 32, width), dtype=np.uint8)
    with torch.inference_mode():
        expected = network(torch.from_numpy(pictures)).numpy()
    np.testing.assert_allclose(Session(model).run(pictures), expected, atol=1e-4)


def test_a_model_that_differs_from_its_network_is_refused(model: Path) -> None:
    torch.manual_seed(1)
    with pytest.raises(ExportError, match="differs"):
        check_against_torch(CRNN(channels=(8, 8, 16), hidden=16).eval(), model)


class ForgetsTimeSteps(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        return self.network(pictures)[:, 1:]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("packed", "told"), [("no base64!", "damaged"), ("bm8gT05OWA==", "no ONNX model")], ids=["text", "other bytes"]
)
def test_a_damaged_network_of_single_digits_is_told(packed: str, told: str, model: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(model.read_bytes())
    write_metadata(damaged, Identity("crnn", "9.9.9", "abc", single_digits=packed), {}, CALIBRATION)
    with pytest.raises(ModelFileError, match=told):
        Session(damaged)


def test_another_shape_is_refused(network: nn.Module, model: Path) -> None:
    with pytest.raises(ExportError, match="shape"):
        check_against_torch(ForgetsTimeSteps(network), model)


def test_a_checkpoint_without_its_configuration_is_refused(tmp_path: Path) -> None:
    (tmp_path / "best.ckpt").write_bytes(b"")
    with pytest.raises(ExportError, match=r"config\.yaml"):
        load_network(tmp_path / "best.ckpt")
