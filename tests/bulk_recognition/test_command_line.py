import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recognizer.session import SHIPPED_MODEL
from tests.bulk_recognition.jobs import DRAWN, rows_of
from tests.conftest import ROOT


def run(*arguments: object, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bulk_recognition", *map(str, arguments), "--workers", "1"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.texts, self.sources = list[str](), list[str](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "onerror")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_reads_tells_and_reports(tmp_path: Path, pictures: list[Path], predictions: list[str]) -> None:
    evil = "<img src=x onerror=alert(1)>.png"
    (pictures[0].parent / evil).write_bytes(b"no picture")
    pictures[0].rename(pictures[0].parent / f"000-{evil}")
    output, report = tmp_path / "readings.jsonl", tmp_path / "report.html"
    finished = run(pictures[0].parent, "--output", output, "--report", report)
    assert finished.returncode == 0, finished.stderr
    assert f"{len(DRAWN) + 1} pictures in " in finished.stdout
    assert "not_a_picture" in finished.stdout
    assert [row["prediction"] for row in rows_of(output) if row["error"] is None] == predictions
    page = Page(report.read_text())
    assert page.tags.count("img") == len(DRAWN)
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert "script" not in page.tags
    assert any(evil in text for text in page.texts)


def test_a_report_can_be_had_later_and_of_archives(tmp_path: Path) -> None:
    pq.write_table(pa.table({"bytes": [drawn.picture for drawn in DRAWN]}), tmp_path / "a.parquet")
    command = [tmp_path / "a.parquet", "--output", tmp_path / "readings.csv"]
    assert run(*command).returncode == 0
    again = run(*command, "--report", tmp_path / "report.html")
    assert again.returncode == 0, again.stderr
    assert "0 of them now" in again.stdout
    assert Page((tmp_path / "report.html").read_text()).tags.count("img") == len(DRAWN)


def test_rules_are_those_of_the_recognizer(tmp_path: Path, pictures: list[Path]) -> None:
    output = tmp_path / "readings.parquet"
    finished = run(pictures[0], "--output", output, "--length", "5", "--alternatives", "2", "--max-error", "0.01")
    assert finished.returncode == 0, finished.stderr
    (row,) = rows_of(output)
    assert len(row["prediction"]) in (0, 5)
    assert row["legal_mass"] is not None
    again = run(pictures[0], "--output", output, "--length", "6", "--alternatives", "2", "--max-error", "0.01")
    assert again.returncode == 2
    assert "was begun otherwise: constraint was" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing", "--output", "a.csv"], "there is nothing at missing"),
        (["docs", "--output", "a.xlsx"], ".parquet, .csv, .jsonl"),
        (["docs", "--output", "/proc/a.csv"], "cannot write /proc/a.csv"),
        (["docs", "--output", "a.csv", "--pattern", "0("], "pattern"),
        (["docs", "--output", "a.csv", "--max-error", "2"], "max_error"),
        (["docs", "--output", "a.csv", "--model", "none.onnx"], "none.onnx"),
        (["docs", "--output", "a.csv", "--part-size", "0"], "--part-size"),
    ],
)
def test_what_cannot_be_is_told_without_a_traceback(arguments: list[str], told: str) -> None:
    finished = run(*arguments)
    assert finished.returncode in (1, 2)
    assert told in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not list(ROOT.glob("a.csv*"))


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    finished = run(tmp_path, "--output", tmp_path / "readings.csv")
    assert finished.returncode == 0
    assert "There were no pictures in" in finished.stdout


def test_neither_torch_nor_ray_is_needed() -> None:
    code = "import sys, bulk_recognition.__main__; print([m for m in ('torch', 'ray', 'pandas') if m in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert finished.stdout.strip() == "[]"
    assert SHIPPED_MODEL.exists()


def test_without_ray_its_extra_is_named(tmp_path: Path, pictures: list[Path]) -> None:
    arguments = [str(pictures[0]), "--output", str(tmp_path / "readings.csv"), "--ray"]
    code = (
        "import sys; sys.modules['ray'] = None;"
        f"sys.argv[1:] = {arguments};"
        "from bulk_recognition.__main__ import main; sys.exit(main())"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert finished.returncode == 1
    assert "handwritten-numbers[bulk,ray]" in finished.stderr
    assert "Traceback" not in finished.stderr
