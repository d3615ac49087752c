"""CSV and Parquet files with a column of pictures: paths, bytes or base64."""

import base64
import binascii
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from bulk_recognition.errors import InputError
from bulk_recognition.files import is_url, open_file, stamp_of, too_large
from bulk_recognition.pictures import MAXIMUM_BYTES, Content, Picture, Problem, printable

CSV_SUFFIXES = (".csv", ".tsv")
PARQUET_SUFFIXES = (".parquet",)

Holds = Literal["path", "base64"]
HOLDS = get_args(Holds)
_OF_PICTURES = ("image", "picture", "bytes", "base64", "data")
_OF_PATHS = ("path", "file", "filename", "file_name", "url")
_BASE64_OF_PICTURES = ("data:", "iVBORw0KGgo", "/9j/4", "/9j/2")  # the first bytes of PNG and JPEG files
_ROWS_TOGETHER = 256


@dataclass(frozen=True)
class Columns:
    """picture: the column of pictures; name: the column whose value a row tells as its path; None: found by name.

    holds: what texts in the column of pictures are; None: told from each.
    """

    picture: str | None = None
    name: str | None = None
    holds: Holds | None = None

    def among(self, names: Sequence[str], table: str) -> tuple[str, str | None]:
        """The columns of a table. Raises InputError where there are none such."""
        picture = self.picture or _first(_OF_PICTURES + _OF_PATHS, names)
        name = self.name
        if name is None and picture is not None and picture.strip().lower() not in _OF_PATHS:
            name = _first(_OF_PATHS, names)
        for wanted in (picture, name):
            if wanted is not None and wanted not in names:
                raise InputError(f"{table} has no column {wanted}; it has: {', '.join(names)}")
        if picture is None:
            raise InputError(f"{table}: say by --column where its pictures are; it has: {', '.join(names)}")
        return picture, name


def _first(wanted: Iterable[str], names: Sequence[str]) -> str | None:
    return next((name for want in wanted for name in names if name.strip().lower() == want), None)


@dataclass(frozen=True)
class ParquetTable:
    """Binary columns hold files; structures of `bytes` and `path` are Hugging Face's pictures."""

    location: str
    columns: Columns

    def count(self) -> int | None:
        """Raises InputError, as iteration does."""
        with open_file(self.location) as file:
            return int(self._open(file).metadata.num_rows)

    def __iter__(self) -> Iterator[Picture]:
        to_picture = _Rows(self.location, self.columns.holds)
        with open_file(self.location) as file:
            table = self._open(file)
            picture, name = self.columns.among(table.schema_arrow.names, self.location)
            _check_type(table.schema_arrow.field(picture).type, picture, self.location)
            wanted = [picture] if name is None else [picture, name]
            try:
                for batch in table.iter_batches(_ROWS_TOGETHER, columns=wanted):
                    names = [None] * len(batch) if name is None else batch.column(name)
                    for value, named in zip(batch.column(picture), names, strict=True):
                        yield to_picture(value.as_py(), None if named is None else named.as_py())
            except (pa.ArrowException, OSError) as error:
                raise InputError(f"{self.location} is damaged: {error}") from error

    def _open(self, file: IO[bytes]) -> Any:
        try:
            return pq.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.location} is no Parquet file, or a damaged one: {error}") from error


def _check_type(kind: Any, column: str, table: str) -> None:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    names = {kind.field(index).name for index in range(kind.num_fields)} if pa.types.is_struct(kind) else set()
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)
    if not (is_text or is_bytes or "bytes" in names):
        raise InputError(f"{table}: the column {column} holds {kind}, neither pictures nor paths; see --column")


@dataclass(frozen=True)
class CsvTable:
    """In UTF-8, the first line names the columns; .tsv is parted by tabs."""

    location: str
    columns: Columns

    def count(self) -> int | None:
        """None where it would have to be fetched for that. Raises InputError, as iteration does."""
        return None if is_url(self.location) else sum(1 for _ in self._rows(lambda names: (names[0], None)))

    def __iter__(self) -> Iterator[Picture]:
        to_picture = _Rows(self.location, self.columns.holds)
        for value, name in self._rows(lambda names: self.columns.among(names, self.location)):
            yield to_picture(value, name)

    def _rows(
        self, choose: Callable[[Sequence[str]], tuple[str, str | None]]
    ) -> Iterator[tuple[str | None, str | None]]:
        csv.field_size_limit(2 * MAXIMUM_BYTES)  # of base64
        delimiter = "\t" if self.location.lower().endswith(".tsv") else ","
        with open_file(self.location) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            rows = csv.DictReader(text, delimiter=delimiter)
            try:
                if not rows.fieldnames:
                    raise InputError(f"{self.location} is empty: its first line must name the columns")
                picture, name = choose(rows.fieldnames)
                for row in rows:
                    yield row[picture], None if name is None else row[name]
            except (csv.Error, UnicodeDecodeError) as error:
                raise InputError(f"{self.location}, after line {rows.line_num}: no CSV in UTF-8: {error}") from error


class _Rows:
    """Values of a table -> pictures."""

    def __init__(self, location: str, holds: Holds | None) -> None:
        self._location, self._holds = location, holds
        self._folder = location[: location.rfind("/") + 1]
        self._stamp = stamp_of(location)
        self._row = -1

    def __call__(self, value: Any, name: object) -> Picture:
        self._row += 1
        if isinstance(value, dict):
            name = name if name is not None else value.get("path")
            value = value["bytes"] if value["bytes"] is not None else value.get("path")
        if isinstance(value, str) and value and not self._is_base64(value):
            path = value if is_url(value) or value.startswith("/") else self._folder + value
            stamp = "" if is_url(path) else stamp_of(path)
            return Picture(printable(str(value if name is None else name)), path, f"{self._stamp} {stamp}")
        content = _content(value)
        path = f"{self._location}#{self._row}" if name is None or name == "" else str(name)
        return Picture(printable(path), content, self._stamp, len(content) if isinstance(content, bytes) else 0)

    def _is_base64(self, text: str) -> bool:
        return text.startswith(_BASE64_OF_PICTURES) if self._holds is None else self._holds == "base64"


def _content(value: str | bytes | None) -> Content:
    if not value:
        return Problem("no_picture", "the row is empty")
    if isinstance(value, bytes):
        return too_large() if len(value) > MAXIMUM_BYTES else value
    encoded = value.partition(",")[2] if value.startswith("data:") else value
    try:
        return _content(base64.b64decode("".join(encoded.split()), validate=True))
    except (binascii.Error, ValueError):
        return Problem("invalid_base64", "the text is no base64")
