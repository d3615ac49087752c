"""The settings that suit a machine, found by loading the real server."""

import re
import subprocess
import sys

import pytest

from server_api.settings import Settings
from server_api.tune import BATCH_SIZES, Tuning, choose, divisions
from tests.conftest import ROOT


def test_it_prints_settings_that_the_server_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBERS_API_KEYS", "in the way")  # every request would be refused
    answer = subprocess.run(
        [sys.executable, "-m", "server_api.tune", "--seconds", "3", "--clients", "4"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert answer.returncode == 0, answer.stderr
    *lines, told = answer.stdout.splitlines()
    found = dict(line.split("=") for line in lines)
    assert found.keys() == {"NUMBERS_THREADS", "NUMBERS_WORKERS", "NUMBERS_BATCH_SIZE"}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    assert Settings().threads == int(found["NUMBERS_THREADS"])
    assert int(told.removeprefix("# sustains ").split()[0]) > 0
    assert len(re.findall(r"\n\| \d+ \| ", answer.stderr)) >= 2  # what was tried


def test_a_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBERS_MODEL", "LICENSE")
    answer = subprocess.run(
        [sys.executable, "-m", "server_api.tune"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 1
    assert "LICENSE is no ONNX model" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("cores", "tried"),
    [
        (1, [(1, 1), (1, 2)]),
        (2, [(1, 2), (2, 1), (1, 1), (1, 3)]),
        (8, [(1, 8), (2, 4), (4, 2), (8, 1), (1, 7), (1, 9)]),
        (6, [(1, 6), (2, 3), (4, 1), (6, 1), (1, 5), (1, 7)]),  # no power of two
    ],
)
def test_cores_are_parted_among_processes(cores: int, tried: list[tuple[int, int]]) -> None:
    assert divisions(cores) == tried


@pytest.mark.parametrize(
    ("rates", "chosen"),
    [
        pytest.param({Tuning(1, 2, 8): 100, Tuning(2, 1, 8): 110}, Tuning(2, 1, 8), id="the fastest"),
        pytest.param({Tuning(1, 2, 8): 100, Tuning(2, 1, 8): 101}, Tuning(1, 2, 8), id="fewer processes"),
        pytest.param({Tuning(1, 2, 8): 100, Tuning(1, 2, 4): 99}, Tuning(1, 2, 4), id="smaller batches"),
        pytest.param({Tuning(1, 2, 8): 0}, Tuning(1, 2, 8), id="nothing was answered"),
    ],
)
def test_what_is_hardly_slower_and_takes_less_is_chosen(rates: dict[Tuning, float], chosen: Tuning) -> None:
    assert choose(rates) == chosen


def test_the_default_batch_size_is_tried_first() -> None:
    assert BATCH_SIZES[0] == Settings().batch_size
