"""A server's process together with all that it has started."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil


class Family:
    def __init__(self, pid: int) -> None:
        self._head = psutil.Process(pid)

    def _members(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return [self._head, *self._head.children(recursive=True)]
        return []

    @property
    def megabytes(self) -> float:
        """Resident memory; what they share is counted for each."""
        total = 0
        for member in self._members():
            with suppress(psutil.NoSuchProcess):
                total += member.memory_info().rss
        return total / 1e6

    def suspend(self) -> None:
        """It takes no time of the processor from others then; some servers poll while nobody asks them."""
        for member in self._members():
            with suppress(psutil.NoSuchProcess):
                member.suspend()

    def resume(self) -> None:
        for member in self._members():
            with suppress(psutil.NoSuchProcess):
                member.resume()

    @contextmanager
    def awake(self) -> Iterator[None]:
        self.resume()
        yield
        self.suspend()
