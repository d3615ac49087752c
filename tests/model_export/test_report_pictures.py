from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image

from model_export.error_pictures import contact_sheet
from model_export.evaluation import Score, evaluate
from model_export.report_pictures import write_pictures
from model_export.samples import Sample
from recognizer import Recognition, Recognizer
from tests.conftest import ROOT

SAMPLE = (ROOT / "docs" / "sample.png").read_bytes()


class Reads:
    """One answer after the other."""

    def __init__(self, answers: Iterable[tuple[str, float]]) -> None:
        self._answers = iter(answers)

    def read(self, _: bytes, /) -> Recognition:
        return Recognition(*next(self._answers), ())


def score(answers: list[tuple[str, float]]) -> Score:
    return evaluate(Reads(answers), [Sample(SAMPLE, "40950", "photo", 40.0, 4.0)] * len(answers))


def test_the_most_confident_errors_are_kept_first_and_no_more_than_can_be_looked_at() -> None:
    found = score([("40950", 1.0), ("4095", 0.5), ("40951", 0.9), ("", 0.7)])
    assert [(reading.read, png) for reading, png in found.worst] == [("40951", SAMPLE), ("", SAMPLE), ("4095", SAMPLE)]
    many = score([("1", step / 100) for step in range(100)])
    assert len(many.errors) == 100
    assert [reading.confidence for reading, _ in many.worst][:2] == [0.99, 0.98]
    assert len(many.worst) < 100


CHARTS = ["confusions.png", "accuracies.png", "reliability.png", "risk-coverage.png"]


@pytest.mark.parametrize("answer", ["", "4095", "409500", "1" * 40])
def test_a_sheet_holds_any_reading(answer: str) -> None:
    sheet = contact_sheet("drawn", score([(answer, 0.5)] * 4).worst)
    assert sheet.width > 400
    assert len(sheet.getcolors(maxcolors=sheet.width * sheet.height) or ()) > 2


def test_a_folder_gets_misread_strings_confusions_and_accuracies(tmp_path: Path) -> None:
    (tmp_path / "errors-five.png").write_bytes(b"of a former run")
    scores = {"drawn": score([("40950", 1.0)] * 20 + [("4096", 0.5)]), "five": score([("40950", 1.0)])}
    written = list(write_pictures(scores, tmp_path))
    assert [path.name for path in written] == ["errors-drawn.png", *CHARTS]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    for path in written:
        with Image.open(path) as picture:
            picture.load()
            assert min(picture.size) > 100


def test_pictures_are_written_of_what_the_shipped_model_reads_without_error(tmp_path: Path) -> None:
    found = evaluate(Recognizer(), [Sample(SAMPLE, "40950")] * 3)
    assert [path.name for path in write_pictures({"five": found}, tmp_path)] == CHARTS
