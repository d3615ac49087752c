"""Pictures in zip and tar files; those of WebDataset are tar files. Other files in them are passed over."""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO

from bulk_recognition.errors import InputError
from bulk_recognition.files import is_url, opened, stamp_of, too_large
from bulk_recognition.pictures import MAXIMUM_BYTES, Content, Picture, Problem, is_picture, printable

ZIP_SUFFIXES = (".zip",)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@dataclass(frozen=True)
class ZipFile:
    """Its list of contents, about 0.6 kB an entry, is held as a whole."""

    location: str

    def count(self) -> int | None:
        """Raises InputError, as iteration does."""
        with opened(self.location) as file, _zip(file, self.location) as archive:
            return sum(map(_is_zipped_picture, archive.infolist()))

    def __iter__(self) -> Iterator[Picture]:
        stamp = stamp_of(self.location)
        with opened(self.location) as file, _zip(file, self.location) as archive:
            for entry in filter(_is_zipped_picture, archive.infolist()):
                path = printable(f"zip://{entry.filename}::{self.location}")
                yield Picture(path, partial(_unzip, archive, entry), stamp, min(entry.file_size, MAXIMUM_BYTES))


@dataclass(frozen=True)
class TarFile:
    location: str

    def count(self) -> int | None:
        """None where only reading it all would tell. Raises InputError, as iteration does."""
        if not self._has_places or is_url(self.location):
            return None
        with opened(self.location) as file:
            return sum(1 for _ in self._members(file))

    def __iter__(self) -> Iterator[Picture]:
        stamp = stamp_of(self.location)
        with opened(self.location) as file:
            for archive, member in self._members(file):
                path = printable(f"tar://{member.name}::{self.location}")
                content: Content | partial[Content] = partial(_untar, archive, member)
                if not self._has_places:
                    content = _untar(archive, member)
                yield Picture(path, content, stamp, min(member.size, MAXIMUM_BYTES))

    @property
    def _has_places(self) -> bool:
        """Whether one can go back in it: a compressed one is a stream."""
        return self.location.lower().endswith(".tar")

    def _members(self, file: IO[bytes]) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        try:
            archive = (
                tarfile.open(fileobj=file, mode="r:")
                if self._has_places
                else tarfile.open(fileobj=file, mode="r|*")  # type: ignore[arg-type]  # read alone is called
            )
            with archive:
                while (member := archive.next()) is not None:
                    archive.members = []  # it would keep them all
                    if member.isreg() and is_picture(member.name):
                        yield archive, member
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise InputError(f"{self.location} is no tar file, or a damaged one: {error}") from error


def _zip(file: IO[bytes], location: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"{location} is no zip file, or a damaged one: {error}") from error


def _is_zipped_picture(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and is_picture(entry.filename)


def _unzip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Content:
    try:
        with archive.open(entry) as file:
            content = file.read(MAXIMUM_BYTES + 1)  # what the entry says of its size need not be true
    except Exception as error:  # zlib's, lzma's, of encryption, of methods that are not known
        return Problem("unreadable", f"damaged or locked in its archive: {error}")
    return too_large() if len(content) > MAXIMUM_BYTES else content


def _untar(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Content:
    if member.size > MAXIMUM_BYTES:
        return too_large()
    file = archive.extractfile(member)
    return file.read() if file is not None else Problem("unreadable", "it is not a file")
