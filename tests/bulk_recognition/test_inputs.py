import base64
import csv
import io
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bulk_recognition.errors import InputError
from bulk_recognition.files import walk
from bulk_recognition.pictures import MAXIMUM_BYTES, cut
from bulk_recognition.sources import find_sources
from bulk_recognition.tables import Columns
from tests.bulk_recognition.jobs import DRAWN, name_of, read

Make = Callable[[Path, list[Path]], object]
FILES = [drawn.picture for drawn in DRAWN]
TEXTS = [drawn.base64 for drawn in DRAWN]


def write_csv(path: Path, column: str, values: list[str], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file, delimiter=delimiter)
        rows.writerow(["number", column])
        rows.writerows(enumerate(values))
    return path


def write_parquet(path: Path, /, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=7)
    return path


def write_zip(path: Path, pictures: list[Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", "no picture")
        for picture in pictures:
            archive.write(picture)
    return path


def write_tar(path: Path, pictures: list[Path]) -> Path:
    """As WebDataset has them: what belongs together has one name."""
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as archive:
        for picture in pictures:
            archive.add(picture)
            label = tarfile.TarInfo(str(picture.with_suffix(".json")))
            label.size = 2
            archive.addfile(label, io.BytesIO(b"{}"))
    return path


def in_memory(_: Path, pictures: list[Path]) -> str:
    with fsspec.open("memory://bulk/pictures.zip", "wb") as file:
        file.write(write_zip(pictures[0].parent / "a.zip", pictures).read_bytes())
    return "memory://bulk/pictures.zip"


def folder_in_memory(_: Path, pictures: list[Path]) -> str:
    file_system = fsspec.filesystem("memory")
    for picture in pictures:
        file_system.pipe(f"/pictures/{picture.relative_to(pictures[0].parent)}", picture.read_bytes())
    return "memory://pictures"


def relative(folder: Path, pictures: list[Path]) -> list[str]:
    return [str(picture.relative_to(folder)) for picture in pictures]


INPUTS: dict[str, Make] = {
    "a folder": lambda folder, _: folder / "pictures",
    "a glob of any depth": lambda folder, _: folder / "**" / "*.[jp][pn]g",
    "a list of tables and archives by a glob": lambda folder, pictures: (
        (write_zip(folder / "shard-0.zip", pictures[:5]) and write_tar(folder / "shard-1.tar", pictures[5:]))
        and folder / "shard-?.*"
    ),
    "CSV of paths": lambda folder, pictures: write_csv(folder / "a.csv", "path", relative(folder, pictures)),
    "CSV of paths, parted by tabs": lambda folder, pictures: write_csv(
        folder / "a.tsv", "file", [str(picture) for picture in pictures], "\t"
    ),
    "CSV of base64": lambda folder, _: write_csv(folder / "a.csv", "base64", TEXTS),
    "CSV of data URLs": lambda folder, _: write_csv(
        folder / "a.csv", "image", [f"data:image/png;base64,{text}" for text in TEXTS]
    ),
    "Parquet of paths": lambda folder, pictures: write_parquet(
        folder / "a.parquet", path=pa.array(relative(folder, pictures)).dictionary_encode()
    ),
    "Parquet of bytes": lambda folder, _: write_parquet(folder / "a.parquet", bytes=FILES),
    "Parquet of base64": lambda folder, _: write_parquet(folder / "a.parquet", data=TEXTS),
    "Parquet of Hugging Face": lambda folder, _: write_parquet(
        folder / "a.parquet", image=[{"bytes": file, "path": None} for file in FILES]
    ),
    "zip": lambda folder, pictures: write_zip(folder / "a.zip", pictures),
    "tar": lambda folder, pictures: write_tar(folder / "a.tar", pictures),
    "compressed tar": lambda folder, pictures: write_tar(folder / "a.tgz", pictures),
    "a zip at a URL": in_memory,
    "a folder at a URL": folder_in_memory,
}


@pytest.fixture(autouse=True)
def _empty_memory() -> Iterator[None]:
    yield
    fsspec.filesystem("memory").store.clear()


@pytest.mark.parametrize("make", INPUTS.values(), ids=INPUTS)
def test_every_kind_of_input_is_read_in_order(
    make: Make, tmp_path: Path, pictures: list[Path], predictions: list[str]
) -> None:
    rows = read(make(tmp_path, pictures), folder=tmp_path)
    assert [row["prediction"] for row in rows] == predictions
    assert len({row["path"] for row in rows}) == len(rows)


def test_several_inputs_come_one_after_the_other_and_twice_is_twice(tmp_path: Path, pictures: list[Path]) -> None:
    rows = read(pictures[3], pictures[1], pictures[3], folder=tmp_path)
    assert [row["path"] for row in rows] == [str(pictures[index]) for index in (3, 1, 3)]


def test_a_row_tells_where_its_picture_is(tmp_path: Path, pictures: list[Path]) -> None:
    archive = write_zip(tmp_path / "a.zip", pictures)
    (row, *_) = read(archive, folder=tmp_path)
    with fsspec.open(row["path"], "rb") as file:
        assert file.read() == FILES[0]


@pytest.mark.parametrize(
    ("columns", "options", "path"),
    [
        pytest.param({"bytes": FILES}, {}, "a.parquet#1", id="the row, where there is nothing else"),
        pytest.param({"bytes": FILES, "path": [*"abcdefghijkl"]}, {}, "b", id="another column"),
        pytest.param({"scan": FILES, "id": [*range(12)]}, {"picture": "scan", "name": "id"}, "1", id="the one named"),
    ],
)
def test_a_tables_row_is_told_by(
    columns: dict[str, object], options: dict[str, str], path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_parquet(Path("a.parquet"), **columns)
    assert read("a.parquet", folder=tmp_path, **options)[1]["path"] == path


def test_texts_can_be_said_to_be_paths(tmp_path: Path, pictures: list[Path]) -> None:
    pictures[0].rename(tmp_path / "iVBORw0KGgo")
    table = write_csv(tmp_path / "a.csv", "path", ["iVBORw0KGgo"])
    assert read(table, folder=tmp_path / "guessed")[0]["error"] is not None
    assert read(table, folder=tmp_path / "said", holds="path")[0]["error"] is None


@pytest.mark.parametrize(
    "empty",
    [
        pytest.param(lambda folder: folder, id="folder"),
        pytest.param(lambda folder: folder / "*.png", id="glob"),
        pytest.param(lambda folder: write_csv(folder / "a.csv", "path", []), id="CSV"),
        pytest.param(lambda folder: write_parquet(folder / "a.parquet", bytes=pa.array([], pa.binary())), id="Parquet"),
        pytest.param(lambda folder: write_zip(folder / "a.zip", []), id="zip"),
        pytest.param(lambda folder: write_tar(folder / "a.tar", []), id="tar"),
    ],
)
def test_of_an_empty_input_comes_an_empty_table(empty: Callable[[Path], object], tmp_path: Path) -> None:
    assert read(empty(tmp_path), folder=tmp_path) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing", None, "there is nothing at"),
        ("a.zip", b"no zip", "is no zip file"),
        ("a.tar", b"no tar", "is no tar file"),
        ("a.tgz", b"no tar", "is no tar file"),
        ("a.parquet", b"no table", "is no Parquet file"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"number,colour\n1,red\n", "number, colour"),
        ("a.csv", b"path\n\xff\n", "no CSV in UTF-8"),
        ("nothing://here", None, "nothing"),
        ("s3://bucket/pictures", None, "s3fs"),  # the library for it, which is not there
    ],
)
def test_an_input_that_is_none_is_told(name: str, content: bytes | None, told: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        read(name if "://" in name else tmp_path / name, folder=tmp_path)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (Columns(picture="scan"), "no column scan"),
        (Columns(name="id"), "no column id"),
        (Columns(picture="size"), "neither pictures nor paths"),
    ],
)
def test_a_column_that_cannot_be_is_told(columns: Columns, told: str, tmp_path: Path) -> None:
    table = write_parquet(tmp_path / "a.parquet", bytes=FILES, size=[1] * 12)
    with pytest.raises(InputError, match=told):
        list(find_sources([str(table)], columns))


