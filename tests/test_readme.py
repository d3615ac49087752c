"""What the README shows works as printed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from number_generator.mnist import FOLDER_VARIABLE
from tests.conftest import ROOT
from tests.server_api.serving import serving

README = (ROOT / "README.md").read_text()


def block(language: str, word: str) -> str:
    """The one code block of a language that has a word in it."""
    (found,) = [code for code in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if word in code]
    return str(found)


@pytest.fixture(scope="module")
def api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_line_prints_the_number(api_url: str) -> None:
    command = block("sh", "localhost:5000").replace("http://localhost:5000", api_url)
    assert api_url in command
    finished = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(finished.stdout)["prediction"] == "40950"


def test_the_python_lines_print_the_number() -> None:
    command = [sys.executable, "-c", block("python", "Recognizer()")]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    prediction, *digits = finished.stdout.splitlines()
    assert prediction.split()[0] == "40950"
    assert "".join(line.split()[0] for line in digits) == "40950"


def test_the_python_lines_with_a_rule_say_what_to_do() -> None:
    command = [sys.executable, "-c", block("python", "Recognizer()") + block("python", "Constraint(")]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert finished.stdout.splitlines()[-1].split()[0] in ("accept", "review")


def test_the_card_is_misread_alone_and_read_with_its_rules() -> None:
    alone, ruled = re.findall(r"^\.venv/bin/(python -m recognizer .*docs/card\.png)$", README, re.MULTILINE)
    printed = [
        subprocess.run(
            [sys.executable, *command.split()[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        ).stdout
        for command in (alone, ruled)
    ]
    _, prediction, _, verdict = printed[0].split()
    reading = json.loads(printed[1])
    assert prediction != reading["prediction"] == "4539578763621486"
    assert verdict == "review"
    assert reading["unconstrained"]["prediction"] == prediction
    for figure in (prediction, reading["prediction"], str(reading["legal_mass"]), str(reading["confidence"])):
        assert figure in README


@pytest.mark.parametrize("command", re.findall(r"^\.venv/bin/python -m ([\w.]+)", README, re.MULTILINE))
def test_every_command_exists(command: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout


@pytest.mark.parametrize("command", re.findall(r"^\.venv/bin/python (-m number_generator .*)$", README, re.MULTILINE))
def test_the_generators_lines_write_pictures(command: str, tmp_path: Path, mnist_folder: Path) -> None:
    options = [sys.executable, *command.split(), "--mnist-folder", str(mnist_folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(options, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=60)
    assert list((tmp_path / "outputs").rglob("*.png"))


def test_the_generators_python_lines_write_phone_numbers(tmp_path: Path, mnist_folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), FOLDER_VARIABLE: str(mnist_folder)}
    command = [sys.executable, "-c", block("python", "DataGenerator") + "print(pictures.shape, numbers.shape)"]
    finished = subprocess.run(
        command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    assert finished.stdout == "(32, 28, 350) (32,)\n"
    assert len(list((tmp_path / "outputs").glob("0*.png"))) == 10


def test_the_generators_python_lines_photograph_a_form(tmp_path: Path, mnist_folder: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mnist").symlink_to(mnist_folder)
    command = [sys.executable, "-c", block("python", "fill_form")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=60)
    with Image.open(tmp_path / "form.png") as form:
        assert form.mode == "RGB"
        assert form.width > form.height > 40


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()
