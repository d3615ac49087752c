import csv
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from bulk_recognition.errors import OutputError
from recognizer import Constraint, Recognizer
from tests.bulk_recognition.jobs import ASKING, CARD, DRAWN, do, job, read, rows_of

PLAIN = ["path", "prediction", "confidence", "digits", "verdict", "reason", "mask"]
LAST = ["error", "detail", "model", "model_version"]


def as_csv_has_it(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value)
    return "" if value is None else str(value)


def test_parquet_csv_and_json_lines_say_the_same(tmp_path: Path, pictures: list[Path]) -> None:
    pictures[4].write_bytes(b"no picture")
    outputs = [tmp_path / f"readings{suffix}" for suffix in (".parquet", ".jsonl", ".ndjson", ".csv")]
    for output in outputs:
        do(job(pictures[0].parent, output=output))
    parquet, *lines = (rows_of(output) for output in outputs[:3])
    assert lines == [parquet] * 2
    with outputs[3].open(newline="") as file:
        assert list(csv.DictReader(file)) == [{k: as_csv_has_it(v) for k, v in row.items()} for row in parquet]


def test_a_row_is_what_the_recognizer_says(tmp_path: Path, pictures: list[Path]) -> None:
    rows = read(pictures[0].parent, folder=tmp_path)
    assert list(rows[0]) == PLAIN + LAST
    for row, path, drawn in zip(rows, pictures, DRAWN, strict=True):
        reading = json.loads(json.dumps(asdict(Recognizer().read(drawn.picture))))
        assert row["path"] == str(path)
        assert {name: row[name] for name in PLAIN[1:]} == {name: reading[name] for name in PLAIN[1:]}
        assert (row["error"], row["model"], row["model_version"]) == (None, CARD.name, CARD.version)


def test_what_is_asked_for_has_its_columns(tmp_path: Path, pictures: list[Path]) -> None:
    asking = replace(ASKING, constraint=Constraint(length=5), alternatives=3, max_error=0.5)
    rows = read(pictures[0].parent, folder=tmp_path, asking=asking)
    assert list(rows[0]) == [*PLAIN, "alternatives", "legal_mass", "unconstrained", *LAST]
    for row, drawn in zip(rows, DRAWN, strict=True):
        reading = Recognizer().read(drawn.picture, constraint=Constraint(length=5), alternatives=3, max_error=0.5)
        told = json.loads(json.dumps(asdict(reading)))
        assert all(row[name] == told[name] for name in told)


def test_the_output_need_not_have_a_folder_yet(tmp_path: Path, pictures: list[Path]) -> None:
    assert len(read(*pictures[:2], folder=tmp_path / "deep" / "deeper")) == 2


def test_an_unknown_format_is_told_before_anything_is_read(tmp_path: Path, pictures: list[Path]) -> None:
    with pytest.raises(OutputError, match=r"\.parquet, \.csv, \.jsonl"):
        do(job(*pictures, output=tmp_path / "readings.xlsx"))
