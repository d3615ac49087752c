import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from model_export.__main__ import main
from model_export.onnx_file import load_network
from model_training.training import train
from recognizer import Recognizer
from recognizer.contract import BLANK, CLASS_COUNT
from recognizer.preparation import HEIGHT
from recognizer.session import Session
from recognizer.single_digits import WINDOW_WIDTH
from tests.conftest import ROOT
from tests.model_training.test_train import configure


def run(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.timeout(300)
def test_a_checkpoint_becomes_a_scored_model_and_its_card(tmp_path: Path, mnist_folder: Path) -> None:
    checkpoint = train(configure(tmp_path, mnist_folder, "system.maximum_steps=2"))
    target = tmp_path / "exported" / "small.onnx"
    named, given = ("--output", target, "--name", "small"), ("--count", 4, "--mnist-folder", mnist_folder)
    finished = run("model_export", checkpoint, *named, "--blank-penalty", 0.5, *given)
    assert finished.returncode == 0, finished.stderr
    card = Recognizer(target).card
    assert card.name == "small"
    assert set(card.scores) >= {"predecessor_exact", "length-20_exact"}
    told = target.with_suffix(".md").read_text()
    assert f"trained from commit | {card.training_commit}" in told
    assert "| blank penalty | 0.5 |" in told
    pictures = np.zeros((1, HEIGHT, 64), np.uint8)
    with torch.inference_mode():
        trained = load_network(checkpoint)[0](torch.from_numpy(pictures)).numpy()
    taken = trained - Session(target).run(pictures)
    np.testing.assert_allclose(taken, np.broadcast_to(0.5 * (np.arange(CLASS_COUNT) == BLANK), taken.shape), atol=1e-4)
    assert sorted(path.name for path in target.parent.iterdir()) == ["small.md", "small.onnx"]


@pytest.fixture(scope="module")
def string_checkpoint(tmp_path_factory: pytest.TempPathFactory, mnist_folder: Path) -> Path:
    return train(configure(tmp_path_factory.mktemp("strings"), mnist_folder, "system.maximum_steps=2"))


@pytest.mark.timeout(240)
def test_a_network_of_single_digits_goes_into_the_same_file(
    tmp_path: Path, mnist_folder: Path, string_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_training.digit_windows._FIRST", 100)
    monkeypatch.setattr("model_export.onnx_file._CHECKED_WIDTHS", (64, 96))  # a real export checks up to 2,048
    monkeypatch.setattr("model_export.onnx_file._CHECKED_BATCHES", (1, 3))
    small = ("network=digit_classifier", "system.minutes=null", "system.maximum_steps=2", "data.windows=16")
    digits = train(configure(tmp_path / "digits", mnist_folder, *small))
    target = tmp_path / "exported" / "small.onnx"
    given = ["--output", target, "--count", 4, "--mnist-folder", mnist_folder, "--single-digits", digits]
    monkeypatch.setattr("sys.argv", ["model_export", *map(str, [string_checkpoint, *given])])
    assert main() == 0
    windows = np.random.default_rng(0).integers(0, 256, (3, HEIGHT, WINDOW_WIDTH), dtype=np.uint8)
    with torch.inference_mode():
        trained = load_network(digits)[0](torch.from_numpy(windows)).numpy()
    np.testing.assert_allclose(Session(target).run_on_digits(windows), trained, atol=1e-4)
    assert "looked at once more by a CNN for single digits" in target.with_suffix(".md").read_text()


def test_another_network_is_none_of_single_digits(tmp_path: Path, string_checkpoint: Path) -> None:
    finished = run(
        "model_export", string_checkpoint, "--output", tmp_path / "new.onnx", "--single-digits", string_checkpoint
    )
    assert finished.returncode == 1
    assert "no digit classifier" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "new.onnx").exists()


def test_a_missing_checkpoint_leaves_the_former_model_alone(tmp_path: Path) -> None:
    target = tmp_path / "crnn.onnx"
    target.write_bytes(b"the former model")
    finished = run("model_export", tmp_path / "none.ckpt", "--output", target)
    assert finished.returncode == 1
    assert "none.ckpt" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert target.read_bytes() == b"the former model"


def test_evaluate_prints_a_row_a_set_and_the_errors(mnist_folder: Path) -> None:
    finished = run(
        "model_export.evaluate", "--sets", "length-1", "repeated", "--count", 20, "--mnist-folder", mnist_folder
    )
    assert finished.returncode == 0, finished.stderr
    rows = [line for line in finished.stdout.splitlines() if line.startswith("|")][2:]
    assert [row.split(":")[0] for row in rows] == ["| length-1", "| repeated"]


def test_evaluate_says_what_is_left_out_without_pen_strokes(mnist_folder: Path) -> None:
    finished = run("model_export.evaluate", "--sets", "drawn", "length-1", "--count", 2, "--mnist-folder", mnist_folder)
    assert "drawn: left out, it needs --pen-file" in finished.stderr
    assert "length-1" in finished.stdout


def test_evaluate_takes_sets_by_commas_and_draws_pictures(mnist_folder: Path, pen_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    finished = run(
        "model_export.evaluate",
        "--sets",
        "five,touching,forms",
        "--count",
        12,
        "--mnist-folder",
        mnist_folder,
        "--pen-file",
        pen_file,
        "--pictures",
        folder,
    )
    assert finished.returncode == 0, finished.stderr
    assert [line.split(":")[0] for line in finished.stdout.splitlines()[2:]] == ["| five", "| touching", "| forms"]
    names = {path.name for path in folder.iterdir()}
    charts = {"confusions.png", "accuracies.png", "reliability.png", "risk-coverage.png"}
    assert charts <= names
    assert names <= charts | {"errors-five.png", "errors-touching.png", "errors-forms.png"}


def test_evaluate_names_the_sets_there_are(mnist_folder: Path) -> None:
    finished = run("model_export.evaluate", "--sets", "five,six", "--mnist-folder", mnist_folder)
    assert finished.returncode == 2
    assert "no set six; there are all, predecessor, five" in finished.stderr


def test_evaluate_says_what_is_wrong_with_a_given_folder(tmp_path: Path) -> None:
    finished = run("model_export.evaluate", "--sets", "five", "--mnist-folder", tmp_path)
    assert finished.returncode == 1
    assert "give the folder that holds MNIST's IDX files" in finished.stderr
    assert "Traceback" not in finished.stderr
