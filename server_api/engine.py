"""Threads that read pictures: a bounded queue before them, and small batches of equal widths inside.

A thread never waits for a batch to fill. While pictures are waiting it prepares them, so that those of one width meet;
as soon as none is, or enough are prepared, it reads up to `batch_size` of the width that has waited longest, and fewer
where they are wide: what onnxruntime takes for its largest batch it keeps, in each thread.
"""

import asyncio
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from recognizer import Recognition, Recognizer
from recognizer.decoding import PreparedPicture, Question
from recognizer.recognition import NOTHING
from server_api.problems import Overloaded
from server_api.stages import Stages

BATCH_WIDTH = 160
"""Columns of a picture, wider than most: a batch has no more columns than `batch_size` of these."""

Answer = TypeVar("Answer")
Ask = Callable[[], tuple[bytes, Question]]
"""Makes a picture and a question out of what was sent; work for a thread, and it may raise what is wrong with it."""


@dataclass(eq=False)
class _Job(Generic[Answer]):
    """picture: once it is prepared. queue, decode: seconds."""

    ask: Ask
    future: "asyncio.Future[tuple[Answer, Stages]]"
    asked: float = field(default_factory=time.perf_counter)
    queue: float = 0.0
    decode: float = 0.0
    picture: PreparedPicture | None = None
    question: Question = field(default_factory=Question)


@dataclass(frozen=True)
class _Outcome(Generic[Answer]):
    future: "asyncio.Future[tuple[Answer, Stages]]"
    result: tuple[Answer, Stages] | Exception


