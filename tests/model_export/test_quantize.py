"""The quantized model: what it keeps, that it reads, and by what rule it ships."""

import math
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from model_export.comparison import BATCH, Comparison, accuracy_table, compare, objections, time_table, together
from model_export.quantization import RECIPES, CannotQuantize, quantize
from model_export.samples import Sample
from model_export.statistics import paired_interval
from model_export.test_sets import TEST_SETS
from model_training.string_maker import Shares, StringMaker
from number_generator import Glyphs, MnistStrings
from recognizer import Recognizer
from recognizer.contract import METADATA, SINGLE_DIGITS
from recognizer.decoding import Question
from recognizer.session import SHIPPED_MODEL, Session
from tests.conftest import ROOT

SAMPLE = ROOT / "docs" / "sample.png"

Pictures = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def strings(glyphs: Glyphs) -> list[Pictures]:
    maker = StringMaker(MnistStrings(glyphs), None, Shares(pen=0, form=0.1))
    generator = np.random.default_rng(3)
    return [maker.make(generator)[0] for _ in range(64)]


@pytest.fixture(scope="module")
def int8(strings: list[Pictures], tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("int8") / "crnn.onnx"
    quantize(SHIPPED_MODEL, strings, output)
    return output


def metadata_of(model: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(model).metadata_props}


def test_contract_name_and_calibration_are_kept_and_scores_are_not(int8: Path) -> None:
    metadata, former = metadata_of(int8), metadata_of(SHIPPED_MODEL)
    assert metadata.items() >= METADATA.items()
    assert metadata == former | {"version": f"{former['version']}+int8", "scores": "{}"}
    assert Session(int8).calibration == Session(SHIPPED_MODEL).calibration


def test_convolutions_are_in_integers_but_the_first_two_and_nothing_else_is(int8: Path) -> None:
    nodes = onnx.load(int8).graph.node
    makers = {output: node.op_type for node in nodes for output in node.output}
    weights = [makers.get(node.input[1]) for node in nodes if node.op_type == "Conv"]
    assert weights[:2] == [None, None]
    assert set(weights[2:]) == {"DequantizeLinear"}
    (lstm,) = (node for node in nodes if node.op_type == "LSTM")
    assert not {lstm.input[1], lstm.input[2]} & makers.keys()
    kept = len(metadata_of(SHIPPED_MODEL)[SINGLE_DIGITS])  # the second network stays as it is
    assert int8.stat().st_size - kept < 0.6 * (SHIPPED_MODEL.stat().st_size - kept)


def test_it_reads_the_sample_as_surely_as_the_model_it_was_made_of(int8: Path) -> None:
    reading = Recognizer(int8).read(SAMPLE)
    assert reading.prediction == "40950"
    assert reading.confidence == pytest.approx(Recognizer().read(SAMPLE).confidence, abs=0.05)


@pytest.mark.parametrize("batch", [2, 3, BATCH, 32])
def test_logits_do_not_depend_on_the_batch(batch: int, int8: Path, generator: np.random.Generator) -> None:
    session = Session(int8)
    pictures = generator.integers(0, 256, (batch, 32, 160), dtype=np.uint8)
    pictures[1:] //= generator.integers(1, 9, (batch - 1, 1, 1), dtype=np.uint8)  # neighbours of every brightness
    together = session.run(pictures)
    for picture, logits in zip(pictures, together, strict=True):
        np.testing.assert_allclose(session.run(picture[np.newaxis])[0], logits, atol=1e-4)


@pytest.mark.parametrize("others", [1, 2, BATCH - 1, 31])
def test_a_reading_is_the_same_alone_and_among_others(others: int, int8: Path, generator: np.random.Generator) -> None:
    recognizer = Recognizer(int8)
    found = recognizer.prepare(SAMPLE)
    assert found is not None
    shape = found.prepared.pixels.shape
    noise = [
        replace(found, prepared=replace(found.prepared, pixels=generator.integers(0, 256, shape, dtype=np.uint8)))
        for _ in range(others)
    ]
    among = recognizer.infer([*noise[1:], found, noise[0]])[others - 1]
    assert recognizer.decode(among, found, Question()) == recognizer.read(SAMPLE)


@pytest.mark.parametrize("recipe", ["all", "signed", "full-range", "percentile", "entropy"])
def test_every_recipe_gives_a_model_that_reads(recipe: str, strings: list[Pictures], tmp_path: Path) -> None:
    quantize(SHIPPED_MODEL, islice(strings, 32), tmp_path / "crnn.onnx", RECIPES[recipe])
    assert Recognizer(tmp_path / "crnn.onnx").read(SAMPLE).prediction == "40950"


def test_a_quantized_model_is_not_quantized_again(int8: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotQuantize, match="quantized already"):
        quantize(int8, [], tmp_path / "crnn.onnx")


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    for content, told in ((b"no model", "cannot be read"), (onnx.ModelProto().SerializeToString(), "no model of this")):
        (tmp_path / "crnn.onnx").write_bytes(content)
        with pytest.raises(CannotQuantize, match=told):
            quantize(tmp_path / "crnn.onnx", [], tmp_path / "int8.onnx")


def test_both_models_read_the_same_pictures_in_turn(int8: Path) -> None:
    samples = [Sample(SAMPLE.read_bytes(), digits) for digits in ["40950"] * BATCH + ["1"] * (BATCH - 1)]
    comparison = compare(Recognizer(), Recognizer(int8), samples)
    assert (comparison.strings, comparison.right, comparison.lost, comparison.won) == (2 * BATCH - 1, BATCH, 0, 0)
    ((alone, width), pairs), ((batch, _), batches) = comparison.times.items()
    assert (alone, len(pairs), batch, len(batches)) == (1, 2 * BATCH - 1, BATCH, 1)
    assert width % 32 == 0
    assert comparison.speed_up(1) > 0
    assert math.isnan(comparison.speed_up(5))


def compared(strings: int, lost: int, won: int, alone: float = 1.5, batched: float = 1.5) -> Comparison:
    times = {(1, 64): [(alone, 1.0)], (1, 96): [(alone, 1.0)] * 2, (BATCH, 64): [(batched, 1.0)]}
    return Comparison(strings, strings - 10, lost, won, times)


@pytest.mark.parametrize(
    ("comparison", "told"),
    [
        (compared(1000, 0, 0), []),
        (compared(1000, 1, 0), []),  # just 0.1 points
        (compared(2000, 9, 7), []),  # it is what remains that counts
        (compared(2000, 3, 20), []),  # better is no cost
        (compared(1000, 2, 0), ["five: costs 0.20 points (-0.14 to 0.54), more than 0.1; may be chance"]),
        (compared(10_000, 40, 5), ["five: costs 0.35 points (0.22 to 0.48), more than 0.1"]),
        (compared(9999, 10, 0), ["five: costs 0.10 points"]),  # a little more than 0.1
        (compared(1000, 0, 0, alone=1.2), []),
        (compared(1000, 0, 0, alone=1.19), ["five: only 1.19 times as fast, alone"]),
        (compared(1000, 0, 0, batched=0.9), [f"five: only 0.90 times as fast, in batches of {BATCH}"]),
        (compared(1000, 5, 0, 1.1, 1.1), ["five: costs", "alone", "in batches"]),
    ],
)
def test_it_ships_where_it_is_cheap_and_fast_enough(comparison: Comparison, told: list[str]) -> None:
    found = objections({"five": comparison}, ["five"])
    assert len(found) == len(told)
    assert all(part in reason for part, reason in zip(told, found, strict=True))


def test_it_ships_where_every_set_was_compared_only() -> None:
    good = compared(1000, 0, 0)
    assert objections(dict.fromkeys(TEST_SETS, good)) == []
    assert objections(dict.fromkeys(TEST_SETS, good) | {"forms": compared(1000, 9, 0)}) != []
    (reason,) = objections({name: good for name in TEST_SETS if name not in {"forms", "drawn"}})
    assert reason == "not compared: drawn, forms"


def test_tables_have_a_row_a_set_and_a_row_a_width() -> None:
    comparison = compared(1000, 4, 1, alone=1.5, batched=1.75)
    both = {"five": comparison, "drawn": comparison}
    assert accuracy_table(both).splitlines()[2:] == [
        "| five | 1000 | 0.9900 | 0.9870 | 0.30 (-0.18 to 0.78) | 4, 1 | 1.50 | 1.75 |",
        "| drawn | 1000 | 0.9900 | 0.9870 | 0.30 (-0.18 to 0.78) | 4, 1 | 1.50 | 1.75 |",
        "| all | 2000 | 0.9900 | 0.9870 | 0.30 (-0.02 to 0.62) | 8, 2 | 1.50 | 1.75 |",
    ]
    assert time_table(together(both.values()).times).splitlines()[2:] == [
        "| 1 | 64 | 2 | 1500.00 | 1000.00 | 1.50 |",
        "| 1 | 96 | 4 | 1500.00 | 1000.00 | 1.50 |",
        f"| {BATCH} | 64 | 2 | 1750.00 | 1000.00 | 1.75 |",
    ]


@pytest.mark.parametrize(("lost", "won", "count"), [(0, 0, 100), (12, 5, 2000), (5, 12, 2000), (60, 60, 10_000)])
def test_the_paired_interval_holds_the_difference_and_narrows(lost: int, won: int, count: int) -> None:
    low, high = paired_interval(lost, won, count)
    assert low < (lost - won) / count < high
    wide_low, wide_high = paired_interval(lost, won, count // 2)
    assert high - low < wide_high - wide_low


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_export.quantize", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)


@pytest.mark.timeout(240)
def test_the_command_quantizes_compares_and_says_what_the_rule_says(mnist_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "int8.onnx"
    finished = run(
        *("--output", output, "--mnist-folder", mnist_folder, "--compare", "--sets", "five", "length-1", "--count", 4)
    )
    assert finished.returncode == 0, finished.stderr
    rows = [line.split(" | ")[0] for line in finished.stdout.splitlines() if line.startswith("|")]
    assert rows[2:4] == ["| five", "| length-1"]
    assert "By the rule it may not ship:\n" in finished.stdout
    assert "not compared: predecessor, " in finished.stdout
    card = Recognizer(output).card
    assert card.version.endswith("+int8")
    assert card.scores.keys() == {"five_exact", "length-1_exact"}
    assert [path.name for path in output.parent.iterdir()] == ["int8.onnx"]


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (ROOT / "none.onnx", "none.onnx"),
        (SAMPLE, "no ONNX model"),
    ],
)
def test_the_command_says_what_is_wrong_and_leaves_the_former_file(model: Path, told: str, tmp_path: Path) -> None:
    output = tmp_path / "int8.onnx"
    output.write_bytes(b"the former model")
    finished = run("--model", model, "--output", output)
    assert finished.returncode == 1
    assert told in finished.stderr
    assert "Traceback" not in finished.stderr
    assert output.read_bytes() == b"the former model"


def test_the_command_does_not_write_over_the_model() -> None:
    finished = run("--output", SHIPPED_MODEL)
    assert finished.returncode == 2
    assert "is the model itself" in finished.stderr
