import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SAMPLE = Path("docs") / "sample.png"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "recognizer", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_prints_a_line_a_picture() -> None:
    finished = run(str(SAMPLE), str(SAMPLE))
    assert finished.returncode == 0
    for line in finished.stdout.splitlines():
        path, prediction, confidence, verdict = line.split("\t")
        assert (path, prediction) == (str(SAMPLE), "40950")
        assert verdict in ("accept", "review")
        assert 0 < float(confidence) <= 1


def test_rules_alternatives_and_json(tmp_path: Path) -> None:
    (tmp_path / "known.txt").write_text("12345\n40951\n")
    finished = run("--one-of", str(tmp_path / "known.txt"), "--alternatives", "2", "--json", str(SAMPLE))
    assert finished.returncode == 0
    reading = json.loads(finished.stdout)
    assert reading["path"] == str(SAMPLE)
    assert reading["unconstrained"]["prediction"] == "40950"
    assert {other["prediction"] for other in reading["alternatives"]} <= {"12345", "40951"}
    assert reading["verdict"] in ("review", "reject")  # the list contradicts the picture


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--pattern", "0("], "pattern"),
        (["--length", "5", "--checksum", "ean13"], "no number can satisfy"),
        (["--length", "five"], "--length"),
        (["--max-error", "0"], "max_error"),
        (["--one-of", "missing.txt"], "missing.txt"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told(arguments: list[str], told: str) -> None:
    finished = run(*arguments, str(SAMPLE))
    assert finished.returncode == 2
    assert told in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_bad_picture_is_an_error_and_the_others_are_read() -> None:
    finished = run("README.md", "missing.png", str(SAMPLE))
    assert finished.returncode == 1
    assert "40950" in finished.stdout
    assert "README.md: " in finished.stderr
    assert "missing.png: " in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_missing_model_is_named() -> None:
    finished = run("--model", "none.onnx", str(SAMPLE))
    assert finished.returncode == 2
    assert "none.onnx" in finished.stderr


def test_reading_needs_neither_torch_nor_the_training_rooms() -> None:
    code = (
        "import sys, recognizer; recognizer.Recognizer();"
        "print([m for m in ('torch', 'lightning', 'hydra', 'number_generator', 'model_training') if m in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert finished.stdout.strip() == "[]"
