"""Pictures in zip and tar files; those of WebDataset are tar files. Other files in them are passed over."""

import tarfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Generic, Protocol, TypeVar

from bulk_recognition.errors import InputError
from bulk_recognition.files import is_url, open_file, stamp_of, too_large
from bulk_recognition.pictures import MAXIMUM_BYTES, Content, Picture, Problem, is_picture, printable

ZIP_SUFFIXES = (".zip",)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_OF_TAR = (tarfile.TarError, EOFError, OSError, zlib.error)

Archive = TypeVar("Archive", zipfile.ZipFile, tarfile.TarFile)


class Closing(Protocol):
    def close(self) -> object: ...


class _Held(Generic[Archive]):
    """An archive that is closed once nobody has it: its pictures may be wanted when all their names are known."""

    def __init__(self, archive: Archive, file: IO[bytes]) -> None:
        self.archive: Archive = archive
        weakref.finalize(self, _close, archive, file)


def _close(*files: Closing) -> None:
    for file in files:
        file.close()


@dataclass(frozen=True)
class ZipFile:
    """Its list of contents, about 0.6 kB an entry, is held as a whole."""

    location: str

    def count(self) -> int | None:
        """Raises InputError, as iteration does."""
        return sum(map(_is_zipped_picture, self._open().archive.infolist()))

    def __iter__(self) -> Iterator[Picture]:
        stamp, held = stamp_of(self.location), self._open()
        for entry in filter(_is_zipped_picture, held.archive.infolist()):
            path = printable(f"zip://{entry.filename}::{self.location}")
            yield Picture(path, partial(_unzip, held, entry), stamp, min(entry.file_size, MAXIMUM_BYTES))

    def _open(self) -> _Held[zipfile.ZipFile]:
        file = open_file(self.location)
        try:
            return _Held(zipfile.ZipFile(file), file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            file.close()
            raise InputError(f"{self.location} is no zip file, or a damaged one: {error}") from error


@dataclass(frozen=True)
class TarFile:
    location: str

    def count(self) -> int | None:
        """None where only reading it all would tell. Raises InputError, as iteration does."""
        if not self._has_places or is_url(self.location):
            return None
        return sum(1 for _ in self._members(self._open()))

    def __iter__(self) -> Iterator[Picture]:
        stamp, held = stamp_of(self.location), self._open()
        for member in self._members(held):
            path = printable(f"tar://{member.name}::{self.location}")
            content = partial(_untar, held, member)
            yield Picture(path, content if self._has_places else content(), stamp, min(member.size, MAXIMUM_BYTES))

    @property
    def _has_places(self) -> bool:
        """Whether one can go back in it: a compressed one is a stream."""
        return self.location.lower().endswith(".tar")

    def _open(self) -> _Held[tarfile.TarFile]:
        file = open_file(self.location)
        try:
            if self._has_places:
                return _Held(tarfile.open(fileobj=file, mode="r:"), file)
            return _Held(tarfile.open(fileobj=file, mode="r|*"), file)
        except _OF_TAR as error:
            file.close()
            raise self._damaged(error) from error

    def _members(self, held: _Held[tarfile.TarFile]) -> Iterator[tarfile.TarInfo]:
        archive = held.archive
        while True:
            try:
                member = archive.next()
            except _OF_TAR as error:
                raise self._damaged(error) from error
            if member is None:
                return
            archive.members = []  # type: ignore[attr-defined]  # it would keep them all
            if member.isreg() and is_picture(member.name):
                yield member

    def _damaged(self, error: Exception) -> InputError:
        return InputError(f"{self.location} is no tar file, or a damaged one: {error}")


def _is_zipped_picture(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and is_picture(entry.filename)


def _unzip(held: _Held[zipfile.ZipFile], entry: zipfile.ZipInfo) -> Content:
    try:
        with held.archive.open(entry) as file:
            content = file.read(MAXIMUM_BYTES + 1)  # what the entry says of its size need not be true
    except Exception as error:  # zlib's, lzma's, of encryption, of methods that are not known
        return Problem("unreadable", f"damaged or locked in its archive: {error}")
    return too_large() if len(content) > MAXIMUM_BYTES else content


def _untar(held: _Held[tarfile.TarFile], member: tarfile.TarInfo) -> Content:
    if member.size > MAXIMUM_BYTES:
        return too_large()
    file = held.archive.extractfile(member)
    return file.read() if file is not None else Problem("unreadable", "it is not a file")
