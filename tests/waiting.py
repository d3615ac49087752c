"""Waiting for what happens elsewhere, but not for ever."""

import time
from collections.abc import Callable


def wait_until(happens: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} seconds"
        time.sleep(0.2)
