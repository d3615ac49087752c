"""The queue and its threads, without HTTP."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from itertools import pairwise
from typing import Any

import pytest

from recognizer import NotAPicture, Recognition, Recognizer
from recognizer.decoding import PreparedPicture, Question
from recognizer.search import Lattice
from server_api.engine import BATCH_WIDTH, Engine
from server_api.problems import Overloaded
from server_api.reader import decode
from tests.conftest import ROOT
from tests.server_api.pictures import encoded, kinds

SAMPLE = (ROOT / "docs" / "sample.png").read_bytes()


class Watched(Recognizer):
    """Notes the sizes of its batches, and computes nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_compute = threading.Event()
        self.computes = threading.Event()
        self.batches: list[int] = []

    def infer(self, pictures: Sequence[PreparedPicture]) -> list[Lattice]:
        self.batches.append(len(pictures))
        self.computes.set()
        assert self.may_compute.wait(60)
        return super().infer(pictures)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def engine(recognizer: Recognizer, **settings: Any) -> Engine[Recognition]:
    chosen = {"threads": 1, "batch_size": 4, "queue_length": 64, "queue_seconds": 60.0} | settings
    return Engine(recognizer, lambda reading: reading, **chosen)


def sample() -> tuple[bytes, Question]:
    return SAMPLE, Question()


def not_a_picture() -> tuple[bytes, Question]:
    return b"none", Question()


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def test_pictures_that_wait_are_read_together_and_as_alone(watched: Watched) -> None:
    alone = Recognizer().read(SAMPLE)

    async def work() -> None:
        reading = engine(watched)
        first = reading.submit(sample)
        await asyncio.to_thread(watched.computes.wait, 60)
        others = [reading.submit(sample) for _ in range(9)]
        watched.may_compute.set()
        answers = await asyncio.gather(first, *others)
        reading.close()
        assert [recognition for recognition, _ in answers] == [alone] * 10
        assert watched.batches == [1, 4, 4, 1]
        assert [stages.batch for _, stages in answers] == [1, *[4] * 8, 1]

    run(work)


def test_of_wide_pictures_fewer_are_read_together(watched: Watched) -> None:
    wide = (ROOT / "docs" / "card.png").read_bytes()
    found = watched.prepare(wide)
    assert found is not None
    together = 8 * BATCH_WIDTH // found.prepared.pixels.shape[1]
    assert 1 < together < 8

    async def work() -> None:
        reading = engine(watched, batch_size=8)
        first = reading.submit(sample)
        await asyncio.to_thread(watched.computes.wait, 60)
        others = [reading.submit(lambda: (wide, Question())) for _ in range(2 * together)]
        watched.may_compute.set()
        await asyncio.gather(first, *others)
        reading.close()
        assert watched.batches == [1, together, together]

    run(work)


def test_a_bad_picture_harms_no_other(watched: Watched) -> None:
    watched.may_compute.set()

    async def work() -> None:
        reading = engine(watched)
        answers = await asyncio.gather(
            *(reading.submit(ask) for ask in (sample, not_a_picture, sample)), return_exceptions=True
        )
        reading.close()
        assert isinstance(answers[1], NotAPicture)
        assert [answer[0].prediction for answer in answers if isinstance(answer, tuple)] == ["40950", "40950"]

    run(work)


def test_pictures_of_a_rare_width_do_not_wait_for_company(watched: Watched) -> None:
    narrow = decode(encoded(kinds()["one bit"]))

    async def work() -> None:
        reading = engine(watched, batch_size=2)
        answers = [reading.submit(sample)]
        await asyncio.to_thread(watched.computes.wait, 60)
        answers += [reading.submit(lambda: (narrow, Question()))]
        answers += [reading.submit(sample) for _ in range(20)]
        order: list[int] = []
        for index, answer in enumerate(answers):
            answer.add_done_callback(lambda _, index=index: order.append(index))  # type: ignore[misc]
        watched.may_compute.set()
        await asyncio.gather(*answers)
        reading.close()
        assert order.index(1) <= 3

    run(work)


def test_answers_of_a_batch_leave_turns_of_the_event_loop_to_others(watched: Watched) -> None:
    async def work() -> None:
        reading = engine(watched)
        first = reading.submit(sample)
        await asyncio.to_thread(watched.computes.wait, 60)
        events: list[str] = []
        others = [reading.submit(sample) for _ in range(4)]
        for answer in others:
            answer.add_done_callback(lambda _: events.append("answer"))
        watched.may_compute.set()
        while events.count("answer") < len(others):
            events.append("turn")
            await asyncio.sleep(0)
        await asyncio.gather(first, *others)
        reading.close()
        assert watched.batches == [1, 4]
        assert ("answer", "answer") not in pairwise(events)

    run(work)


def test_pictures_one_after_the_other_are_read_by_one_thread(watched: Watched) -> None:
    watched.may_compute.set()
    readers: list[str] = []

    def noted() -> tuple[bytes, Question]:
        readers.append(threading.current_thread().name)
        return sample()

    async def work() -> None:
        reading = engine(watched, threads=4)
        for _ in range(12):
            await reading.submit(noted)
            await asyncio.sleep(0.05)  # until it is idle again
        reading.close()

    run(work)
    assert max(map(readers.count, readers)) >= 10


def test_who_left_the_queue_is_not_read(watched: Watched) -> None:
    async def work() -> None:
        asked: list[int] = []
        reading = engine(watched)
        first = reading.submit(sample)
        await asyncio.to_thread(watched.computes.wait, 60)
        gone = reading.submit(lambda: (asked.append(1), sample())[1])  # type: ignore[func-returns-value]
        gone.cancel()
        watched.may_compute.set()
        await first
        reading.close()
        assert not asked
        assert watched.batches == [1]

    run(work)


def test_a_full_queue_refuses_and_takes_again(watched: Watched) -> None:
    async def work() -> None:
        reading = engine(watched, queue_length=2)
        waiting = [reading.submit(sample), reading.submit(sample)]
        with pytest.raises(Overloaded):
            reading.submit(sample)
        watched.may_compute.set()
        await asyncio.gather(*waiting)
        await reading.submit(sample)
        reading.close()

    run(work)


def test_who_waited_too_long_is_told_so(watched: Watched) -> None:
    async def work() -> None:
        reading = engine(watched, queue_seconds=0.05)
        first = reading.submit(sample)
        await asyncio.to_thread(watched.computes.wait, 60)
        second = reading.submit(sample)
        await asyncio.sleep(0.1)
        watched.may_compute.set()
        await first
        with pytest.raises(Overloaded):
            await second
        reading.close()

    run(work)


def test_what_is_in_the_queue_at_the_end_is_answered(watched: Watched) -> None:
    async def work() -> None:
        reading = engine(watched, threads=2)
        waiting = [reading.submit(sample) for _ in range(10)]
        watched.may_compute.set()
        await asyncio.to_thread(reading.close)
        assert {answer[0].prediction for answer in await asyncio.gather(*waiting)} == {"40950"}

    run(work)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are not scheduled one by one")
def test_threads_that_compute_let_the_event_loop_go_first(watched: Watched) -> None:
    policies = []

    def note() -> tuple[bytes, Question]:
        policies.append(os.sched_getscheduler(threading.get_native_id()))
        return sample()

    async def work() -> None:
        watched.may_compute.set()
        reading = engine(watched)
        await reading.submit(note)
        reading.close()

    run(work)
    assert policies == [os.SCHED_BATCH]
    assert os.sched_getscheduler(threading.get_native_id()) == os.SCHED_OTHER
