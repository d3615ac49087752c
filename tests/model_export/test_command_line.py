import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from model_export.onnx_file import load_network
from model_training.training import train
from recognizer import Recognizer
from recognizer.contract import BLANK, CLASS_COUNT
from recognizer.preparation import HEIGHT
from recognizer.session import Session
from tests.conftest import ROOT
from tests.model_training.test_train import configure


def run(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.timeout(240)
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