class Engine(Generic[Answer]):
    """Reads pictures in threads of its own; used by one event loop."""

    def __init__(
        self,
        recognizer: Recognizer,
        answer: Callable[[Recognition], Answer],
        *,
        threads: int,
        batch_size: int,
        queue_length: int,
        queue_seconds: float,
    ) -> None:
        """answer: what is made of a reading, in the threads too. queue_seconds: the longest wait for a thread."""
        self._recognizer, self._answer = recognizer, answer
        self._batch_size, self._queue_length, self._queue_seconds = batch_size, queue_length, queue_seconds
        self._unanswered = 0  # the event loop's own
        self._lock = threading.Lock()  # guards all below
        self._idle: list[threading.Condition] = []  # of threads without work, the last one busy at the end
        self._waiting: deque[_Job[Answer]] = deque()
        self._prepared: dict[int, deque[_Job[Answer]]] = {}  # by width
        self._ends = False
        self._threads = [
            threading.Thread(target=self._run, name=f"engine-{index}", daemon=True) for index in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Answers what is in the queue, then ends the threads."""
        with self._lock:
            self._ends = True
            while self._idle:
                self._wake()
        for thread in self._threads:
            thread.join()

    def make_room(self, pictures: int = 1) -> None:
        """Raises Overloaded where the queue has none."""
        if self._unanswered + pictures > self._queue_length:
            raise Overloaded

    def submit(self, ask: Ask) -> "asyncio.Future[tuple[Answer, Stages]]":
        """An answer to come, or what `ask` raises; cancelled, it leaves the queue. Raises Overloaded."""
        self.make_room()
        job = _Job[Answer](ask, asyncio.get_running_loop().create_future())
        self._unanswered += 1
        job.future.add_done_callback(self._count_down)
        with self._lock:
            self._waiting.append(job)
            self._wake()
        return job.future

    def _wake(self) -> None:
        """The thread that was busy last, whose core has its memory at hand; a tenth faster than turn by turn."""
        if self._idle:
            self._idle.pop().notify()

    def _count_down(self, _: object) -> None:
        self._unanswered -= 1

    def _run(self) -> None:
        _yield_to_the_event_loop()
        woken = threading.Condition(self._lock)
        while work := self._take(woken):
            outcomes = self._prepare(work) if isinstance(work, _Job) else self._read(work)
            if outcomes:
                loop = outcomes[0].future.get_loop()
                loop.call_soon_threadsafe(_settle, loop, outcomes)

    def _take(self, woken: threading.Condition) -> "_Job[Answer] | list[_Job[Answer]] | None":
        """A picture to prepare, or pictures to read; None at the end. woken: the thread's own."""
        with self._lock:
            while not (self._waiting or self._prepared):
                if self._ends:
                    return None
                self._idle.append(woken)
                woken.wait()
            if self._waiting and self._prepared_count < 2 * self._batch_size:
                return self._waiting.popleft()
            width, group = min(self._prepared.items(), key=lambda item: item[1][0].asked)
            most = min(self._batch_size, max(1, self._batch_size * BATCH_WIDTH // width))
            batch = [group.popleft() for _ in range(min(len(group), most))]
            if not group:
                del self._prepared[width]
            return batch

    @property
    def _prepared_count(self) -> int:
        return sum(map(len, self._prepared.values()))

    def _prepare(self, job: _Job[Answer]) -> list[_Outcome[Answer]]:
        started = time.perf_counter()
        job.queue = started - job.asked
        if job.future.cancelled():
            return []
        if job.queue > self._queue_seconds:
            return [_Outcome(job.future, Overloaded())]
        try:
            data, job.question = job.ask()
            job.picture = self._recognizer.prepare(data)
            job.decode = time.perf_counter() - started
            if job.picture is None:
                return [_Outcome(job.future, (self._answer(NOTHING), Stages(job.queue, job.decode, 0.0, 0.0, 0)))]
        except Exception as error:  # whatever it is belongs to this picture alone
            return [_Outcome(job.future, error)]
        with self._lock:
            self._prepared.setdefault(job.picture.prepared.pixels.shape[1], deque()).append(job)
            if self._prepared_count > 1 or self._waiting:  # else this thread reads it at once, and needs no other
                self._wake()
        return []

    def _read(self, batch: list[_Job[Answer]]) -> list[_Outcome[Answer]]:
        """Pictures of one width."""
        jobs = [(job, job.picture) for job in batch if job.picture is not None and not job.future.cancelled()]
        if not jobs:
            return []
        started = time.perf_counter()
        try:
            lattices = self._recognizer.infer([picture for _, picture in jobs])
        except Exception as error:
            return [_Outcome(job.future, error) for job, _ in jobs]
        inference = time.perf_counter() - started
        outcomes = []
        for (job, picture), lattice in zip(jobs, lattices, strict=True):
            started = time.perf_counter()
            try:
                answer = self._answer(self._recognizer.decode(lattice, picture, job.question))
            except Exception as error:
                outcomes.append(_Outcome(job.future, error))
                continue
            decoding = time.perf_counter() - started
            outcomes.append(
                _Outcome(job.future, (answer, Stages(job.queue, job.decode, inference, decoding, len(jobs))))
            )
        return outcomes


def _yield_to_the_event_loop() -> None:
    """The scheduler may let short work go before this thread, which loses none of its share for it.

    So the server answers, and refuses, at once however much is being read: https://man7.org/linux/man-pages/man7/sched.7.html
    """
    if sys.platform == "linux":  # where a thread is scheduled by its own id
        with suppress(OSError):  # a container may forbid it
            os.sched_setscheduler(threading.get_native_id(), os.SCHED_BATCH, os.sched_param(0))


def _settle(loop: asyncio.AbstractEventLoop, outcomes: list[_Outcome[Answer]]) -> None:
    """One a turn of the event loop: what else has come in, such as /livez, need not wait for all of a batch."""
    outcome, *rest = outcomes
    if rest:
        loop.call_soon(_settle, loop, rest)
    if outcome.future.done():  # cancelled
        return
    if isinstance(outcome.result, Exception):
        outcome.future.set_exception(outcome.result)
    else:
        outcome.future.set_result(outcome.result)
