"""What confidences are worth: curves, levels, and calibration on samples of one's own."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model_export.calibrate import table
from model_export.calibration import MAX_ERRORS, Outcome, calibrate, find_levels, fit_curve
from model_export.constrained import append_luhn
from model_export.labelled import CannotCalibrate, find_labelled
from model_export.statistics import calibration_error
from recognizer import Recognizer
from recognizer.calibration import Calibration, Curve
from tests.conftest import ROOT

SAMPLE = ROOT / "docs" / "sample.png"


def outcomes(generator: np.random.Generator, count: int, curve: Curve) -> list[Outcome]:
    """Strings that are right as often as the curve says of their probability."""
    probabilities = 1 / (1 + np.exp(-generator.normal(4, 3, count)))
    rights = generator.random(count) < np.array([curve(probability) for probability in probabilities])
    return [Outcome(p, bool(r), ((p, bool(r)),)) for p, r in zip(probabilities.tolist(), rights, strict=True)]


@pytest.mark.parametrize("curve", [Curve(), Curve(0.5, -0.5), Curve(1.5, 1.0)])
def test_the_curve_is_found_again(curve: Curve, generator: np.random.Generator) -> None:
    made = outcomes(generator, 30_000, curve)
    found = fit_curve(np.array([o.probability for o in made]), np.array([o.is_right for o in made]))
    assert (found.slope, found.offset) == pytest.approx((curve.slope, curve.offset), abs=0.12)


def test_calibration_takes_the_error_of_confidence_away(generator: np.random.Generator) -> None:
    curve = Curve(0.5, -0.5)  # the network is far too sure
    calibration = calibrate(outcomes(generator, 10_000, curve), "made up")
    fresh = outcomes(generator, 10_000, curve)
    rights = np.array([outcome.is_right for outcome in fresh])
    raw = np.array([outcome.probability for outcome in fresh])
    assert calibration_error(raw, rights) > 0.05
    assert calibration_error(np.array([calibration.string(p) for p in raw]), rights) < 0.015


def test_levels_keep_their_promise_on_other_strings(generator: np.random.Generator) -> None:
    calibration = calibrate(outcomes(generator, 20_000, Curve(0.8, -0.2)), "made up")
    fresh = outcomes(generator, 200_000, Curve(0.8, -0.2))
    confidences = np.array([calibration.string(outcome.probability) for outcome in fresh])
    rights = np.array([outcome.is_right for outcome in fresh])
    assert [level.max_error for level in calibration.levels][-1] == MAX_ERRORS[-1]
    for level in calibration.levels:
        accepted = confidences >= level.threshold
        assert (~rights[accepted]).mean() <= level.max_error
        assert accepted.mean() == pytest.approx(level.coverage, abs=0.02)
    assert (confidences >= calibration.number_threshold).mean() == pytest.approx(0.99, abs=0.005)


def test_too_few_strings_promise_nothing() -> None:
    confidences, rights = np.linspace(0.5, 1, 50), np.ones(50, np.bool_)
    assert all(level.max_error >= 0.1 for level in find_levels(confidences, rights, np.full(len(rights), "")))
    calibration = calibrate([Outcome(0.9, True, ()), Outcome(0.2, False, ())] * 20, "forty strings")
    assert "cannot be promised" in table(calibration)
    assert calibration.threshold(0.005) is None


@pytest.mark.parametrize("rights", [[], [True], [True, True, True], [False, False]])
def test_nothing_is_learnt_from_one_kind_of_outcome(rights: list[bool]) -> None:
    with pytest.raises(ValueError, match="read wrong"):
        calibrate([Outcome(0.9, right, ()) for right in rights], "")


def test_a_perfect_confidence_has_no_calibration_error() -> None:
    assert calibration_error(np.array([1.0] * 50 + [0.0] * 50), np.array([True] * 50 + [False] * 50)) == 0
    assert calibration_error(np.full(90, 0.9), np.zeros(90, np.bool_)) == pytest.approx(0.9)


def test_labelled_pictures_are_found_by_name_and_by_table(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    paths = [tmp_path / "40950.png", tmp_path / "deeper" / "007-second.JPG"]
    for path in paths:
        Image.new("L", (40, 40), 255).save(path, "PNG")
    (tmp_path / "notes.txt").write_text("no picture")
    assert sorted(find_labelled(tmp_path)) == sorted([(paths[0], "40950"), (paths[1], "007")])
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "digits"), ("40950.png", "123")])
    assert find_labelled(tmp_path / "labels.csv") == [(paths[0], "123")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty/notes.txt", "", "no PNG or JPEG"),
        ("folder/picture.png", "", "begins with the digits"),
        ("labels.csv", "picture,number\n", "columns path and digits"),
        ("labels.csv", "path,digits\na.png,4o9\n", "line 2"),
    ],
)
def test_labels_that_make_no_sense_are_told(name: str, content: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    with pytest.raises(CannotCalibrate, match=told):
        find_labelled(path if path.suffix == ".csv" else path.parent)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_export.calibrate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=100)


@pytest.mark.timeout(150)
def test_calibrates_on_samples_of_ones_own(tmp_path: Path) -> None:
    for index in range(4):  # right twice, and wrong twice
        (tmp_path / f"{'40950' if index % 2 else '123'}-{index}.png").write_bytes(SAMPLE.read_bytes())
    output = tmp_path / "model.onnx"
    finished = run("--labelled", tmp_path, "--output", output)
    assert finished.returncode == 0, finished.stderr
    assert "cannot be promised: too few strings" in finished.stdout
    calibration: Calibration = Recognizer(output).calibration
    assert (calibration.strings, calibration.measured_on) == (4, "4 labelled pictures of the user's own")
    assert Recognizer(output).read(SAMPLE).confidence == pytest.approx(0.5, abs=0.1)  # as often right as wrong


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    finished = run("--labelled", tmp_path / "missing", "--output", tmp_path / "model.onnx")
    assert finished.returncode == 1
    assert "missing" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize("number", ["4539578763621486", "79927398713", "18"])
def test_luhns_check_digit_is_appended(number: str) -> None:
    assert append_luhn(number[:-1]) == number


def test_no_kind_of_pictures_pays_for_the_others() -> None:
    clean = [Outcome(0.99, True, (), "clean")] * 3000 + [Outcome(0.1, False, (), "clean")] * 50
    forms = [Outcome(0.9, True, (), "forms")] * 196 + [Outcome(0.9, False, (), "forms")] * 4  # 2% of them
    mixed = calibrate(clean + forms, "both")
    alike = [Outcome(each.probability, each.is_right, ()) for each in clean + forms]
    alone = calibrate(alike, "all of one kind")
    assert alone.threshold(0.01) == pytest.approx(alone.string(0.9), abs=1e-4)  # of all, 0.1% are wrong
    assert mixed.threshold(0.01) == pytest.approx(mixed.string(0.99), abs=1e-4)
    assert mixed.threshold(0.02) == pytest.approx(mixed.string(0.9), abs=1e-4)
