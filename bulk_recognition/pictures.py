"""Pictures on their way from a source to whoever reads them, and the parts that they are read and kept in."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

MAXIMUM_BYTES = 100_000_000
"""Of one picture's file."""
PART_BYTES = 16_000_000
"""Of the files that one part carries; a part with a single larger file is made all the same."""
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a picture has no reading. code: for programs, stable; detail: for people."""

    code: str
    detail: str


Content = bytes | Problem
"""The file of a picture, or why there is none."""


@dataclass(frozen=True, slots=True)
class Picture:
    """path: what its row tells. content: a str is a path or URL that whoever reads it opens; a callable is called once
    it is known that the picture has to be read. stamp: differs when the file does. size: bytes that come to be held.
    """

    path: str
    content: Content | str | Callable[[], Content]
    stamp: str = ""
    size: int = 0


@dataclass(frozen=True)
class Part:
    """Pictures that stand together in the input. number: from 0."""

    number: int
    pictures: tuple[Picture, ...]

    @cached_property
    def digest(self) -> str:
        """Tells whether the input is still the same here."""
        told = "\0".join(f"{picture.path}\0{picture.stamp}" for picture in self.pictures)
        return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()

    def loaded(self) -> "Part":
        """With everything that only the source's own process can get; this one can travel."""
        return Part(
            self.number,
            tuple(replace(p, content=p.content()) if callable(p.content) else p for p in self.pictures),
        )


def cut(pictures: Iterable[Picture], part_size: int) -> Iterator[Part]:
    """Parts of up to `part_size` pictures and PART_BYTES; the same pictures are always cut alike."""
    number, size, group = 0, 0, list[Picture]()
    for picture in pictures:
        if group and (len(group) == part_size or size + picture.size > PART_BYTES):
            yield Part(number, tuple(group))
            number, size, group = number + 1, 0, []
        group.append(picture)
        size += picture.size
    if group:
        yield Part(number, tuple(group))


def is_picture(name: str) -> bool:
    return name.lower().endswith(PICTURE_SUFFIXES)


def printable(path: str) -> str:
    """Names of files need not be UTF-8; those of rows do."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")
