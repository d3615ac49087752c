"""The library as users get it: its wheel, in an environment of its own without torch, does what its README shows."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from number_generator.mnist import FOLDER_VARIABLE
from tests.conftest import ROOT

README = (ROOT / "number_generator" / "README.md").read_text()
PYTHON = [
    block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if not re.search("torch|Traced", block)
]
COMMANDS = re.findall(r"^number_generator .*$", README, re.MULTILINE)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "number_generator", folder / "source", ignore=shutil.ignore_patterns("__pycache__", "build"))
    run_pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(folder / "source"))
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with python and number_generator of an environment that has the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    found = folder / ("Scripts" if os.name == "nt" else "bin")
    run_pip("--python", str(found / "python"), "install", "--constraint", str(ROOT / "constraints.txt"), str(wheel))
    return found


def run_pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr


def run(command: list[str], cwd: Path, mnist_folder: Path, expected: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment[FOLDER_VARIABLE] = str(mnist_folder)
    finished = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert finished.returncode == expected, finished.stderr
    return finished


def test_the_wheel_holds_nothing_else_of_ours(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"number_generator", wheel.name.rsplit("-", 3)[0] + ".dist-info"}
    assert {"number_generator/__init__.py", "number_generator/py.typed"} < set(names)
    assert not [name for name in names if "test" in name]


def test_there_is_no_torch(scripts: Path, tmp_path: Path, mnist_folder: Path) -> None:
    code = (
        "from importlib.util import find_spec\n"
        "print([name for name in ('torch', 'cv2', 'recognizer', 'datasets') if find_spec(name)])\n"
        "import number_generator\n"
        "print(number_generator.__file__)\n"
        "number_generator.DataGenerator(1).as_torch()"
    )
    finished = run([str(scripts / "python"), "-c", code], tmp_path, mnist_folder, expected=1)
    found, place = finished.stdout.splitlines()
    assert found == "[]"
    assert Path(place).is_relative_to(scripts.parent)
    assert "as_torch() needs torch: pip install 'number-generator[torch]'" in finished.stderr.splitlines()[-1]


def test_the_readmes_python_lines_run(scripts: Path, tmp_path: Path, mnist_folder: Path) -> None:
    assert len(PYTHON) == 3
    checks = (
        "assert img.shape[0] == 28 and img.dtype.name == 'float32'\n"
        "assert pictures.shape == (32, 28, 350) and pictures.dtype.name == 'float32' and numbers.shape == (32,)\n"
    )
    run([str(scripts / "python"), "-c", "\n".join([*PYTHON, checks])], tmp_path, mnist_folder)
    names = sorted(path.stem for path in (tmp_path / "outputs").iterdir())
    assert "0123456789" in names
    phone = [name for name in names if len(name) == 11]
    assert len(phone) == 10
    assert all(name[0] == "0" for name in phone)
    with Image.open(tmp_path / "outputs" / f"{phone[0]}.png") as image:
        assert image.size == (500, 28)


def test_the_readmes_commands_run(scripts: Path, tmp_path: Path, mnist_folder: Path) -> None:
    assert len(COMMANDS) == 4
    for command in COMMANDS:
        run([str(scripts / "number_generator"), *command.split()[1:]], tmp_path, mnist_folder)
    assert (tmp_path / "outputs" / "78677.png").exists()
    assert len(list((tmp_path / "outputs").glob("0*.png"))) == 3
    assert (tmp_path / "phone-numbers" / "labels.csv").read_text().count("\n") == 2001
    assert (tmp_path / "samples.png").exists()


def test_the_readmes_lines_for_pens_run_where_scikit_image_is(
    scripts: Path, tmp_path: Path, mnist_folder: Path
) -> None:
    (lines,) = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "TracedStrings" in block]
    environment = {**os.environ, FOLDER_VARIABLE: str(mnist_folder), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", lines], cwd=tmp_path, env=environment, check=True)
    with Image.open(tmp_path / "pen.png") as image:
        assert image.height > 100
        assert image.getextrema() == (0, 255)
    finished = run([str(scripts / "python"), "-c", lines], tmp_path, mnist_folder, expected=1)
    assert "tracing glyphs needs scikit-image: pip install 'number-generator[tracing]'" in finished.stderr


def test_a_format_that_is_not_installed_says_how(scripts: Path, tmp_path: Path, mnist_folder: Path) -> None:
    command = [str(scripts / "number_generator"), "dataset", "--num-images", "1", "--output-dir", "new"]
    finished = run([*command, "--format", "hdf5"], tmp_path, mnist_folder, expected=1)
    assert finished.stderr == "number_generator: HDF5 needs h5py: pip install 'number-generator[hdf5]', or h5py alone\n"
    assert not (tmp_path / "new").exists()


def test_the_readmes_lines_for_torch_and_hugging_face_run_where_these_are(tmp_path: Path, mnist_folder: Path) -> None:
    blocks = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "DataGenerator" in block]
    (optional,) = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "torch" in block]
    script = tmp_path / "train.py"
    script.write_text("\n".join([*blocks, optional]))
    environment = {**os.environ, FOLDER_VARIABLE: str(mnist_folder), "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("torch.Size([32, 28, 350]) 0")
    assert all(re.fullmatch(r"0\d{10}", line) for line in lines[4:])
