import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.questions", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=110)


def test_each_question_is_compared_with_the_plain_reading(mnist_folder: Path) -> None:
    finished = ask("--mnist-folder", str(mnist_folder), "--count", "3")
    assert finished.returncode == 0, finished.stderr
    rows = [line.strip("| ").split(" | ") for line in finished.stdout.splitlines()[2:]]
    assert [name for name, _, _ in rows][::3] == ["plain", "pattern and 5 alternatives"]
    assert all(float(milliseconds) > 0 and float(ratio) > 0 for _, milliseconds, ratio in rows)


def test_a_folder_without_digits_is_told(tmp_path: Path) -> None:
    finished = ask("--mnist-folder", str(tmp_path))
    assert finished.returncode == 1
    assert finished.stderr.startswith("questions: ")
    assert "Traceback" not in finished.stderr
