from pathlib import Path

import pytest
from PIL import Image

from number_generator.__main__ import main


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
    ["sequence --digits 7a", "sequence --digits 123 --image-width 50", "sequence --digits 12 --spacing-range -60 -60"],
)
def test_errors_are_one_line(
    command: str, tmp_path: Path, mnist_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*command.split(), "--output-dir", str(tmp_path), "--mnist-folder", str(mnist_folder)]
    assert main(arguments) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "option",
    [
        "--seed -1",
        "--length 0",
        "--jitter -1",
        "--jitter nan",
        "--image-height -5",
        "--num-images 0",
        "--spacing-range 5 -5",
    ],
)
def test_an_option_out_of_range_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sequence", *option.split()])
    assert option.split(maxsplit=1)[0] in capsys.readouterr().err
