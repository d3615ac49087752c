import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_module
from omegaconf import DictConfig

from model_export.__main__ import main as export
from model_export.evaluate import main as evaluate
from model_training.training import CannotTrain, train
from model_training.trocr.__main__ import main
from model_training.trocr.errors import CannotLoad
from tests.conftest import ROOT

SAMPLE = ROOT / "docs" / "sample.png"
SMALLEST = ("--width", "128", "--channels", "32", "--encoder-layers", "1", "--decoder-layers", "1", "--heads", "2")


def configure(output: Path, mnist_folder: Path, model: Path, *overrides: str) -> DictConfig:
    small = [
        "network=trocr",
        "recipe=trocr_small",
        f"network.model={model}",
        f"output={output}",
        f"data.mnist_folder={mnist_folder}",
        "data.workers=0",
        "data.columns=512",
        "data.validation_strings=8",
        "trainer.accelerator=cpu",
        "trainer.enable_progress_bar=false",
        "trainer.precision=32-true",
        "trainer.val_check_interval=2",
        "system.minutes=null",
        "system.warmup_steps=1",
    ]
    with initialize_config_module("model_training.configs", version_base="1.3"):
        return compose("train", [*small, *overrides])


@pytest.mark.timeout(240)
def test_creates_trains_saves_evaluates_and_predicts(
    tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, run, saved = tmp_path / "begun", tmp_path / "run", tmp_path / "saved"
    assert main(["create", str(begun), *SMALLEST]) == 0
    checkpoint = train(configure(run, mnist_folder, begun, "system.maximum_steps=2"))
    monkeypatch.setattr(sys, "argv", ["model_export", str(checkpoint), "--output", str(tmp_path / "trocr.onnx")])
    assert export() == 1
    assert "digit after digit" in capsys.readouterr().err
    assert main(["save", str(checkpoint), str(saved)]) == 0
    assert main(["predict", "--model", str(saved), str(SAMPLE), str(tmp_path / "none.png")]) == 1
    captured = capsys.readouterr()
    path, digits, probability = captured.out.splitlines()[-1].split("\t")
    assert path == str(SAMPLE)
    assert set(digits) <= set("0123456789")
    assert 0 <= float(probability) <= 1
    assert "none.png" in captured.err
    options = ["--model", saved, "--sets", "five", "--count", 3, "--mnist-folder", mnist_folder]
    monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, options)])
    assert evaluate() == 0
    assert "| five: 5 MNIST digits side by side | 3 | " in capsys.readouterr().out


@pytest.mark.timeout(180)
def test_a_run_is_resumed(tmp_path: Path, mnist_folder: Path, tiny_folder: Path) -> None:
    train(configure(tmp_path, mnist_folder, tiny_folder, "system.maximum_steps=2"))
    train(configure(tmp_path, mnist_folder, tiny_folder, "system.maximum_steps=3", "resume=last"))
    assert torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"] == 3


def test_a_missing_model_to_train_is_named(tmp_path: Path, mnist_folder: Path) -> None:
    with pytest.raises(CannotTrain, match=r"nothing.*create FOLDER"):
        train(configure(tmp_path, mnist_folder, tmp_path / "nothing"))


def test_a_checkpoint_of_another_network_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("network: {hidden: 8}")
    (tmp_path / "best.ckpt").write_bytes(b"")
    assert main(["save", str(tmp_path / "best.ckpt"), str(tmp_path / "saved")]) == 1
    assert "network=trocr" in capsys.readouterr().err
    assert main(["save", str(tmp_path / "none.ckpt"), str(tmp_path / "saved")]) == 1
    assert "none.ckpt" in capsys.readouterr().err


def test_a_model_that_cannot_be_built_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["create", str(tmp_path), "--width", "100"]) == 2
    assert "whole patches" in capsys.readouterr().err


def test_a_missing_library_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("folder", "vocabulary", "network", "reader"):
        monkeypatch.delitem(sys.modules, f"model_training.trocr.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert main(["create", str(tmp_path)]) == 1
    assert "needs transformers: pip install 'handwritten-numbers[trocr]'" in capsys.readouterr().err
    with pytest.raises(CannotLoad, match=r"transformers.*\[trocr\]"):
        import_module("model_training.trocr.network")
