"""A picture that cannot be read is a row with its error, and harms no other."""

import os
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from bulk_recognition import files
from bulk_recognition.pictures import Part, Picture
from bulk_recognition.reading import PartReader
from recognizer import Recognizer
from tests.bulk_recognition.jobs import ASKING, DRAWN, do, job, read
from tests.picture_files import png_chunk, png_header

GOOD = DRAWN[0].picture


def small(path: Path) -> None:
    Image.new("L", (4, 4)).save(path)


BAD = {
    "not_a_picture": lambda path: path.write_bytes(b"hello"),
    "picture_truncated": lambda path: path.write_bytes(GOOD[: len(GOOD) // 2]),
    "picture_too_small": small,
    "picture_too_large": lambda path: path.write_bytes(
        png_header(90_000, 90_000) + png_chunk(b"IDAT") + png_chunk(b"IEND")
    ),
    "unreadable": lambda path: path.symlink_to("nowhere"),
    "unreadable ": os.mkfifo,  # to read it would take for ever
}


@pytest.mark.parametrize(("code", "make"), BAD.items(), ids=BAD)
def test_a_bad_file_is_a_row_with_its_error(code: str, make: object, tmp_path: Path, predictions: list[str]) -> None:
    for name in ("a.png", "c.png"):
        (tmp_path / name).write_bytes(GOOD)
    make(tmp_path / "b.png")  # type: ignore[operator]
    first, bad, last = read(tmp_path, folder=tmp_path)
    assert bad["path"] == str(tmp_path / "b.png")
    assert bad["error"] == code.strip()
    assert bad["detail"]
    assert bad["prediction"] is bad["confidence"] is bad["verdict"] is None
    assert first["prediction"] == last["prediction"] == predictions[0]


def test_bad_rows_of_a_table(tmp_path: Path) -> None:
    texts = pa.array(["data:image/png;base64,?", None, "", DRAWN[0].base64, "missing.png"])
    pq.write_table(pa.table({"image": texts}), tmp_path / "a.parquet")
    rows = read(tmp_path / "a.parquet", folder=tmp_path)
    assert [row["error"] for row in rows] == ["invalid_base64", "no_picture", "no_picture", None, "unreadable"]


def test_damage_in_an_archive_is_its_pictures_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("a.png", "b.png", "c.png"):
            archive.writestr(name, GOOD)
        place = archive.getinfo("b.png").header_offset
    damaged = bytearray((tmp_path / "a.zip").read_bytes())
    damaged[place + 200 : place + 220] = bytes(20)
    (tmp_path / "a.zip").write_bytes(damaged)
    assert [row["error"] for row in read(tmp_path / "a.zip", folder=tmp_path)] == [None, "unreadable", None]


def test_an_archives_picture_may_not_be_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("files", "archives", "tables"):
        monkeypatch.setattr(f"bulk_recognition.{module}.MAXIMUM_BYTES", 100)
    (tmp_path / "a.png").write_bytes(GOOD)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(100_000))
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(tmp_path / "a.png")
    pq.write_table(pa.table({"bytes": [GOOD]}), tmp_path / "a.parquet")
    rows = read(*(tmp_path / f"a.{kind}" for kind in ("png", "zip", "tar", "parquet")), folder=tmp_path)
    assert [row["error"] for row in rows] == ["picture_too_large"] * 4
    assert files.too_large().code == "picture_too_large"


def test_a_file_name_need_not_be_utf_8(tmp_path: Path, predictions: list[str]) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")).write_bytes(GOOD)
    (row,) = read(tmp_path, folder=tmp_path / "output")
    assert row["path"].endswith("/\\xff.png")
    assert row["prediction"] == predictions[0]


def test_what_nobody_foresaw_is_that_pictures_alone(monkeypatch: pytest.MonkeyPatch, predictions: list[str]) -> None:
    prepare = Recognizer.prepare

    def stumbling(self: Recognizer, picture: bytes | Path) -> object:
        if picture == DRAWN[1].picture:
            raise ZeroDivisionError
        return prepare(self, picture)

    monkeypatch.setattr(Recognizer, "prepare", stumbling)
    part = Part(0, tuple(Picture(str(index), DRAWN[index].picture) for index in range(3)))
    rows = PartReader(ASKING).rows(part)
    assert [row.get("error") for row in rows] == [None, "internal_error", None]
    assert [row.get("prediction") for row in rows] == [predictions[0], None, predictions[2]]


def test_errors_are_counted(tmp_path: Path, pictures: list[Path]) -> None:
    pictures[0].write_bytes(b"hello")
    pictures[1].write_bytes(GOOD[:100])
    summary = do(job(*pictures, output=tmp_path / "readings.csv")).summary
    assert summary.pictures == len(pictures)
    assert summary.counts["error"] == 2
    assert set(summary.errors) == {"not_a_picture", "picture_truncated"}
    assert [shown["path"] for shown in summary.failed] == [str(path) for path in pictures[:2]]