def test_what_is_counted_beforehand_is_what_comes(tmp_path: Path, pictures: list[Path]) -> None:
    for make in INPUTS.values():
        source = find_sources([str(make(tmp_path, pictures))], Columns())
        assert source.count() in (len(DRAWN), None)


def test_a_part_carries_only_so_much(tmp_path: Path) -> None:
    table = write_parquet(tmp_path / "a.parquet", bytes=[bytes(6_000_000)] * 5)
    parts = list(cut(find_sources([str(table)], Columns()), 256))
    assert [len(part.pictures) for part in parts] == [2, 2, 1]
    assert sys.getsizeof(FILES[0]) < MAXIMUM_BYTES


def test_a_folders_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.png", "a/b/c.png", "c.png", "a.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert relative(tmp_path, [Path(file.location) for file in walk(str(tmp_path))]) == [
        "a.png", "a/b/c.png", "a/loop", "a/z.png", "b.png", "c.png",
    ]  # fmt: skip


def test_base64_of_a_picture_is_known_by_its_beginning() -> None:
    for index, drawn in enumerate(DRAWN):
        beginning = "/9j/" if name_of(index, drawn).endswith("jpg") else "iVBORw0KGgo"
        assert base64.b64encode(drawn.picture).decode().startswith(beginning)
