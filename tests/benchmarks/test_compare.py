import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from benchmarks.compare import render
from benchmarks.compared import COMPARED_SETS, Accuracy, CannotCompare, Row, read_rows, sets_of, write_rows
from benchmarks.comparison_charts import draw_cost, draw_lengths
from benchmarks.graph_cost import count_multiply_adds, count_parameters
from model_export.card import count_multiply_adds as count_in_torch
from model_export.metadata import Identity, write_metadata
from model_export.onnx_file import export
from model_training.networks.cnn import FixedCountCNN
from recognizer.calibration import Calibration, Curve
from recognizer.session import SHIPPED_MODEL
from tests.conftest import ROOT

ROWS = [
    Row("crnn 1.0", 900_000, 110_000_000, 1.7, "an hour", None, {"five": Accuracy(0.98, 0.004, 2000)}),
    Row("cnn-5 1.0", 400_000, 40_000_000, 0.9, "a minute", 5, {"five": Accuracy(0.95, 0.01, 2000)}),
    Row("trocr", accuracies={"five": Accuracy(0.7, None)}, note="not exported: it reads digit after digit"),
]


@pytest.fixture(scope="module")
def cnn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cnn") / "cnn-2.onnx"
    network = FixedCountCNN(2, channels=(4, 4, 8), hidden=8).eval()
    export(network, path)
    identity = Identity("cnn-2", "0.1", "abc", "5 steps in 1 minutes on CPU", 2)
    write_metadata(path, identity, {}, Calibration(Curve(), Curve(), 0.0, (), "nothing", 0))
    return path


def test_costs_are_counted_in_the_graph_as_torch_counts_them(cnn: Path) -> None:
    network = FixedCountCNN(2, channels=(4, 4, 8), hidden=8).eval()
    assert count_multiply_adds(cnn) == pytest.approx(count_in_torch(network), rel=0.01)
    assert count_multiply_adds(SHIPPED_MODEL) == pytest.approx(110e6, rel=0.02)  # as its card says
    assert 0.85e6 < count_parameters(SHIPPED_MODEL) < 0.9e6
    lstm = next(node for node in onnx.load(SHIPPED_MODEL).graph.node if node.op_type == "LSTM")
    assert lstm.input[1]  # which torch's own counter leaves out


def test_a_network_for_a_fixed_count_is_asked_for_such_strings_alone() -> None:
    sets = list(COMPARED_SETS.values())
    assert [test_set.name for test_set in sets_of(ROWS[1], sets)] == ["five"]
    assert sets_of(ROWS[0], sets) == sets


def test_the_page_has_a_row_a_network_beside_what_was_published() -> None:
    page = render(ROWS)
    assert "| crnn 1.0 | 0.9800 (0.0040) |" in page
    assert "| trocr | 0.7000 |" in page
    assert "| TrOCR predecessor, published | 0.5110 |" in page
    assert "| cnn-5 1.0 | 400,000 | 40 million | 0.90 | a minute |" in page
    assert "- trocr: not exported: it reads digit after digit." in page


def test_figures_are_written_and_read_again(tmp_path: Path) -> None:
    write_rows(ROWS, tmp_path / "rows.json")
    assert read_rows(tmp_path / "rows.json") == ROWS


@pytest.mark.parametrize("content", ["", "3", '[{"nome": "x"}]', '[{"name": "x", "accuracies": {"five": 3}}]'])
def test_figures_of_another_form_are_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(content)
    with pytest.raises(CannotCompare, match=r"rows\.json"):
        read_rows(tmp_path / "rows.json")


def test_pictures_are_drawn_of_whatever_is_known(tmp_path: Path) -> None:
    for rows in (ROWS, []):
        draw_cost(rows, tmp_path / "cost.png")
        draw_lengths(rows, tmp_path / "lengths.png")
        for name in ("cost.png", "lengths.png"):
            with Image.open(tmp_path / name) as picture:
                assert len(np.unique(np.asarray(picture))) > 2


def test_the_command_measures_the_shipped_model_and_others(mnist_folder: Path, tmp_path: Path, cnn: Path) -> None:
    write_rows([ROWS[2]], tmp_path / "trocr.json")
    page = tmp_path / "docs" / "comparison.md"
    command = [sys.executable, "-m", "benchmarks.compare", "--models", cnn, "--figures", tmp_path / "trocr.json"]
    settings = ["--output", page, "--count", "3", "--mnist-folder", mnist_folder, "--json", tmp_path / "all.json"]
    finished = subprocess.run(
        [str(part) for part in (*command, *settings)], capture_output=True, text=True, timeout=110, cwd=ROOT
    )
    assert finished.returncode == 0, finished.stderr
    rows = read_rows(tmp_path / "all.json")
    assert [row.name.split()[0] for row in rows] == ["crnn", "cnn-2", "trocr"]
    assert set(rows[1].accuracies) == {"side-by-side-2"}
    assert rows[1].training == "5 steps in 1 minutes on CPU"
    assert set(rows[0].accuracies) == set(COMPARED_SETS) - {"drawn"}  # without pen strokes
    assert (rows[0].milliseconds or 0) > (rows[1].milliseconds or 0) > 0
    names = {path.name for path in page.parent.iterdir()}
    assert names == {page.name, *(f"comparison-{picture}.png" for picture in ("cost", "lengths", "confusions"))}


def test_nothing_to_compare_is_told() -> None:
    command = [sys.executable, "-m", "benchmarks.compare", "--no-shipped"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=ROOT)
    assert finished.returncode == 1
    assert "give --models or --figures" in finished.stderr
