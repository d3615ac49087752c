"""Processes of this machine that read parts.

A pool of the standard library breaks as a whole when the system kills one of its processes, does not say which work
that one had, and outlives a parent that is killed. Here each process has a pipe of its own: its end is seen at once, by
either side.
"""

import logging
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from bulk_recognition.errors import ReaderDied
from bulk_recognition.pictures import Part, Problem
from bulk_recognition.reading import PartReader
from bulk_recognition.rows import Asking, Row, pack, unpack

_logger = logging.getLogger(__name__)

_SPAWN = get_context("spawn")  # a fork of a process that has threads may hang
_MOST_DEADLY = 3  # pictures in one part; more are no coincidence of bad files
_READY = b""


def _serve(connection: Connection, asking: Asking) -> None:
    with suppress(EOFError, ConnectionError):  # the parent has gone, and nobody wants the answer
        reader = PartReader(asking)
        connection.send_bytes(_READY)
        while True:
            connection.send_bytes(reader.read(connection.recv()))


class _Died(Exception):
    pass


class _Reader:
    """One process. Its part is what it is reading, if any."""

    def __init__(self, asking: Asking) -> None:
        """Raises ReaderDied."""
        self.connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, asking), daemon=True)
        try:
            with _without_interrupts():
                self._process.start()
        except OSError as error:
            raise ReaderDied(f"cannot start a process to read pictures: {error}; try fewer --workers") from error
        theirs.close()
        self.part: Part | None = None

    def wait_until_ready(self) -> None:
        """Raises ReaderDied."""
        try:
            self.take()
        except _Died as error:
            raise ReaderDied(
                f"a process that should read pictures did not start ({self._end()}): if memory is short, "
                "try fewer --workers"
            ) from error

    def give(self, part: Part) -> None:
        self.part = part
        with suppress(ConnectionError):  # its death is told by take()
            self.connection.send(part)

    def take(self) -> bytes:
        """Raises _Died."""
        try:
            answer = self.connection.recv_bytes()
        except (EOFError, ConnectionError) as error:
            raise _Died from error
        self.part = None
        return answer

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()

    def _end(self) -> str:
        self._process.join(1)
        code = self._process.exitcode or 0
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """What is started meanwhile never gets Ctrl-C, which a terminal sends to all: it is for the parent to act on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Processes:
    """So many processes, started at once and ended with the context."""

    def __init__(self, asking: Asking, count: int) -> None:
        self._asking = asking
        self._deaths = Counter[int]()  # by number of part
        self._readers = [_Reader(asking) for _ in range(count)]

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers:
            reader.end()

    def read(self, parts: Iterator[Part]) -> Iterator[tuple[Part, bytes]]:
        """Each part with its packed rows, as they come to be done. A part is asked for when a process is free for it.

        A process that dies is replaced, and its part read again; by the second death picture by picture: one that kills
        whoever reads it is a row with its error.

        Raises:
            ReaderDied: they do not start, or too many pictures of a part have killed them.
        """
        for reader in self._readers:
            reader.wait_until_ready()
        ahead = next(parts, None)
        while True:
            for reader in self._readers:
                if ahead is not None and reader.part is None:
                    reader.give(ahead.loaded())
                    ahead = next(parts, None)
            busy = {reader.connection: reader for reader in self._readers if reader.part is not None}
            if not busy:
                return
            for connection in wait(list(busy)):
                yield self._finish(busy[connection])  # type: ignore[index]  # only connections are waited for

    def _finish(self, reader: _Reader) -> tuple[Part, bytes]:
        part = reader.part
        assert part is not None
        try:
            return part, reader.take()
        except _Died:
            self._deaths[part.number] += 1
        reader = self._replaced(reader)
        if self._deaths[part.number] == 1:
            reader.give(part)
            return self._finish(reader)
        return part, self._read_apart(reader, part)

    def _replaced(self, dead: _Reader) -> _Reader:
        number = 0 if dead.part is None else dead.part.number
        dead.end()
        _logger.warning("a process died when it read part %d; another goes on", number)
        place = self._readers.index(dead)
        self._readers[place] = _Reader(self._asking)
        self._readers[place].wait_until_ready()
        return self._readers[place]

    def _read_apart(self, reader: _Reader, part: Part) -> bytes:
        """Picture by picture, each tried twice."""
        rows, deadly = list[Row](), 0
        for picture in part.pictures:
            alone = Part(part.number, (picture,))
            for _ in range(2):
                try:
                    reader.give(alone)
                    rows += unpack(reader.take()).to_pylist()
                    break
                except _Died:
                    reader = self._replaced(reader)
            else:
                deadly += 1
                if deadly > _MOST_DEADLY:
                    raise ReaderDied(
                        "the processes that read pictures are killed again and again, for want of memory perhaps: "
                        "try fewer --workers"
                    )
                problem = Problem("reader_died", "whoever reads this picture is killed, for want of memory perhaps")
                rows.append(self._asking.row(picture.path, problem))
        return pack(part, rows, self._asking)
