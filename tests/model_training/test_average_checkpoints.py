import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model_training.average_checkpoints import average_checkpoints
from tests.conftest import ROOT


def test_weights_are_averaged_and_the_rest_is_the_first_ones(tmp_path: Path) -> None:
    paths = []
    for index, value in enumerate((1.0, 3.0)):
        path = tmp_path / str(index) / "last.ckpt"
        path.parent.mkdir()
        state = {"weight": torch.full((2,), value), "count": torch.tensor(int(value))}
        torch.save({"state_dict": state, "seconds": value, "global_step": index, "commit": str(index)}, path)
        (path.parent / "config.yaml").write_text(f"run: {index}")
        paths.append(path)
    average_checkpoints(tmp_path / "mean" / "last.ckpt", paths)
    mean = torch.load(tmp_path / "mean" / "last.ckpt", weights_only=False)
    assert mean["state_dict"]["weight"].tolist() == [2.0, 2.0]
    assert mean["state_dict"]["count"] == torch.tensor(2)
    assert (mean["seconds"], mean["global_step"], mean["commit"]) == (1.0, 0, "0")
    assert mean["average"] == [("0/last.ckpt", 0.5), ("1/last.ckpt", 0.5)]
    assert (tmp_path / "mean" / "config.yaml").read_text() == "run: 0"


def test_one_can_be_worth_more_than_another(tmp_path: Path) -> None:
    paths = []
    for value in (1.0, 3.0):
        path = tmp_path / str(value) / "last.ckpt"
        path.parent.mkdir()
        state = {"weight": torch.full((2,), value), "count": torch.tensor(int(value))}
        torch.save({"state_dict": state, "seconds": value, "global_step": 1}, path)
        (path.parent / "config.yaml").write_text("run: 0")
        paths.append(path)
    average_checkpoints(tmp_path / "mean" / "last.ckpt", paths, [1, 3])
    mean = torch.load(tmp_path / "mean" / "last.ckpt", weights_only=False)["state_dict"]
    assert mean["weight"].tolist() == [2.5, 2.5]
    assert mean["count"] in (2, 3)


@pytest.mark.parametrize("shares", [["1"], ["0", "0"], ["-1", "2"]])
def test_shares_that_make_no_average_are_refused(shares: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "model_training.average_checkpoints", str(tmp_path / "mean.ckpt"), "a", "b"]
    finished = subprocess.run([*command, "--shares", *shares], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert finished.returncode == 2
    assert "one for each checkpoint" in finished.stderr
    assert not (tmp_path / "mean.ckpt").exists()
