"""Pictures of one's own with their digits: a folder of files named by them, or a CSV file."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

_PICTURES = (".png", ".jpg", ".jpeg")
_COLUMNS = (("path", "file", "filename"), ("digits", "label", "number"))


class CannotCalibrate(Exception):
    """The message says why, and what to do."""


def find_labelled(source: Path) -> list[tuple[Path, str]]:
    """(picture, its digits) of a folder or a CSV file.

    Raises:
        CannotCalibrate: no such source, no pictures in it, or one without digits.
    """
    if source.is_dir():
        paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in _PICTURES)
        labelled = [(path, _digits_of_name(path)) for path in paths]
    elif source.is_file():
        labelled = list(_read_csv(source))
    else:
        raise CannotCalibrate(f"no folder and no CSV file at {source}")
    if not labelled:
        raise CannotCalibrate(f"{source} has no PNG or JPEG pictures")
    return labelled


def _digits_of_name(path: Path) -> str:
    found = re.match(r"\d+", path.stem, re.ASCII)
    if not found:
        raise CannotCalibrate(f"{path}: a name begins with the digits in the picture, as 40950.png or 40950-2.png")
    return found.group()


def _read_csv(source: Path) -> Iterator[tuple[Path, str]]:
    with source.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        names = [next((n for n in rows.fieldnames or () if n.strip().lower() in wanted), None) for wanted in _COLUMNS]
        if None in names:
            raise CannotCalibrate(f"{source} needs a first line with the columns path and digits")
        for row in rows:
            path, digits = (row[name] or "" for name in names if name is not None)
            if not (digits.isascii() and digits.isdigit()):
                raise CannotCalibrate(f"{source}, line {rows.line_num}: the digits must be digits only")
            yield source.parent / path, digits
