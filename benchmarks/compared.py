"""The rows of docs/comparison.md: what each network costs, and how well it reads."""

import json
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.graph_cost import count_multiply_adds, count_parameters
from model_export.evaluation import Reader, Reading, evaluate
from model_export.metadata import read_metadata
from model_export.mnist_sets import PREDECESSOR
from model_export.mnist_sets import PUBLISHED as PUBLISHED_BY_PREDECESSOR
from model_export.test_sets import TEST_SETS, Sample, Sources, TestSet, make_samples, side_by_side_set
from recognizer import Recognizer
from recognizer.preparation import HEIGHT
from recognizer.session import Session

COMPARED_SETS: dict[str, TestSet] = {
    test_set.name: test_set
    for test_set in (
        TEST_SETS["predecessor"],
        *(side_by_side_set(length) for length in (1, 2, 3, 4, 5, 6, 9)),
        TEST_SETS["phone"],
        TEST_SETS["drawn"],
    )
}
LENGTHS = {f"side-by-side-{length}": length for length in (1, 2, 3, 4, 6, 9)} | {"five": 5, "phone": 11}
"""Of sets whose strings are all as long."""

TIMED_WIDTH = 160
"""Columns: a picture of the predecessor's 140, prepared."""
_TURNS = 60
_WARM_UP = 10


class CannotCompare(Exception):
    """The message says why, and what to do."""


@dataclass(frozen=True)
class Accuracy:
    """Of one set: strings, share of them read whole, and edits by digits in all; None where it is not known."""

    exact: float | None
    cer: float | None
    strings: int | None = None


@dataclass(frozen=True)
class Row:
    """One network. multiply_adds: for HEIGHT x REFERENCE_WIDTH; milliseconds: a string of TIMED_WIDTH on one thread.

    fixed_length: of all strings that it can read, if it is so. note: what the figures need to be read right.
    """

    name: str
    parameters: int | None = None
    multiply_adds: int | None = None
    milliseconds: float | None = None
    training: str = ""
    fixed_length: int | None = None
    accuracies: Mapping[str, Accuracy] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Contestant:
    """A network to measure. reader: what answers a picture; session: what is timed, None where it is no ONNX model.

    row: what is known of it beforehand.
    """

    reader: Reader
    session: Session | None
    row: Row


PUBLISHED = (
    Row(
        "CNN predecessor, published",
        note="a network for each count of digits, on strings of its own",
        accuracies={
            f"side-by-side-{length}": Accuracy(exact, None)
            for length, exact in enumerate((0.9897, 0.9592, 0.9539, 0.9223), start=1)
        },
    ),
    Row(
        "CRNN predecessor, published",
        accuracies={PREDECESSOR: Accuracy(*PUBLISHED_BY_PREDECESSOR)},
        note="by positions, those that its shorter strings are filled up with included: of whole strings it read fewer",
    ),
    Row("TrOCR predecessor, published", accuracies={"five": Accuracy(0.511, None)}),
    Row("generator's reader, published", note="0.80 of the digits of phone numbers"),
)
"""What the four systems that came before say of themselves."""


def open_model(path: Path) -> Contestant:
    """An exported model, on one thread. Raises ModelError."""
    session = Session(path)
    metadata = read_metadata(path)
    row = Row(
        name=f"{session.card.name} {session.card.version}",
        parameters=count_parameters(path),
        multiply_adds=count_multiply_adds(path),
        training=metadata.get("training", ""),
        fixed_length=int(metadata["fixed_length"]) if "fixed_length" in metadata else None,
    )
    return Contestant(Recognizer(path, look_again=False), session, row)  # networks are compared, not looks


def sets_of(row: Row, sets: Iterable[TestSet]) -> list[TestSet]:
    """Those that a network can read."""
    return [test_set for test_set in sets if row.fixed_length in (None, LENGTHS.get(test_set.name))]


def measure(
    contestants: Sequence[Contestant], sets: Sequence[TestSet], sources: Sources, count: int | None = None
) -> tuple[list[Row], list[Reading]]:
    """The contestants' rows, and all readings of the first of them. count: of strings a set, by default its own."""
    accuracies: list[dict[str, Accuracy]] = [{} for _ in contestants]
    readings: list[Reading] = []
    for test_set in sets:
        strings = count or test_set.count
        samples: list[Sample] = list(make_samples(test_set, sources, strings))
        for index, contestant in enumerate(contestants):
            if test_set in sets_of(contestant.row, [test_set]):
                score = evaluate(contestant.reader, samples, f"{test_set.name}, {contestant.row.name}", strings)
                accuracies[index][test_set.name] = Accuracy(round(score.exact, 4), round(score.cer, 4), score.strings)
                readings += score.readings if index == 0 else ()
    times = time_sessions([contestant.session for contestant in contestants])
    rows = [
        Row(**(vars(contestant.row) | {"accuracies": known, "milliseconds": milliseconds}))
        for contestant, known, milliseconds in zip(contestants, accuracies, times, strict=True)
    ]
    return rows, readings


def time_sessions(sessions: Sequence[Session | None]) -> list[float | None]:
    """Milliseconds a picture of each, medians of runs in turn, on the thread's own clock: others' work counts less."""
    picture = np.random.default_rng(0).integers(0, 256, (1, HEIGHT, TIMED_WIDTH), dtype=np.uint8)
    times: list[list[float]] = [[] for _ in sessions]
    for turn in range(_WARM_UP + _TURNS):
        for index, session in enumerate(sessions):
            if session is None:
                continue
            start = time.thread_time()
            session.run(picture)
            if turn >= _WARM_UP:
                times[index].append(1000 * (time.thread_time() - start))
    return [round(statistics.median(values), 2) if values else None for values in times]


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """As JSON, a list of rows, which `read_rows` takes."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def read_rows(path: Path) -> list[Row]:
    """Figures that were measured elsewhere: a row, or a list of rows, with the fields of Row.

    Raises:
        CannotCompare: no such file, or other fields.
    """
    try:
        content = json.loads(path.read_text())
        entries = content if isinstance(content, list) else [content]
        return [
            Row(**(entry | {"accuracies": {name: Accuracy(**of) for name, of in entry.get("accuracies", {}).items()}}))
            for entry in entries
        ]
    except OSError as error:
        raise CannotCompare(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError, AttributeError) as error:
        told = 'wanted: [{"name": ..., "accuracies": {"five": {"exact": 0.98, "cer": 0.004}}, ...}]'
        raise CannotCompare(f"{path} has no rows of figures ({error}); {told}") from error
