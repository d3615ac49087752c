"""One job: all pictures of the inputs, read part by part, into one output."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import NoReturn, Protocol

from tqdm import tqdm

from bulk_recognition.errors import OtherJob
from bulk_recognition.formats import check_format
from bulk_recognition.pictures import Part, cut
from bulk_recognition.rows import COUNTED, Asking, label_of
from bulk_recognition.sources import Source, find_sources
from bulk_recognition.store import Description, Store, changed
from bulk_recognition.summary import Summary
from bulk_recognition.tables import Columns

PART_SIZE = 256
"""Pictures. Of a part some share a width, and are read together; what is lost by a kill is a part a process."""


class Readers(Protocol):
    def read(self, parts: Iterator[Part]) -> Iterator[tuple[Part, bytes]]:
        """Each part with its packed rows, in any order. Raises ReaderDied."""


Start = Callable[[], AbstractContextManager[Readers]]
"""Starts those who read; they are ended with the context."""


@dataclass(frozen=True)
class Job:
    """What is read, what is asked of it, and where the answers go."""

    inputs: tuple[str, ...]
    output: Path
    asking: Asking
    columns: Columns = field(default_factory=Columns)
    part_size: int = PART_SIZE

    @property
    def source(self) -> Source:
        """Raises InputError."""
        return find_sources(self.inputs, self.columns)

    @property
    def description(self) -> Description:
        """Two jobs with the same one and the same pictures have the same rows."""
        asking, card = self.asking, self.asking.card
        told = {
            "input": self.inputs,
            "columns": asdict(self.columns),
            "constraint": None if asking.constraint is None else asdict(asking.constraint),
            "alternatives": asking.alternatives,
            "max_error": asking.max_error,
            "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
            "part_size": self.part_size,
        }
        return json.loads(json.dumps(told))  # type: ignore[no-any-return]  # as it comes back from a file


@dataclass
class Outcome:
    """read: pictures of this run; the others were read before."""

    summary: Summary
    read: int


class _Walk:
    """Goes through all parts once: those that are kept are counted, the others are given out."""

    def __init__(self, parts: Iterator[Part], store: Store, bar: "tqdm[NoReturn]") -> None:
        self._all, self._store, self._bar = parts, store, bar
        self._digest = hashlib.sha256()
        self.parts = self.read = 0
        self._counts = Counter[str]()

    @property
    def digest(self) -> str:
        """Of all that it went through."""
        return self._digest.hexdigest()

    def remaining(self) -> Iterator[Part]:
        for part in self._all:
            self.parts += 1
            self._digest.update(part.digest.encode())
            label = self._store.kept(part)
            if label is None:
                yield part
            else:
                if not self._bar.disable:
                    self._bar.initial += len(part.pictures)  # does not count in the rate
                self._tell(part, label.counts)

    def done(self, part: Part, packed: bytes) -> None:
        self.read += len(part.pictures)
        self._tell(part, label_of(packed).counts)

    def _tell(self, part: Part, counts: Counter[str]) -> None:
        self._counts += counts
        self._bar.set_postfix({name: self._counts[name] for name in COUNTED}, refresh=False)
        self._bar.update(len(part.pictures))


def run(job: Job, start: Start, *, overwrite: bool = False, quiet: bool | None = None) -> Outcome:
    """Read what has not been read, write the output, and tell what came out.

    quiet: no progress bars; None: none where nobody sees them. Whatever it is stopped by, it goes on from there when it
    is called again.

    Raises:
        BulkError
    """
    check_format(job.output)
    source = job.source
    with Store(job.output).opened(job.description, overwrite) as store:
        if store.finished is not None:
            return _look_again(job, source, store.finished)
        with tqdm(total=source.count(), desc="reading", unit=" pictures", disable=quiet) as bar:
            walk = _Walk(cut(source, job.part_size), store, bar)
            _read(walk, start, store)
        with tqdm(total=bar.total, desc="writing", unit=" rows", disable=quiet, leave=False) as bar:
            for rows in store.join(walk.parts, walk.digest, job.asking.schema):
                bar.update(rows)
        assert store.finished is not None
        return Outcome(store.finished[1], walk.read)


def _read(walk: _Walk, start: Start, store: Store) -> None:
    remaining = walk.remaining()
    first = next(remaining, None)
    if first is None:
        return
    with start() as readers:
        for part, packed in readers.read(chain([first], remaining)):
            store.keep(part, packed)
            walk.done(part, packed)


def _look_again(job: Job, source: Source, finished: tuple[str, Summary]) -> Outcome:
    """The output is whole; is the input still what it was?"""
    digest = hashlib.sha256()
    for part in cut(source, job.part_size):
        digest.update(part.digest.encode())
    if digest.hexdigest() != finished[0]:
        raise OtherJob(changed(job.output, "its end"))
    return Outcome(finished[1], read=0)
