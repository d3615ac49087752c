"""How the parts of a data set are kept: PNG and CSV, Parquet, HDF5."""

import csv
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from number_generator.errors import MissingExtra
from number_generator.picture_files import to_png

Grey = npt.NDArray[np.uint8]

FileFormat = Literal["png", "parquet", "hdf5"]
FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)


@dataclass(frozen=True)
class Part:
    """Pictures from `first` on that are kept together."""

    index: int
    parts: int
    first: int
    count: int
    split: str


@dataclass(frozen=True)
class Sample:
    """picture: black on white, uint8 (height, width)."""

    index: int
    number: str
    picture: Grey


class DatasetFormat(Protocol):
    def check_installed(self) -> None:
        """Raises MissingExtra where something is missing."""

    def path(self, folder: Path, part: Part) -> Path:
        """Where a part has its place; what is there is whole."""

    def write(self, path: Path, samples: Sequence[Sample]) -> None:
        """Write a part."""

    def finish(self, folder: Path, parts: Sequence[Part], numbers: Sequence[str]) -> None:
        """Write what belongs to all parts."""


class PngFormat:
    def check_installed(self) -> None:
        pass

    def path(self, folder: Path, part: Part) -> Path:
        return folder / "pictures" / f"{part.index:05}"

    def write(self, path: Path, samples: Sequence[Sample]) -> None:
        path.mkdir()
        for sample in samples:
            (path / _picture_name(sample.number, sample.index)).write_bytes(to_png(sample.picture))

    def finish(self, folder: Path, parts: Sequence[Part], numbers: Sequence[str]) -> None:
        with (
            move_into_place(folder / "labels.csv") as temporary,
            temporary.open("w", newline="", encoding="ascii") as file,
        ):
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("path", "digits"))
            for part in parts:
                place = self.path(folder, part).relative_to(folder).as_posix()
                for index in range(part.first, part.first + part.count):
                    rows.writerow((f"{place}/{_picture_name(numbers[index], index)}", numbers[index]))


def _picture_name(number: str, index: int) -> str:
    return f"{number}-{index}.png"


class ParquetFormat:
    """A file a part, by the names and with the metadata by which Hugging Face's datasets know pictures."""

    def check_installed(self) -> None:
        _require("Parquet", "pyarrow", "parquet")

    def path(self, folder: Path, part: Part) -> Path:
        return folder / "data" / f"{part.split}-{part.index:05}-of-{part.parts:05}.parquet"

    def write(self, path: Path, samples: Sequence[Sample]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        features = {"image": {"_type": "Image"}, "digits": {"dtype": "string", "_type": "Value"}}
        schema = pa.schema(
            [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("digits", pa.string())],
            {"huggingface": json.dumps({"info": {"features": features}})},
        )
        pictures = [
            {"bytes": to_png(sample.picture), "path": _picture_name(sample.number, sample.index)} for sample in samples
        ]
        columns = {"image": pictures, "digits": [sample.number for sample in samples]}
        parquet.write_table(pa.Table.from_pydict(columns, schema), path)

    def finish(self, folder: Path, parts: Sequence[Part], numbers: Sequence[str]) -> None:
        pass


class Hdf5Format:
    """A file a part, and one that shows them all as if they were one."""

    def check_installed(self) -> None:
        _require("HDF5", "h5py", "hdf5")

    def path(self, folder: Path, part: Part) -> Path:
        return folder / "parts" / f"{part.index:05}.h5"

    def write(self, path: Path, samples: Sequence[Sample]) -> None:
        import h5py

        pictures = np.stack([sample.picture for sample in samples])
        numbers = np.array([sample.number.encode() for sample in samples])
        with h5py.File(path, "w") as file:
            chunks = (min(100, len(samples)), *pictures.shape[1:])
            file.create_dataset("images", data=pictures, chunks=chunks, compression="gzip", shuffle=True)
            file.create_dataset("digits", data=numbers)

    def finish(self, folder: Path, parts: Sequence[Part], numbers: Sequence[str]) -> None:
        import h5py

        with h5py.File(self.path(folder, parts[0])) as first:
            shape = (len(numbers), *first["images"].shape[1:])
        longest = np.dtype(f"S{max(map(len, numbers))}")
        views = {"images": h5py.VirtualLayout(shape, np.uint8), "digits": h5py.VirtualLayout(shape[:1], longest)}
        for part in parts:
            with h5py.File(self.path(folder, part)) as file:
                for name, view in views.items():
                    source = h5py.VirtualSource(file[name])
                    source.path = self.path(folder, part).relative_to(folder).as_posix()  # the folder may be moved
                    view[part.first : part.first + part.count] = source
        with move_into_place(folder / "numbers.h5") as temporary, h5py.File(temporary, "w") as file:
            for name, view in views.items():
                file.create_virtual_dataset(name, view)


FORMATS: dict[FileFormat, DatasetFormat] = {"png": PngFormat(), "parquet": ParquetFormat(), "hdf5": Hdf5Format()}


def _require(what: str, package: str, extra: str) -> None:
    if find_spec(package) is None:
        raise MissingExtra(what, package, extra)


@contextmanager
def move_into_place(path: Path) -> Iterator[Path]:
    """A name for a new file or folder, which comes to its place when it is whole, and not at all on an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.unfinished")
    _remove(temporary)
    try:
        yield temporary
        if path.is_file() or not path.exists():
            temporary.replace(path)
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
