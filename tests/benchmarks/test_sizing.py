import subprocess
import sys

import pytest

from benchmarks.plan import Assumptions, Costs, plan, scaled
from tests.conftest import ROOT

COSTS = Costs(served=0.01, bulk=0.008, sent=9_000, answered=1_000, picture=6_000)


def test_a_plan_is_made_of_the_busiest_second() -> None:
    made = plan(8_640_000, COSTS, Assumptions(peak=3, busy=0.5, node_cores=5, log_line=500))
    assert (made.mean_rate, made.peak_rate) == (100, 300)
    assert made.cores == 6  # 300 a second, 0.01 s each, half of it used
    assert made.nodes == 3  # four cores of each, and one node more
    assert made.bulk_cores == 1
    assert made.network == 300 * 10_000
    assert made.day_readings == 8_640_000 * 1_500
    assert made.day_pictures == 8_640_000 * 6_000


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0 "), (999, "999 "), (1_000, "1.0 k"), (2.61e6, "2.6 M"), (66e12, "66 T"), (1e17, "100 P")],
)
def test_sizes_are_told_with_their_prefix(value: float, text: str) -> None:
    assert scaled(value) == text


def test_a_quick_run_prints_what_a_picture_takes_and_three_plans() -> None:
    command = [sys.executable, "-m", "benchmarks.sizing", "--seconds", "0.3", "--pictures", "8", "--threads", "1"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert finished.returncode == 0, finished.stderr
    for line in ("| the API, of a core |", "| the recognizer alone", "| 1 |", "| 1,000,000 |", "| 10,000,000,000 |"):
        assert f"\n{line}" in finished.stdout
