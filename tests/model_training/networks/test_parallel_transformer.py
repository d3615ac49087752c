import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from PIL import Image

from model_export.card import count_multiply_adds
from model_export.metadata import Identity, write_metadata
from model_export.onnx_file import export
from model_training.batches import collate
from model_training.networks.parallel_transformer import ParallelTransformer, WindowAttention
from number_generator import Glyphs, compose_mnist_string
from number_generator.strings import parse_digits
from recognizer import Calibration, Recognition, Recognizer
from recognizer.calibration import Curve
from recognizer.contract import CLASS_COUNT, STEP_WIDTH
from recognizer.preparation import HEIGHT, prepare
from recognizer.session import Session

UNCALIBRATED = Calibration(Curve(), Curve(), 0.0, (), "tests", 0)


def small(dropout: float = 0.0) -> ParallelTransformer:
    torch.manual_seed(0)
    return ParallelTransformer(
        8, (16, 24, 32), (0, 0, 0), token_channels=48, layers=2, heads=2, window=6, expansion=2, dropout=dropout
    ).eval()


def random_pictures(batch: int, width: int) -> torch.Tensor:
    generator = np.random.default_rng(0)
    return torch.from_numpy(generator.integers(0, 256, (batch, HEIGHT, width), dtype=np.uint8))


@pytest.mark.parametrize(("batch", "width"), [(1, 64), (3, 96), (2, 160), (1, 2048)])
def test_logits_have_a_row_every_two_columns(batch: int, width: int) -> None:
    with torch.inference_mode():
        logits = small()(random_pictures(batch, width))
    assert logits.shape == (batch, width // STEP_WIDTH, CLASS_COUNT)
    assert logits.dtype == torch.float32


def test_the_configured_network_stays_under_its_budget() -> None:
    with initialize_config_module("model_training.configs", version_base="1.3"):
        network = instantiate(compose("train", ["network=parallel_transformer"]).network)
    assert count_multiply_adds(network) < 120e6


def test_a_picture_is_read_alone_as_in_a_batch() -> None:
    network, pictures = small(), random_pictures(5, 128)
    with torch.inference_mode():
        together = network(pictures)
        alone = torch.cat([network(picture.unsqueeze(0)) for picture in pictures])
    torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-5)


def test_a_token_sees_its_window_and_no_further() -> None:
    torch.manual_seed(0)
    attention = WindowAttention(channels=8, heads=2, window=3).eval()
    tokens = torch.randn(1, 20, 8)
    changed = tokens.clone()
    changed[0, 10] += 1
    with torch.inference_mode():
        differs = (attention(changed) != attention(tokens)).any(dim=2)[0]
    assert differs.nonzero().flatten().tolist() == [7, 8, 9, 10, 11, 12, 13]


def test_it_tells_left_from_right() -> None:
    attention = WindowAttention(channels=4, heads=1, window=2).eval()
    with torch.no_grad():
        attention.bias.copy_(torch.tensor([[9.0, 0, 0, 0, 0]]))  # to what stands two tokens to the left
        attention.project_in.weight.zero_()
        attention.project_in.weight[8:] = torch.eye(4)
        attention.project_out.weight.copy_(torch.eye(4))
        tokens = torch.eye(4).repeat(1, 3, 1)
        mixed = attention(tokens) - attention.project_out.bias - attention.project_in.bias[8:]
    torch.testing.assert_close(mixed[0, 2:], tokens[0, :-2], atol=2e-3, rtol=0)


def test_overfits_one_batch_and_is_read_by_the_recognizer(glyphs: Glyphs, tmp_path: Path) -> None:
    strings = ["40950", "111", "0"]
    generator = np.random.default_rng(0)
    drawn = [compose_mnist_string(parse_digits(string), glyphs, generator, image_width=140) for string in strings]
    samples = [(found.pixels, string) for string, found in zip(strings, map(prepare, drawn), strict=True) if found]
    network = small().train()
    torch.manual_seed(0)
    local_head = network.make_local_head()
    # Without a warm-up one string or another is not learnt on some processors.
    optimizer = torch.optim.AdamW([*network.parameters(), *local_head.parameters()], 1e-3)
    warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 30))
    for _ in range(800):
        loss = torch.zeros(())
        for sample in samples:
            main, local, _ = network.measure_losses(collate([sample]), local_head)
            assert local is not None
            loss = loss + main + local
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        warmup.step()
        if loss < 0.1:
            break
    model = tmp_path / "parallel_transformer.onnx"
    assert export(network.eval(), model) < 1e-4
    write_metadata(model, Identity("parallel_transformer", "0.0.0", "tests"), {}, UNCALIBRATED)
    recognizer = Recognizer(model, look_again=False)  # it knows these pixels alone, and no view of them
    assert [recognizer.read(png(picture)).prediction for picture in drawn] == strings
    readings = recognizer.read_many(map(png, drawn))
    assert [reading.prediction for reading in readings if isinstance(reading, Recognition)] == strings


def png(picture: np.ndarray) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "PNG")
    return packed.getvalue()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small network, exported."""
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    assert export(small(), path) < 1e-4
    write_metadata(path, Identity("small", "0.0.0", "tests"), {}, UNCALIBRATED)
    return path


@pytest.mark.parametrize(("batch", "width"), [(1, 64), (5, 320), (2, 1056)])
def test_onnx_gives_torchs_logits(batch: int, width: int, model: Path) -> None:
    pictures = random_pictures(batch, width)
    with torch.inference_mode():
        expected = small()(pictures).numpy()
    np.testing.assert_allclose(Session(model).run(pictures.numpy()), expected, atol=1e-4)
