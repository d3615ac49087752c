import csv
import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from model_export.labelled import find_labelled
from number_generator import LayoutError, MissingExtra, OutputError, dataset_formats, write_dataset
from number_generator.dataset_formats import FILE_FORMATS, FileFormat
from tests.conftest import ROOT

write_small = partial(write_dataset, count=25, part_size=10, augment=True, seed=7)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("file_format", FILE_FORMATS)
def test_what_is_missing_is_made_again_to_the_byte(file_format: FileFormat, mnist_folder: Path, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "new", file_format=file_format, data_folder=mnist_folder)
    whole = contents(folder)
    part = sorted(path for path in folder.glob("*/*") if "1" in path.name)[0]
    dataset_formats._remove(part)
    part.with_name(f".{part.name}.unfinished").write_text("half of it")
    write_small(folder, file_format=file_format, data_folder=mnist_folder, seed=None)
    assert contents(folder) == whole


def test_workers_write_the_same_as_one(mnist_folder: Path, tmp_path: Path) -> None:
    one, two = (
        write_small(tmp_path / str(workers), data_folder=mnist_folder, workers=workers, length=(1, 4))
        for workers in (1, 2)
    )
    assert contents(one) == contents(two)


def test_killed_and_started_again_it_ends_with_the_same_files(mnist_folder: Path, tmp_path: Path) -> None:
    options = "dataset --num-images 240 --part-size 20 --seed 7 --augment --workers 2"
    arguments = ["-m", "number_generator", *options.split(), "--mnist-folder", str(mnist_folder), "--output-dir"]
    folder = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, *arguments, str(folder)], cwd=ROOT, stderr=subprocess.DEVNULL)
    while not list(folder.glob("pictures/0*")):
        assert process.poll() is None
        time.sleep(0.02)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert workers
    assert not psutil.wait_procs(workers, timeout=20)[1]  # none goes on without its parent
    assert not (folder / "labels.csv").exists()
    again = subprocess.run([sys.executable, *arguments, str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    whole = write_dataset(tmp_path / "whole", 240, part_size=20, seed=7, augment=True, data_folder=mnist_folder)
    assert contents(folder) == contents(whole)


def test_png_files_and_their_csv_are_samples_to_calibrate_by(mnist_folder: Path, tmp_path: Path) -> None:
    folder = write_small(tmp_path, data_folder=mnist_folder)
    with (folder / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    numbers = [row["digits"] for row in rows]
    assert len(set(numbers)) == 25
    for row in rows:
        with Image.open(folder / row["path"]) as image:
            assert (image.size, image.mode) == ((308, 28), "L")
    assert sorted(find_labelled(folder)) == sorted(find_labelled(folder / "labels.csv"))


def test_hugging_face_loads_the_parquet_files(mnist_folder: Path, tmp_path: Path) -> None:
    import datasets

    folder = write_small(tmp_path / "numbers", file_format="parquet", length=3, split="test", data_folder=mnist_folder)
    (rows,) = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache")).values()
    assert len(rows) == 25
    assert rows.split == "test"
    assert rows[24]["image"].size == (84, 28)
    assert all(len(number) == 3 for number in rows["digits"])


def test_hdf5_shows_all_parts_as_one_wherever_the_folder_is(
    mnist_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import h5py

    png = write_small(tmp_path / "png", data_folder=mnist_folder)
    write_small(tmp_path / "hdf5", file_format="hdf5", data_folder=mnist_folder).rename(tmp_path / "moved")
    monkeypatch.chdir(png)
    with h5py.File(tmp_path / "moved" / "numbers.h5") as file:
        images, numbers = file["images"][:], [number.decode() for number in file["digits"][:]]
    for index, (path, number) in enumerate(find_labelled(png / "labels.csv")):
        assert numbers[index] == number
        with Image.open(path) as image:
            np.testing.assert_array_equal(images[index], np.asarray(image))


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"count": 26}, {"augment": False}, {"file_format": "parquet"}, {"split": "test"}]
)
def test_a_folder_with_another_data_set_is_left_alone(
    change: dict[str, object], mnist_folder: Path, tmp_path: Path
) -> None:
    before = contents(write_small(tmp_path, data_folder=mnist_folder))
    with pytest.raises(OutputError, match="holds another data set"):
        write_small(tmp_path, data_folder=mnist_folder, **change)  # type: ignore[arg-type]
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("letter.txt", "Dear all", "holds other files"),
        ("dataset.json", "{", "is damaged"),
        ("dataset.json", "[]", "is damaged"),
        ("dataset.json", "{}", "is damaged"),
        ("dataset.json", json.dumps({"seed": 1}), "holds another data set"),
    ],
)
def test_a_folder_with_other_things_is_left_alone(
    name: str, content: str, message: str, mnist_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(OutputError, match=message):
        write_dataset(tmp_path, 3, data_folder=mnist_folder)
    assert contents(tmp_path) == {name: content.encode()}


@pytest.mark.parametrize("options", [{"count": 0}, {"workers": 0}, {"part_size": 0}, {"image_width": 20}])
def test_options_that_cannot_be_leave_no_folder(options: dict[str, int], mnist_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LayoutError):
        write_small(tmp_path / "new", data_folder=mnist_folder, **options)  # type: ignore[arg-type]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("file_format", "extra"), [("parquet", "parquet"), ("hdf5", "hdf5")])
def test_a_format_that_is_not_installed_says_how(
    file_format: FileFormat, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_formats, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=rf"pip install 'number-generator\[{extra}\]'"):
        write_small(tmp_path, file_format=file_format)


def test_a_full_disk_is_an_error_of_the_folder(
    mnist_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dataset_formats.PngFormat, "write", no_space)
    with pytest.raises(OutputError, match="No space left"):
        write_small(tmp_path, data_folder=mnist_folder)
