"""What a job has on the disk, so that nothing is lost whenever it ends.

Beside an output `readings.parquet` lie `readings.parquet.job.json`, which says what it is made of, and, until it is
whole, the folder `readings.parquet.parts`. Every file is written under another name, brought to the disk, and then
renamed: it is whole, or it is not there.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from bulk_recognition.errors import OtherJob, OutputError
from bulk_recognition.formats import writing
from bulk_recognition.pictures import Part
from bulk_recognition.rows import Label, label_of, unpack
from bulk_recognition.summary import Summary, Summing

Description = dict[str, Any]
"""All that the rows depend on but the pictures themselves; by the names of the options, as JSON."""


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears, or is replaced, as a whole. Raises OutputError."""
    temporary = path.with_name(path.name + ".tmp")
    with _telling(path):
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)  # on a full disk its room is needed
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name, too
        finally:
            os.close(folder)


class Store:
    """Of one job; nobody else has it as long as it is open."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self._record = output.with_name(output.name + ".job.json")
        self._parts = output.with_name(output.name + ".parts")
        self._kept: set[int] = set()
        self._description: Description = {}

    @contextmanager
    def opened(self, description: Description, overwrite: bool) -> Iterator["Store"]:
        """overwrite: whatever another job has left is thrown away; its output stays until there is a new one.

        Raises:
            OtherJob: there is something of another job, or one is running.
            OutputError
        """
        self._description = description
        with ExitStack() as stack:
            with _telling(self.output):
                self._parts.mkdir(parents=True, exist_ok=True)
                self._lock(stack.enter_context((self._parts / "lock").open("w")))
            try:
                with _telling(self.output):
                    self._begin(overwrite)
                yield self
            finally:
                if not self._kept or self.finished is not None:
                    shutil.rmtree(self._parts, ignore_errors=True)

    def _lock(self, file: IO[str]) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OtherJob(f"{self.output} is being written by another run: wait for it, or end it") from error

    def _begin(self, overwrite: bool) -> None:
        if overwrite or not self._record.exists():  # nobody knows what parts without a record are of
            for path in self._parts.glob("*.arrow"):
                path.unlink()
            self._record.unlink(missing_ok=True)  # last: if this is stopped, what is left is still of the old job
        self._kept = {int(path.stem) for path in self._parts.glob("*.arrow")}
        self._check_record(overwrite)

    def _check_record(self, overwrite: bool) -> None:
        if self._record.exists():
            told = self._read_record()["job"]
            if told != self._description:
                keys = {**told, **self._description}
                changes = (
                    f"{key} was {json.dumps(told.get(key))} and is {json.dumps(self._description.get(key))}"
                    for key in keys
                    if told.get(key) != self._description.get(key)
                )
                raise OtherJob(
                    f"{self.output} was begun otherwise: {'; '.join(changes)}. Give the options that it was begun "
                    "with, another output, or --overwrite to begin anew"
                )
            if self.output.exists() or not self._read_record()["finished"]:
                return
        elif self.output.exists() and not overwrite:
            raise OtherJob(f"{self.output} is there already: give another output, or --overwrite to replace it")
        self._write_record(None)

    def _read_record(self) -> Any:
        try:
            return json.loads(self._record.read_text())
        except ValueError as error:
            raise OtherJob(f"{self._record} is damaged: --overwrite begins anew") from error

    def _write_record(self, finished: dict[str, Any] | None) -> None:
        with written(self._record) as file:
            file.write(json.dumps({"job": self._description, "finished": finished}, indent=2).encode())

    @property
    def finished(self) -> tuple[str, Summary] | None:
        """The digest of all pictures, and what came out; None as long as the output is not whole."""
        told = self._read_record()["finished"] if self._record.exists() else None
        return None if told is None else (told["digest"], Summary.of_json(told["summary"]))

    def kept(self, part: Part) -> Label | None:
        """What is known of a part that has been read before. Raises OtherJob where its pictures were others."""
        if part.number not in self._kept:
            return None
        try:
            with pa.OSFile(str(self._path(part.number))) as file:
                label = label_of(file)
        except (pa.ArrowException, OSError):  # a disk may lose what it had
            return None
        if label.digest != part.digest:
            raise OtherJob(changed(self.output, part.pictures[0].path))
        return label

    def keep(self, part: Part, packed: bytes) -> None:
        """Raises OutputError."""
        with written(self._path(part.number)) as file:
            file.write(packed)
        self._kept.add(part.number)

    def join(self, parts: int, digest: str, schema: Any) -> Iterator[int]:
        """All parts, in order, become the output: yields how many rows it has grown by. digest: of all pictures.

        Raises:
            OtherJob: there are more parts than pictures. OutputError
        """
        if self._kept != set(range(parts)):
            raise OtherJob(changed(self.output, "its end"))
        summing = Summing()
        with written(self.output) as sink, writing(self.output, sink, schema) as writer:
            for number in range(parts):
                table = self._table(number)
                writer.add(table)
                summing.add(table)
                yield len(table)
        self._write_record({"digest": digest, "summary": summing.summary().as_json()})

    def _table(self, number: int) -> Any:
        path = self._path(number)
        try:
            with pa.OSFile(str(path)) as file:
                return unpack(file)
        except pa.ArrowException as error:
            path.unlink()  # to be read again
            raise OutputError(f"{path} was damaged after it was written, and is thrown away") from error

    def _path(self, number: int) -> Path:
        return self._parts / f"{number:08d}.arrow"


def changed(output: Path, place: str) -> str:
    return f"the input has changed since {output} was begun (seen at {place}): --overwrite reads it anew"
