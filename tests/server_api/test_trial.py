"""Servers that are started to be measured."""

import signal
import subprocess
import sys
import threading

import psutil
import pytest

from server_api.trial import running, this_server
from tests.conftest import ROOT

MEASURES = """
import time
from server_api.trial import running, this_server
with running(this_server()) as trial:
    print(trial.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_the_measurement_ends_the_server(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MEASURES], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as measuring:
        assert measuring.stdout is not None
        server = psutil.Process(int(measuring.stdout.readline()))
        measuring.send_signal(number)
        assert measuring.wait(60) != 0
    assert not server.is_running()


def test_a_signal_does_what_it_did_before_once_the_server_has_ended() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with running(this_server()):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_other_threads_measure_too() -> None:
    pids: list[int] = []

    def measure() -> None:
        with running(this_server()) as trial:
            pids.append(trial.pid)

    thread = threading.Thread(target=measure)
    thread.start()
    thread.join(60)
    assert len(pids) == 1
    assert not psutil.pid_exists(pids[0])
