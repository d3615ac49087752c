from pathlib import Path

import numpy as np
import pytest

from benchmarks.lengths import Pictures, Times, draw_plot, draw_prepared, main, measure, table, widen
from number_generator import Glyphs
from recognizer.preparation import HEIGHT


def test_every_system_reads_every_count_in_both_kinds_of_pictures(glyphs: Glyphs) -> None:
    seen: list[tuple[int, int]] = []

    def read(picture: Pictures, count: int) -> None:
        seen.append((picture.shape[2], count))

    times = measure({"one": read, "two": read}, glyphs, repeats=1, counts=(1, 4))
    assert [(entry.system, entry.pictures.split()[-1]) for entry in times] == [
        ("one", "string"),
        ("two", "string"),
        ("one", "width"),
        ("two", "width"),
    ]
    assert all(set(entry.medians) == {1, 4} for entry in times)
    assert len(seen) == 2 * 2 * 2 * 2  # turns, with the one that warms up; systems; counts; kinds
    widest = max(width for width, _ in seen)
    assert {width for width, count in seen if count == 1} == {64, widest}


def test_a_digit_more_is_the_slope_and_a_column_of_the_table() -> None:
    times = [Times("TrOCR", "pictures of one width", {1: 5.0, 2: 7.0, 4: 11.0})]
    assert times[0].a_digit == pytest.approx(2.0)
    assert table(times).splitlines()[-1] == "| TrOCR | of one width | 5.0 | 7.0 | 11.0 | +2.00 |"


def test_the_plot_is_written(tmp_path: Path) -> None:
    both = [Times("a", f"pictures {kind}", {1: 1.0, 2: 2.0}) for kind in ("as wide as the string", "of one width")]
    draw_plot(both, tmp_path / "lengths.png")
    assert (tmp_path / "lengths.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_added_on_the_right_is_empty(glyphs: Glyphs, generator: np.random.Generator) -> None:
    picture = draw_prepared(3, glyphs, generator)
    wide = widen(picture, 512)
    assert wide.shape == (1, HEIGHT, 512)
    assert not wide[:, :, picture.shape[2] :].any()


def test_a_missing_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--trocr", str(tmp_path / "none")]) == 1
    assert "none" in capsys.readouterr().err
