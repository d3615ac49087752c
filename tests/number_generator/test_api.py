from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from number_generator import DigitSourceError, OutputError, generate_numbers_sequence, generate_phone_numbers
from number_generator.mnist import FOLDER_VARIABLE, load_mnist


@pytest.fixture(autouse=True)
def _mnist_by_the_environment(mnist_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(mnist_folder))


def test_a_sequence_is_float32_from_0_to_1_and_28_high() -> None:
    picture = generate_numbers_sequence(digits=[4, 1, 1], image_width=None)
    assert picture.dtype == np.float32
    assert picture.shape == (28, 3 * 28)
    assert 0 <= picture.min() < 0.2
    assert picture.max() == 1
    assert picture[0, 0] == 1


def test_pictures_are_named_by_their_digits_and_overwrite_none(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "outputs"
    first, _ = (generate_numbers_sequence([0, 7], 100, output_path=str(folder), seed=seed) for seed in (1, 2))
    assert sorted(path.name for path in folder.iterdir()) == ["07-2.png", "07.png"]
    with Image.open(folder / "07.png") as image:
        np.testing.assert_array_equal(np.asarray(image), np.round(first * 255))


def test_phone_numbers_come_by_their_pictures_and_are_written(tmp_path: Path) -> None:
    pictures = generate_phone_numbers(10, image_width=500, output_path=tmp_path)
    assert len(pictures) == 10
    assert all(len(number) == 11 and number[0] == "0" for number in pictures)
    assert {picture.shape for picture in pictures.values()} == {(28, 500)}
    assert {path.stem for path in tmp_path.iterdir()} == set(pictures)


@pytest.mark.parametrize("augment", [False, True])
def test_a_seed_repeats_what_another_does_not(augment: bool) -> None:
    first, again, other = (generate_phone_numbers(3, seed=seed, augment=augment) for seed in (5, 5, 6))
    assert list(first) == list(again) != list(other)
    for number in first:
        np.testing.assert_array_equal(first[number], again[number])


def test_the_splits_have_other_digits() -> None:
    training, test = (generate_numbers_sequence([3] * 20, seed=0, split=split) for split in ("train", "test"))
    assert not np.array_equal(training, test)
    seen = {image.tobytes() for image in load_mnist("test").images}
    cells = np.round((1 - test) * 255).astype(np.uint8).reshape(28, 20, 28).swapaxes(0, 1)
    assert all(cell.tobytes() in seen for cell in cells)


@pytest.mark.parametrize(
    ("place", "reason"),
    [("file", "it is a file"), ("file/under", "Not a directory"), ("locked/under", "Permission denied")],
)
def test_a_folder_that_cannot_be_written_is_named(
    place: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    if place.startswith("locked"):  # root may write everywhere

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=f"cannot write to .*{place}: {reason}"):
        generate_numbers_sequence([1], output_path=tmp_path / place)


def test_a_folder_without_the_digits_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(DigitSourceError, match=str(tmp_path)):
        load_mnist("train")
    with pytest.raises(DigitSourceError, match="elsewhere"):
        generate_numbers_sequence([1], data_folder="elsewhere")
