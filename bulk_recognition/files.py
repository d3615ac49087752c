"""Files, on this machine by their paths and elsewhere by URLs that fsspec understands."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import fsspec
from fsspec.core import url_to_fs

from bulk_recognition.errors import InputError
from bulk_recognition.pictures import MAXIMUM_BYTES, Content, Problem

_FETCHED_TOGETHER = 32
_STAMPS = ("size", "ETag", "etag", "LastModified", "last_modified", "mtime", "updated", "created")
"""What fsspec's file systems tell of a file that changes with it."""


@dataclass(frozen=True, slots=True)
class File:
    """stamp: None where nobody has looked yet. size: in bytes, 0 where nobody knows."""

    location: str
    stamp: str | None = None
    size: int = 0


def is_url(location: str) -> bool:
    return "://" in location


@contextmanager
def telling(location: str) -> Iterator[None]:
    """Turns what a file system, its library's absence included, has to complain of into an InputError."""
    try:
        yield
    except (OSError, ImportError, ValueError) as error:
        raise InputError(f"cannot read {location}: {_say(error)}") from error


def open_file(location: str) -> IO[bytes]:
    """Raises InputError."""
    with telling(location):
        if is_url(location):
            return fsspec.open(location, "rb").open()  # type: ignore[no-any-return]
        return open(location, "rb")  # noqa: PTH123


def stamp_of(location: str) -> str:
    """Differs when the file does; "missing" where there is none on this machine. Raises InputError for a URL."""
    if is_url(location):
        with telling(location):
            file_system, path = url_to_fs(location)
            return _stamp(file_system.info(path))
    try:
        found = Path(location).stat()
    except (OSError, ValueError):
        return "missing"
    return f"{found.st_size}-{found.st_mtime_ns}"


def is_folder(location: str) -> bool:
    """Raises InputError for a URL that cannot be asked."""
    if not is_url(location):
        return Path(location).is_dir()
    with telling(location):
        file_system, path = url_to_fs(location)
        return bool(file_system.isdir(path))


def walk(folder: str, depth: int = sys.maxsize) -> Iterator[File]:
    """All files in a folder, "" for the current one, and in `depth` levels of folders in it, in the order of names.

    On this machine only the names in one folder, and in those that it lies in, are held at a time. Links to folders are
    not followed.

    Raises InputError where a folder cannot be listed: its pictures would be lost in silence.
    """
    if is_url(folder):
        with telling(folder):
            file_system, path = url_to_fs(folder, use_listings_cache=False)
        yield from _walk_url(file_system, path, depth)
    else:
        yield from map(File, _walk(folder, depth))


def _walk(folder: str, depth: int) -> Iterator[str]:
    with telling(folder), os.scandir(folder or ".") as entries:
        names = sorted(entry.name + "/" * entry.is_dir(follow_symlinks=False) for entry in entries)
    for name in names:
        path = name if not folder else f"{folder.rstrip('/')}/{name}"
        if not name.endswith("/"):
            yield path
        elif depth:
            yield from _walk(path, depth - 1)


def _walk_url(file_system: Any, folder: str, depth: int) -> Iterator[File]:
    with telling(file_system.unstrip_protocol(folder)):
        entries = sorted(file_system.ls(folder, detail=True), key=lambda entry: str(entry["name"]))
    for entry in entries:
        if entry["name"].rstrip("/") == folder.rstrip("/"):  # object stores list a folder within itself
            continue
        if entry["type"] != "directory":
            yield File(file_system.unstrip_protocol(entry["name"]), _stamp(entry), entry.get("size") or 0)
        elif depth:
            yield from _walk_url(file_system, entry["name"], depth - 1)


def _stamp(told: Mapping[str, Any]) -> str:
    return "-".join(str(told[key]) for key in _STAMPS if told.get(key) is not None)


def contents(locations: Iterable[str]) -> Iterator[Content]:
    """The files, in the order given; those of URLs are fetched some at a time, together where their library can."""
    for scheme, group in groupby(locations, lambda location: location.partition("://")[0] if is_url(location) else ""):
        if not scheme:
            yield from map(read_file, group)
            continue
        together = list[str]()
        for location in group:
            together.append(location)
            if len(together) == _FETCHED_TOGETHER:
                yield from _fetch(together)
                together = []
        if together:
            yield from _fetch(together)


def read_file(path: str) -> Content:
    try:
        found = Path(path).stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe or a device would be read for ever
            return Problem("unreadable", "it is not a file")
        if found.st_size > MAXIMUM_BYTES:
            return too_large()
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        return Problem("unreadable", _say(error))


def _fetch(urls: list[str]) -> list[Content]:
    try:
        file_system, _ = url_to_fs(urls[0])
        paths = [file_system._strip_protocol(url) for url in urls]
        fetched = file_system.cat_ranges(paths, None, None, on_error="return")
    except (OSError, ImportError, ValueError) as error:
        fetched = [error] * len(urls)
    return [_checked(content) for content in fetched]


def _checked(content: bytes | Exception) -> Content:
    if isinstance(content, Exception):
        return Problem("unreadable", _say(content))
    return too_large() if len(content) > MAXIMUM_BYTES else content


def too_large() -> Problem:
    return Problem("picture_too_large", f"the file has more than {MAXIMUM_BYTES} bytes")


def _say(error: Exception) -> str:
    """Without the path, which the row has, where the system's own words are known."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
