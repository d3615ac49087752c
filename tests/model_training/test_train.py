import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_module
from omegaconf import DictConfig

from model_training.training import CannotTrain, choose_precision, train


def configure(output: Path, mnist_folder: Path, *overrides: str) -> DictConfig:
    small = [
        f"output={output}",
        f"data.mnist_folder={mnist_folder}",
        "data.workers=0",
        "data.columns=512",
        "data.validation_strings=8",
        "network.channels=[8,8,8]",
        "network.hidden=8",
        "trainer.accelerator=cpu",
        "trainer.enable_progress_bar=false",
        "trainer.precision=32-true",
        "trainer.val_check_interval=2",
        "system.warmup_steps=1",
    ]
    with initialize_config_module("model_training.configs", version_base="1.3"):
        return compose("train", [*small, *overrides])


@pytest.mark.timeout(180)
def test_trains_then_resumes_where_it_stopped(tmp_path: Path, mnist_folder: Path) -> None:
    best = train(configure(tmp_path, mnist_folder, "system.maximum_steps=4"))
    assert best.exists()
    before = torch.load(tmp_path / "last.ckpt", weights_only=False)
    train(configure(tmp_path, mnist_folder, "system.maximum_steps=6", "resume=last"))
    after = torch.load(tmp_path / "last.ckpt", weights_only=False)
    assert (before["global_step"], after["global_step"]) == (4, 6)
    assert after["seconds"] > before["seconds"]
    local, later = (content["state_dict"]["local_head.weight"] for content in (before, after))
    assert not torch.equal(local, later)  # the convolutions' own loss is trained too
    assert (tmp_path / "config.yaml").exists()
    assert list(tmp_path.glob("events.out.tfevents.*"))


@pytest.mark.timeout(180)
def test_stops_when_its_time_is_up(tmp_path: Path, mnist_folder: Path) -> None:
    train(configure(tmp_path, mnist_folder, "system.minutes=0.02", "system.maximum_steps=100000"))
    steps = torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"]
    assert 1 <= steps < 1000


@pytest.mark.parametrize(
    ("wanted", "capabilities", "chosen"),
    [
        ("auto", {"avx2": True, "avx512_bf16": False, "l2_cache_size": 1}, "32-true"),
        ("auto", {"avx512_f": True, "avx512_bf16": True}, "bf16-mixed"),
        ("auto", {"amx_bf16": True}, "bf16-mixed"),
        ("auto", {}, "32-true"),
        ("bf16-mixed", {"avx512_bf16": False}, "bf16-mixed"),
    ],
)
def test_bf16_is_chosen_only_where_the_processor_knows_it(
    wanted: str, capabilities: dict[str, bool], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert choose_precision(wanted, "cpu") == chosen


def test_a_missing_checkpoint_to_resume_from_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotTrain, match=r"last\.ckpt"):
        train(configure(tmp_path, tmp_path, "resume=last"))


def test_a_run_is_not_overwritten_by_another(tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").write_bytes(b"a run")
    with pytest.raises(CannotTrain, match="resume=last"):
        train(configure(tmp_path, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]


def test_missing_digits_are_one_line_on_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "model_training.train", f"data.mnist_folder={tmp_path}", f"output={tmp_path}"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert finished.returncode == 1
    assert "train-images-idx3-ubyte" in finished.stderr
    assert "Traceback" not in finished.stderr
