import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from benchmarks.mixed_requests import BATCH, PREDICT, Mixture
from benchmarks.soak import Soaked, report
from tests.conftest import ROOT

DOCUMENT: dict[str, Any] = {"paths": {PREDICT: {"post": {}}, BATCH: {"post": {}}, "/livez": {"get": {}}}}


def test_a_few_hundred_requests_are_answered_as_they_should(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--requests", "400", "--warm-up", "100", "--pictures", "8"]
    limits = ["--most-growth", "100"]  # a server that has answered 100 is not warm yet
    finished = subprocess.run(
        [*command, *limits, "--picture", str(tmp_path / "soak.png")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    counted, wrong, memory = finished.stdout.splitlines()
    assert counted.startswith("400 requests in ")
    assert wrong == "answers that were not the right ones: none; 5xx: none"
    assert " MB over the requests after the first 100" in memory
    with Image.open(tmp_path / "soak.png") as picture:
        assert picture.width > picture.height > 100


def test_the_mixture_has_every_kind_and_is_the_same_for_a_seed() -> None:
    first, second = (list(islice(Mixture("http://here", DOCUMENT, pictures=4, seed=3), 1500)) for _ in range(2))
    assert first == second
    assert {mixed.kind for mixed in first} >= {"good", "with a rule", "large", "batch", "page", "truncated", "no JSON"}
    assert 0.4 < sum(mixed.kind == "good" for mixed in first) / len(first) < 0.7


def test_without_batches_none_are_asked_for() -> None:
    document: dict[str, Any] = {"paths": {PREDICT: {"post": {}}, "/livez": {"get": {}}}}
    assert "batch" not in {mixed.kind for mixed in islice(Mixture("http://here", document, pictures=2), 500)}


@pytest.mark.parametrize(
    ("curve", "growth"),
    [
        pytest.param([(0, 100.0), (50, 150.0), (200, 150.0), (300, 150.0)], 0.0, id="only before it was warm"),
        pytest.param([(n, 150 + n / 10) for n in range(0, 1001, 5)], 85.5, id="a leak"),
        pytest.param([(n, 300.0 if n == 500 else 150.0) for n in range(0, 1001, 5)], 0.0, id="a peak that goes"),
    ],
)
def test_growth_is_what_stays_once_it_is_warm(curve: list[tuple[int, float]], growth: float) -> None:
    assert Soaked(curve=curve).growth(warm_up=100) == pytest.approx(growth, abs=1)


def test_a_wrong_answer_is_reported() -> None:
    soaked = Soaked(curve=[(1, 1.0)])
    soaked.answered["good"] = 2
    soaked.wrong["good", 500] = 1
    assert "good: 500 (1 times); 5xx: 1" in report(soaked, 0)
