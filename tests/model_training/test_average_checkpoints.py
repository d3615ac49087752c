from pathlib import Path

import torch

from model_training.average_checkpoints import average_checkpoints


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
    assert (mean["seconds"], mean["global_step"], mean["commit"]) == (3.0, 1, "0")
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
