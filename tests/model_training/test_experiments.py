"""Runs by epochs, with what stands round them: loggers, a learning-rate finder, checkpoints, pictures of readings."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from omegaconf import DictConfig
from PIL import Image

from model_training import download_checkpoint
from model_training.download_checkpoint import CannotDownload
from model_training.evaluate_checkpoints import choose_best, evaluate_checkpoints
from model_training.old_words import choose_data
from model_training.training import CannotTrain, train
from tests.conftest import ROOT
from tests.model_training.test_old_words import PREDECESSOR

SMALL = (
    "data.num_train=16", "data.num_val=6", "data.num_test=4", "data.batch_size=8", "data.num_workers=0",
    "trainer.max_epochs=2", "trainer.enable_progress_bar=false", "trainer.precision=32-true",
    "trainer.accelerator=cpu", "trainer.log_every_n_steps=1", "system.warmup_steps=1",
)  # fmt: skip
SMALL_CNN = ("network=cnn", "digits=1", "network.channels=[4,4,4]", "network.hidden=8", *SMALL)


def configure(output: Path, mnist_folder: Path, *overrides: str) -> DictConfig:
    arguments = [f"output={output}", f"data.mnist_folder={mnist_folder}", f"data.keep={output}/kept", *overrides]
    with initialize_config_module("model_training.configs", version_base="1.3"):
        return compose("train", choose_data(arguments))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, mnist_folder: Path) -> Path:
    """A finished run of a CNN for one digit."""
    output = tmp_path_factory.mktemp("run")
    train(configure(output, mnist_folder, *SMALL_CNN))
    return output


def test_there_is_a_checkpoint_an_epoch_and_a_picture_of_readings(run: Path) -> None:
    assert {path.name for path in run.glob("*.ckpt")} == {"best.ckpt", "last.ckpt", "epoch=000.ckpt", "epoch=001.ckpt"}
    colours = np.unique(np.asarray(Image.open(run / "readings.png").convert("RGB")).reshape(-1, 3), axis=0).astype(int)
    assert any(max(colour) - min(colour) > 60 for colour in colours)  # green or red
    assert list(run.glob("events.out.tfevents.*"))
    assert torch.load(run / "best.ckpt", weights_only=False)["device"].startswith("CPU")


def test_every_checkpoint_is_scored_and_the_best_is_named(run: Path) -> None:
    scores = evaluate_checkpoints(run)
    assert [score.step for score in scores] == sorted(score.step for score in scores)
    assert {score.path.name for score in scores} == {path.name for path in run.glob("*.ckpt")}
    assert all(score.score.strings == 6 for score in scores)
    assert choose_best(scores).score.exact == max(score.score.exact for score in scores)


def test_the_command_plots_them_and_says_where_there_is_no_run(run: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "model_training.evaluate_checkpoints"]
    finished = subprocess.run([*command, run], capture_output=True, text=True, timeout=100, cwd=ROOT)
    assert finished.returncode == 0, finished.stderr
    assert "best: " in finished.stdout
    with Image.open(run / "accuracies.png") as plot:
        assert plot.width > 300
    refused = subprocess.run([*command, tmp_path], capture_output=True, text=True, timeout=100, cwd=ROOT)
    assert refused.returncode == 1
    assert "no run with checkpoints" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_run_goes_on_to_more_epochs(mnist_folder: Path, tmp_path: Path) -> None:
    steps = []
    for further in (["trainer.max_epochs=1"], ["trainer.max_epochs=2", "resume=last"]):
        train(configure(tmp_path, mnist_folder, *SMALL_CNN, *further))
        steps.append(torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"])
    assert steps == [2, 4]
    assert (tmp_path / "epoch=001.ckpt").exists()


def test_another_count_of_digits_begins_with_its_weights(run: Path, mnist_folder: Path, tmp_path: Path) -> None:
    overrides = ("digits=2", f"initial={run / 'best.ckpt'}", "trainer.max_epochs=1")
    assert train(configure(tmp_path, mnist_folder, *SMALL_CNN, *overrides)).exists()


def test_the_predecessors_command_line_works(mnist_folder: Path, tmp_path: Path) -> None:
    """On one machine with a GPU and on another without; only smaller here."""
    smaller = ("network.channels=[8,8,8]", "network.hidden=8", "learning_rate_steps=12", *SMALL, "logger=csv")
    best = train(configure(tmp_path, mnist_folder, *PREDECESSOR, *smaller))
    assert best.name == "best.ckpt"
    (metrics,) = tmp_path.rglob("metrics.csv")
    assert "test/exact" in metrics.read_text().splitlines()[0]
    assert not list(tmp_path.glob(".lr_find*"))


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (("network=cnn", "data=endless"), "strings of 4 digits"),
        (("network=cnn", "digits=17"), "1 to 16 digits"),
        (("network=cnn", "network.head=joint", "digits=5"), "1 to 4 digits"),
        (("network=cnn", "digits=4", "data.digits=3"), "digits=4 for both"),
        (("data=endless", "trainer.max_epochs=2"), "no epochs"),
    ],
)
def test_what_does_not_go_together_is_told(
    overrides: tuple[str, ...], told: str, mnist_folder: Path, tmp_path: Path
) -> None:
    arguments = [f"output={tmp_path}", f"data.mnist_folder={mnist_folder}", "trainer.precision=32-true", *overrides]
    with initialize_config_module("model_training.configs", version_base="1.3"):
        config = compose("train", arguments)
    with pytest.raises(CannotTrain, match=told):
        train(config)


def test_weights_and_biases_keeps_the_best_checkpoint_offline(
    mnist_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb")
    command = [sys.executable, "-m", "model_training.train", "logger=wandb", *SMALL_CNN]
    places = [f"output={tmp_path}", f"data.mnist_folder={mnist_folder}", "data.keep=null", "trainer.max_epochs=1"]
    monkeypatch.setenv("WANDB_MODE", "offline")
    finished = subprocess.run([*command, *places], capture_output=True, text=True, timeout=110, cwd=ROOT)
    assert finished.returncode == 0, finished.stderr
    (record,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    assert b"best.ckpt" in record.read_bytes()


def test_a_checkpoint_is_downloaded_with_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Artifact:
        def __init__(self, kind: str) -> None:
            self.type = kind

        def download(self, root: str) -> str:
            assert self.type == "model"
            folder = Path(root)
            folder.mkdir()
            for name in ("best.ckpt", "config.yaml"):
                (folder / name).write_text(name)
            return root

    asked = []

    def logged(_: object, run_path: str) -> list[Artifact]:
        asked.append(run_path)
        return [Artifact("model"), Artifact("history")] if run_path == "me/numbers/abc" else [Artifact("history")]

    monkeypatch.setattr(download_checkpoint, "_logged_artifacts", logged)
    paths = download_checkpoint.download_checkpoint("me/numbers/abc", tmp_path / "fetched")
    assert [path.name for path in paths] == ["best.ckpt", "config.yaml"]
    with pytest.raises(CannotDownload, match="no model among"):
        download_checkpoint.download_checkpoint("me/numbers/other", tmp_path / "other")
    assert asked == ["me/numbers/abc", "me/numbers/other"]


@pytest.mark.parametrize("run_path", ["", "abc", "me/abc", "me/numbers/abc/def", "me/num bers/abc"])
def test_a_run_path_that_is_none_is_told(run_path: str, tmp_path: Path) -> None:
    with pytest.raises(CannotDownload, match="ENTITY/PROJECT/RUN"):
        download_checkpoint.download_checkpoint(run_path, tmp_path)
