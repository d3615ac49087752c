"""The output's formats, by the suffix of its name."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from bulk_recognition.errors import OutputError

_ROW_GROUP = 50_000


class Writer(Protocol):
    def add(self, table: Any) -> None:
        """Takes over rows, an Arrow table; they may be written later."""

    def finish(self) -> None:
        """Writes what is left; the file stays open."""

    def abandon(self) -> None:
        """The file will not be kept."""


class _Parquet:
    def __init__(self, sink: IO[bytes], schema: Any) -> None:
        self._writer = pq.ParquetWriter(sink, schema, compression="zstd")
        self._tables: list[Any] = []

    def add(self, table: Any) -> None:
        self._tables.append(table)
        if sum(map(len, self._tables)) >= _ROW_GROUP:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        with suppress(OSError, pa.ArrowException):
            self._writer.close()
        self._writer.is_open = False  # it would try again when it is collected

    def _flush(self) -> None:
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables).combine_chunks())
        self._tables = []


class _JsonLines:
    def __init__(self, sink: IO[bytes], schema: Any) -> None:
        del schema  # each line has its own
        self._text = io.TextIOWrapper(sink, "utf-8", newline="\n")

    def add(self, table: Any) -> None:
        self._text.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist())

    def finish(self) -> None:
        self._text.flush()
        self._text.detach()

    def abandon(self) -> None:
        pass


class _Csv:
    """Lists and structures are JSON."""

    def __init__(self, sink: IO[bytes], schema: Any) -> None:
        self._text = io.TextIOWrapper(sink, "utf-8", newline="")
        self._rows = csv.writer(self._text, lineterminator="\n")
        self._rows.writerow(schema.names)

    def add(self, table: Any) -> None:
        for row in table.to_pylist():
            self._rows.writerow(
                [json.dumps(value) if isinstance(value, list | dict) else value for value in row.values()]
            )

    def finish(self) -> None:
        self._text.flush()
        self._text.detach()

    def abandon(self) -> None:
        pass


_WRITERS: dict[str, type[_Parquet | _JsonLines | _Csv]] = {
    ".parquet": _Parquet,
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
}


def check_format(output: Path) -> None:
    """Raises OutputError where the name says none."""
    if output.suffix.lower() not in _WRITERS:
        raise OutputError(f"{output}: end its name by {', '.join(_WRITERS)}, which says its format")


@contextmanager
def writing(output: Path, sink: IO[bytes], schema: Any) -> Iterator[Writer]:
    """Rows of a schema into a file, in the format that the output's name says."""
    writer = _WRITERS[output.suffix.lower()](sink, schema)
    try:
        yield writer
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
