import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from number_generator.__main__ import main
from number_generator.mnist import FOLDER_VARIABLE
from tests.conftest import ROOT


def run(command: str, tmp_path: Path, mnist_folder: Path) -> list[Path]:
    arguments = [*command.split(), "--output-dir", str(tmp_path / "outputs"), "--mnist-folder", str(mnist_folder)]
    assert main(arguments) == 0
    return sorted((tmp_path / "outputs").iterdir())


def test_sequence_writes_a_picture_named_by_its_digits(tmp_path: Path, mnist_folder: Path) -> None:
    (path,) = run("sequence --digits 78677 --image-width 150", tmp_path, mnist_folder)
    assert path.name == "78677.png"
    with Image.open(path) as image:
        assert (image.size, image.mode) == ((150, 28), "L")
        assert image.getpixel((0, 0)) == 255  # black on white


def test_no_picture_overwrites_another(tmp_path: Path, mnist_folder: Path) -> None:
    paths = run("sequence --digits 12 --num-images 3", tmp_path, mnist_folder)
    assert [path.name for path in paths] == ["12-2.png", "12-3.png", "12.png"]
    assert len({path.read_bytes() for path in paths}) == 3


def test_phone_numbers_are_unique_and_begin_with_a_zero(tmp_path: Path, mnist_folder: Path) -> None:
    names = [path.stem for path in run("phone --num-images 3", tmp_path, mnist_folder)]
    assert len(names) == 3
    assert all(len(name) == 11 and name[0] == "0" for name in names)


def test_the_same_seed_draws_the_same_digits(tmp_path: Path, mnist_folder: Path) -> None:
    first = run("sequence --length 6 --seed 5", tmp_path / "a", mnist_folder)
    second = run("sequence --length 6 --seed 5", tmp_path / "b", mnist_folder)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize(
    "command",
    ["sequence --digits 7a", "sequence --digits 123 --image-width 29", "sequence --digits 12 --spacing-range -60 -60"],
)
def test_errors_are_one_line(
    command: str, tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*command.split(), "--output-dir", str(tmp_path), "--mnist-folder", str(mnist_folder)]
    assert main(arguments) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_an_error_of_one_line(
    tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "outputs").touch()
    assert main(["phone", "--output-dir", str(tmp_path / "outputs"), "--mnist-folder", str(mnist_folder)]) == 1
    assert "it is a file; give another folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option",
    [
        "--seed -1",
        "--seed x",
        "--length 0",
        "--length 1-x",
        "--jitter -1",
        "--jitter nan",
        "--jitter x",
        "--image-height -5",
        "--num-images 0",
        "--spacing-range 5 -5",
        "--augment rotations",
        "--augment noise=2",
        "--augment noise=loud",
        "--length 5-3",
        "--digits 7 --length 3",
    ],
)
def test_an_option_out_of_range_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sequence", *option.split()])
    said = capsys.readouterr().err
    assert option.split(maxsplit=1)[0] in said
    assert "_" not in said.rpartition("error:")[2]  # no name of a function


def test_options_may_have_underscores(tmp_path: Path, mnist_folder: Path) -> None:
    command = f"phone --num_images 2 --image_width=150 --output_dir {tmp_path} --mnist_folder {mnist_folder}"
    assert main(command.split()) == 0
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            assert image.size == (150, 28)


def test_the_first_generators_script_still_runs(tmp_path: Path, mnist_folder: Path) -> None:
    command = f"{sys.executable} number_generator/api.py sequence --image_width 150 --output_dir outputs --digits 78677"
    (tmp_path / "number_generator").symlink_to(ROOT / "number_generator")
    environment = {**os.environ, FOLDER_VARIABLE: str(mnist_folder), "PYTHONPATH": str(ROOT)}
    subprocess.run(command.split(), cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert (tmp_path / "outputs" / "78677.png").exists()


def test_many_pictures_are_counted_and_a_few_named(
    tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("sequence --num-images 2 --digits 40", tmp_path / "few", mnist_folder)
    assert [Path(line).name for line in capsys.readouterr().out.splitlines()] == ["40.png", "40-2.png"]
    run("sequence --num-images 101 --length 1-3 --augment noise=0.2 blur", tmp_path / "many", mnist_folder)
    assert capsys.readouterr().out.startswith("101 pictures in ")


def test_a_data_set_is_begun_and_gone_on_with(
    tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = f"dataset --num-images 5 --output-dir {tmp_path} --mnist-folder {mnist_folder} --workers 1".split()
    assert main(command) == main(command) == 0
    assert len(list(tmp_path.glob("pictures/*/0*.png"))) == 5
    assert main([*command, "--seed", "1"]) == 1
    assert "holds another data set (seed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ("--num-images 5 --columns 2 --length 3", (2 * (2 * 84 + 16), 3 * (2 * 28 + 30))),
        ("--every-augmentation --length 2 --image-width 70", (4 * (2 * 70 + 16), 10 * (2 * 28 + 30))),
    ],
)
def test_a_sheet_shows_samples(options: str, size: tuple[int, int], tmp_path: Path, mnist_folder: Path) -> None:
    sheet = tmp_path / "new" / "samples.png"
    command = f"samples {options} --output-file {sheet} --mnist-folder {mnist_folder}"
    assert main(command.split()) == 0
    with Image.open(sheet) as image:
        assert image.size == size


@pytest.mark.parametrize("name", ["samples.nothing", "folder"])
def test_a_sheet_that_cannot_be_written_is_an_error(
    name: str, tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    assert main(["samples", "--output-file", str(tmp_path / name), "--mnist-folder", str(mnist_folder)]) == 1
    assert f"cannot write {tmp_path / name}" in capsys.readouterr().err
