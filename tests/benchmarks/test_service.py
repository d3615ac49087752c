import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.contest import Contest, ReadsOtherwise, Schedule
from benchmarks.contestants import LITSERVE, OURS, Contestant, others, this_service
from benchmarks.goals import Goal, judge, table
from benchmarks.pictures import draw_pictures
from benchmarks.results import FEW, FLOOR, LIVEZ, MANY, Results, Run
from recognizer import Recognizer
from server_api.load import Measured
from server_api.trial import DidNotStart, Program, running, this_server
from tests.conftest import ROOT


def test_a_quick_run_prints_every_goal_beside_its_figure() -> None:
    command = [sys.executable, "-m", "benchmarks.service", "--quick", "--competitors", "/nowhere/python"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    for start in (
        "model file: ",
        "cold start of the API",
        "memory of the API: ",
        "network, one thread",
        "POST /predict",
    ):
        assert any(line.startswith(start) for line in lines), start
    assert sum(line.startswith(("LitServe: left out", "BentoML: left out")) for line in lines) == 2
    runs = [line.split(" | ") for line in lines if line.startswith(("| floor", "| this service"))]
    assert [run[2] for run in runs if run[0] == "| this service"] == ["1", "8", "32"]
    assert all(float(run[3]) > 0 and run[-1] == "0 |" for run in runs)
    goals = [line.split(" | ") for line in lines[lines.index("| goal | figure | met |") + 2 :]]
    assert len(goals) == 9
    assert {met for _, figure, met in goals if figure == "not measured"} == {"- |"}
    assert {met for _, figure, met in goals if figure != "not measured"} <= {"yes |", "no |"}
    assert sum(figure == "not measured" for _, figure, _ in goals) == 4  # those of LitServe and BentoML


def measured(rate: int, latency: float = 0.01) -> Measured:
    return Measured(1.0, [latency] * rate, 0.0, {"200": rate})


def test_ratios_are_taken_round_by_round() -> None:
    results, ours, floor = Results(), Run(OURS, 1, MANY), Run(FLOOR, 1, 2)
    for rates in ((80, 100), (8, 10), (30, 60)):  # the second round was ten times slower for both
        for run, rate in zip((ours, floor), rates, strict=True):
            results.add(run, measured(rate))
    assert results.ratio(ours, floor) == pytest.approx(0.8)
    assert results.rate(ours) == 30


def test_the_goals_are_of_the_best_setting_and_of_as_many_processes() -> None:
    results = Results()
    for run, rate in {
        Run(FLOOR, 1, 1): 100,
        Run(FLOOR, 1, 2): 200,
        Run(OURS, 1, FEW): 80,
        Run(OURS, 1, MANY): 160,
        Run(LIVEZ, 1, MANY): 10,
        Run(f"{LITSERVE}, as it comes", 1, FEW): 40,
        Run(f"{LITSERVE}, as it comes", 1, MANY): 40,
        Run(f"{LITSERVE}, batches", 1, FEW): 20,
        Run(f"{LITSERVE}, batches", 1, MANY): 80,
        Run(f"{LITSERVE}, batches", 2, MANY): 400,
    }.items():
        results.add(run, measured(rate, latency=1 / rate))
    rows = list(table(judge(results, 1, 2, seconds_to_start=0.5, megabytes=250)))
    assert [row.rpartition(": ")[2] if "BentoML" not in row else row for row in rows[2:]] == [
        "at least 0.75 of the floor's | 0.80 | yes |",
        "at most 1.4 times the floor's time a picture | 1.25 | yes |",
        "at least 1.3 times LitServe's best | 2.00 | yes |",
        "at least LitServe's best | 2.00 | yes |",
        "| throughput at 1 client: at least BentoML's best | not measured | - |",
        "| throughput at 32 clients: at least BentoML's best | not measured | - |",
        "under 10 ms | 100.00 ms | no |",
        "under 1.5 s | 0.50 s | yes |",
        "under 200 MB | 250.00 MB | no |",
    ]


@pytest.mark.parametrize(
    ("goal", "is_met"),
    [
        (Goal("at least", 1.0, 1.0), True),
        (Goal("at least", 1.0, 0.99), False),
        (Goal("at most", 1.0, 1.0, is_upper=True), True),
        (Goal("at most", 1.0, float("nan"), is_upper=True), False),  # nothing was answered
        (Goal("at least", 1.0, None), False),
    ],
)
def test_a_goal_is_met_at_its_limit(goal: Goal, is_met: bool) -> None:
    assert goal.is_met == is_met


def test_the_pictures_differ_and_can_be_read() -> None:
    drawn = draw_pictures(16)
    recognizer = Recognizer()
    assert len({one.picture for one in drawn}) == 16
    assert len({len(one.digits) for one in drawn}) >= 4
    assert sum(recognizer.read(one.picture).prediction == one.digits for one in drawn) >= 14
    assert draw_pictures(16) == drawn


def test_who_is_not_installed_is_left_out_and_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(others("/nowhere/python", 1, 2)) == []
    assert capsys.readouterr().out.count("pip install litserve bentoml") == 2


def test_who_reads_otherwise_is_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contest = Contest(Schedule(rounds=1, seconds=0.1, warm_up=0.0, pictures=2), cores=1)
    (tmp_path / "readyz").touch()
    command = (sys.executable, "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", str(tmp_path))
    with contest:
        contest.enter(Contestant(LITSERVE, "", 1, Program(command)))
        assert "LitServe: left out: LitServe reads (status 501)" in capsys.readouterr().out
        with pytest.raises(ReadsOtherwise):
            contest.enter(Contestant(OURS, "", 1, Program(command)))


def test_a_server_that_does_not_start_says_why() -> None:
    with pytest.raises(DidNotStart, match="NUMBERS_THREADS"), running(this_server(threads=0)):
        pytest.fail("it started")


def test_processes_share_the_cores() -> None:
    environment = this_service(processes=2, cores=4).program.environment
    assert (environment["NUMBERS_WORKERS"], environment["NUMBERS_THREADS"]) == ("2", "2")
