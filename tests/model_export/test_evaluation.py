from pathlib import Path

import pytest

from model_export.evaluate import predecessors_words
from model_export.evaluation import evaluate
from model_export.statistics import wilson_interval
from model_export.test_sets import TEST_SETS, Sample, Sources, make_samples
from recognizer import Recognizer
from tests.conftest import ROOT

SAMPLE = (ROOT / "docs" / "sample.png").read_bytes()


def test_counts_whole_strings_and_single_edits() -> None:
    samples = [Sample(SAMPLE, "40950"), Sample(SAMPLE, "40951"), Sample(SAMPLE, "4095"), Sample(b"no picture", "12")]
    score = evaluate(Recognizer(), samples)
    assert (score.strings, score.exact) == (4, 0.25)
    assert score.cer == pytest.approx((0 + 1 + 1 + 2) / (5 + 5 + 4 + 2))
    assert score.errors == (("40951", "40950"), ("4095", "40950"), ("12", ""))


def test_counts_as_the_predecessor_does_too() -> None:
    samples = [Sample(SAMPLE, "40950"), Sample(SAMPLE, "41"), Sample(b"no picture", "12")]
    score = evaluate(Recognizer(), samples)
    # 5 of 5; the 4 alone; three positions of filling
    assert score.positions == pytest.approx((5 + 1 + 3) / 15)
    assert score.string_errors == pytest.approx((0 + 4 / 5 + 1) / 3)
    assert predecessors_words(score) == (
        "predecessor, as its own code counts: accuracy 0.6000 by positions (published: 0.9865), "
        "CER 0.6000 (published: 0.0114)"
    )


def test_the_interval_narrows_with_more_strings() -> None:
    low, high = wilson_interval(0.97, 100)
    assert (low, high) == pytest.approx((0.9155, 0.9897), abs=1e-4)  # as R's binom.wilson gives it
    assert wilson_interval(0.97, 10_000)[0] > low
    assert wilson_interval(1.0, 50)[1] == 1.0


@pytest.mark.parametrize("name", TEST_SETS)
def test_a_set_is_the_same_for_a_seed(name: str, mnist_folder: Path, pen_file: Path) -> None:
    first, again, other = (
        list(make_samples(TEST_SETS[name], Sources(mnist_folder, pen_file), 3, seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_the_shipped_models_scores_do_not_fall_back() -> None:
    scores = Recognizer().card.scores
    assert scores["predecessor_exact"] >= 0.985
    assert scores["predecessor_cer"] <= 0.005
    assert max(scores[f"length-{length}_cer"] for length in (1, 10, 20)) <= 0.03
    assert scores["repeated_exact"] >= scores["unlike_exact"] - 0.01  # 2,000 strings each vary by 0.0045
    assert scores["phone_exact"] >= 0.96
    assert scores["drawn_exact"] >= 0.96
    assert scores["drawn-long_exact"] >= 0.88
    assert scores["touching_exact"] >= 0.925
    assert scores["photographed_exact"] >= 0.955
    assert scores["forms_exact"] >= 0.905


@pytest.mark.parametrize(
    ("name", "exact", "cer"),
    [  # of the shipped model, a little below what 10,000 strings give: a set this small varies
        ("predecessor", 0.97, 0.012),
        ("length-1", 0.97, 0.03),
        ("length-10", 0.87, 0.03),
        ("length-20", 0.75, 0.03),
        ("repeated", 0.95, 0.03),
        ("drawn", 0.92, 0.03),
        ("photographed", 0.92, 0.03),
        ("forms", 0.84, 0.05),
        ("surrounded", 0.88, 0.05),
    ],
)
def test_the_shipped_model_reads_what_it_promises(
    name: str, exact: float, cer: float, mnist_folder: Path, pen_file: Path
) -> None:
    score = evaluate(Recognizer(), make_samples(TEST_SETS[name], Sources(mnist_folder, pen_file), 300))
    assert score.exact >= exact
    assert score.cer <= cer
