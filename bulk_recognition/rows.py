"""What a row of the output has, and parts of it packed for the way between processes and for the disk."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from bulk_recognition.pictures import Part, Problem
from recognizer import Alternative, Constraint, ModelCard, Recognition
from recognizer.decoding import MAXIMUM_ERROR

Row = dict[str, Any]
COUNTED = ("accept", "review", "reject", "error")

_BOX = pa.struct([(side, pa.int32()) for side in ("left", "top", "right", "bottom")])
_DIGIT = pa.struct([("digit", pa.string()), ("confidence", pa.float64()), ("box", _BOX)])
_ALTERNATIVE = pa.struct([("prediction", pa.string()), ("confidence", pa.float64())])
_DIGEST, _COUNTS = b"digest", b"counts"


@dataclass(frozen=True)
class Asking:
    """What is asked of every picture, and of which model."""

    model: str
    card: ModelCard
    constraint: Constraint | None = None
    alternatives: int = 0
    max_error: float = MAXIMUM_ERROR

    @property
    def schema(self) -> Any:
        """An Arrow schema: of the fields of a reading, those that are asked for."""
        fields = [
            ("path", pa.string()),
            ("prediction", pa.string()),
            ("confidence", pa.float64()),
            ("digits", pa.list_(_DIGIT)),
            ("verdict", pa.string()),
            ("reason", pa.string()),
            ("mask", pa.string()),
        ]
        if self.alternatives:
            fields.append(("alternatives", pa.list_(_ALTERNATIVE)))
        if self.constraint is not None:
            fields += [("legal_mass", pa.float64()), ("unconstrained", _ALTERNATIVE)]
        return pa.schema([*fields, *((name, pa.string()) for name in ("error", "detail", "model", "model_version"))])

    def row(self, path: str, answer: Recognition | Problem) -> Row:
        told = _failed(answer) if isinstance(answer, Problem) else _read(answer)
        return {"path": path, **told, "model": self.card.name, "model_version": self.card.version}


def _failed(problem: Problem) -> Row:
    return {"error": problem.code, "detail": problem.detail}


def _read(reading: Recognition) -> Row:
    return {
        "prediction": reading.prediction,
        "confidence": reading.confidence,
        "digits": [
            {"digit": digit.digit, "confidence": digit.confidence, "box": vars(digit.box)} for digit in reading.digits
        ],
        "verdict": reading.verdict,
        "reason": reading.reason,
        "mask": reading.mask,
        "alternatives": [_alternative(other) for other in reading.alternatives],
        "legal_mass": reading.legal_mass,
        "unconstrained": None if reading.unconstrained is None else _alternative(reading.unconstrained),
    }


def _alternative(other: Alternative) -> Row:
    return {"prediction": other.prediction, "confidence": other.confidence}


def pack(part: Part, rows: Sequence[Row], asking: Asking) -> bytes:
    """The rows of a part as a file of Arrow's IPC format, with the digest of its pictures and its counts inside."""
    counts = Counter("error" if row.get("error") else row["verdict"] for row in rows)
    metadata = {_DIGEST: part.digest.encode(), _COUNTS: json.dumps(counts).encode()}
    table = pa.Table.from_pylist(list(rows), schema=asking.schema.with_metadata(metadata))
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return sink.getvalue()


@dataclass(frozen=True)
class Label:
    """What a packed part says of itself. counts: by verdict, and of errors."""

    digest: str
    counts: Counter[str]


def label_of(packed: Any) -> Label:
    """Of bytes, or of a file of Arrow's. Raises pyarrow.ArrowException where it is no packed part."""
    metadata: Mapping[bytes, bytes] = pa.ipc.open_file(packed).schema.metadata or {}
    if _DIGEST not in metadata:
        raise pa.ArrowInvalid("no part of a job")
    return Label(metadata[_DIGEST].decode(), Counter(json.loads(metadata[_COUNTS])))


def unpack(packed: Any) -> Any:
    """The table of a packed part, without what it says of itself."""
    return pa.ipc.open_file(packed).read_all().replace_schema_metadata()
