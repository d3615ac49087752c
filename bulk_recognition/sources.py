"""What is given as INPUT -> pictures, always in the same order, one at a time."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from fsspec.utils import glob_translate

from bulk_recognition.archives import TAR_SUFFIXES, ZIP_SUFFIXES, TarFile, ZipFile
from bulk_recognition.errors import InputError
from bulk_recognition.files import File, is_folder, is_url, stamp_of, walk
from bulk_recognition.pictures import Picture, is_picture, printable
from bulk_recognition.tables import CSV_SUFFIXES, PARQUET_SUFFIXES, Columns, CsvTable, ParquetTable


class Source(Protocol):
    def count(self) -> int | None:
        """How many pictures there are; None where that takes about as long as to get them. Raises InputError."""

    def __iter__(self) -> Iterator[Picture]:
        """Raises InputError."""


@dataclass(frozen=True)
class PictureFile:
    file: File

    def count(self) -> int | None:
        return 1

    def __iter__(self) -> Iterator[Picture]:
        location = self.file.location
        stamp = stamp_of(location) if self.file.stamp is None else self.file.stamp
        yield Picture(printable(location), location, stamp, self.file.size)


@dataclass(frozen=True)
class Folder:
    """All PNG and JPEG files in it, by their names."""

    location: str

    def count(self) -> int | None:
        return sum(1 for _ in self._files())

    def __iter__(self) -> Iterator[Picture]:
        for file in self._files():
            yield from PictureFile(file)

    def _files(self) -> Iterator[File]:
        return (file for file in walk(self.location) if is_picture(file.location))


@dataclass(frozen=True)
class Glob:
    """All files that match, whatever their names; archives and tables among them are opened."""

    pattern: str
    columns: Columns

    def count(self) -> int | None:
        return _sum(source.count() for source in self._sources())

    def __iter__(self) -> Iterator[Picture]:
        for source in self._sources():
            yield from source

    def _sources(self) -> Iterator[Source]:
        matches = re.compile(glob_translate(self.pattern)).match
        root = self._root()
        depth = sys.maxsize if "**" in self.pattern else self.pattern[len(root) :].lstrip("/").count("/")
        return (_of_file(file, self.columns) for file in walk(root, depth) if matches(file.location))

    def _root(self) -> str:
        """The folder down to which nothing is open, as it is written."""
        fixed = re.split(r"[*?[]", self.pattern, maxsplit=1)[0]
        return fixed.rpartition("/")[0] or ("/" if fixed.startswith("/") else "")


@dataclass(frozen=True)
class Together:
    """One after the other."""

    sources: Sequence[Source]

    def count(self) -> int | None:
        return _sum(source.count() for source in self.sources)

    def __iter__(self) -> Iterator[Picture]:
        for source in self.sources:
            yield from source


def find_sources(inputs: Sequence[str], columns: Columns) -> Source:
    """Raises InputError where there is nothing at one of the inputs."""
    return Together([_find(given, columns) for given in inputs])


def _find(given: str, columns: Columns) -> Source:
    if is_folder(given):
        return Folder(given)
    if not is_url(given) and os.path.lexists(given):
        return _of_file(File(given), columns)
    if re.search(r"[*[]" if is_url(given) else r"[*?[]", given):
        return Glob(given, columns)
    if is_url(given):
        return _of_file(File(given), columns)
    raise InputError(f"there is nothing at {given}")


def _of_file(file: File, columns: Columns) -> Source:
    name = file.location.lower()
    if name.endswith(ZIP_SUFFIXES):
        return ZipFile(file.location)
    if name.endswith(TAR_SUFFIXES):
        return TarFile(file.location)
    if name.endswith(CSV_SUFFIXES):
        return CsvTable(file.location, columns)
    if name.endswith(PARQUET_SUFFIXES):
        return ParquetTable(file.location, columns)
    return PictureFile(file)


def _sum(counts: Iterator[int | None]) -> int | None:
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total
