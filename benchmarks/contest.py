"""All servers at once: each is asleep unless asked, and is asked in turn."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Self

from tqdm import tqdm

from benchmarks.contestants import OURS, Contestant, this_services_body
from benchmarks.family import Family
from benchmarks.floor import run_floor
from benchmarks.pictures import draw_pictures
from benchmarks.results import FEW, FLOOR, LIVEZ, MANY, SOME, Results, Run
from recognizer import Recognizer
from server_api.clients import NoAnswer, answers, pack
from server_api.load import Apart, Load
from server_api.trial import DidNotStart, Trial, running

PROBE_PAUSE = 0.02


@dataclass(frozen=True)
class Schedule:
    """seconds: of each run, without its warm_up. pictures: how many different ones."""

    rounds: int
    seconds: float
    warm_up: float
    pictures: int


@dataclass(frozen=True)
class _Entry:
    contestant: Contestant
    trial: Trial
    family: Family


class ReadsOtherwise(Exception):
    """A server that does not read what the recognizer reads cannot be compared."""


class Contest:
    """Used as a context, at whose end all servers are stopped."""

    def __init__(self, schedule: Schedule, cores: int) -> None:
        self.results = Results()
        self._schedule, self._cores = schedule, cores
        self._recognizer = Recognizer()
        drawn = draw_pictures(schedule.pictures)
        self._right = [self._recognizer.read(one.picture).prediction for one in drawn]
        self._images = [one.base64 for one in drawn]
        self._entries: list[_Entry] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def enter(self, contestant: Contestant) -> None:
        """Start a server and see that it reads as the recognizer does; if not, it is left out, and that is said."""
        with ExitStack() as stack:
            try:
                trial = stack.enter_context(running(contestant.program))
                self._check(contestant, trial)
            except (DidNotStart, NoAnswer, ReadsOtherwise) as error:
                if contestant.maker == OURS:
                    raise
                print(f"{contestant.name}: left out: {str(error)[-500:]}")
                return
            family = Family(trial.pid)
            stack.callback(family.resume)  # who sleeps does not hear that it is to stop
            family.suspend()
            self._entries.append(_Entry(contestant, trial, family))
            self._stack.push(stack.pop_all())

    def _check(self, contestant: Contestant, trial: Trial) -> None:
        url = f"{trial.address}/predict"
        requests = [pack(url, contestant.body(image).encode()) for image in self._images]
        enough = islice(cycle(requests), max(len(requests), 64))  # to get warm
        for answer in answers(url, enough, SOME):
            read = contestant.prediction(answer.body) if answer.status == 200 else f"(status {answer.status})"
            if read != (right := self._right[answer.number % len(requests)]):
                raise ReadsOtherwise(f"{contestant.name} reads {read}, the recognizer {right}")

    def run(self, url: str | None = None) -> None:
        """url: of another server."""
        for _ in tqdm(range(self._schedule.rounds), desc="rounds", leave=False, disable=None):
            self._run_floor()
            for entry in self._entries:
                with entry.family.awake():
                    self._ask(entry)
            for clients in (FEW, SOME, MANY) if url else ():
                bodies = [this_services_body(image) for image in self._images]
                self.results.add(Run(str(url), 0, clients), self._load(str(url), bodies, clients).result())

    def _run_floor(self) -> None:
        for threads in sorted({1, self._cores}):
            measured = run_floor(
                self._recognizer, self._images, threads, self._schedule.seconds, self._schedule.warm_up
            )
            self.results.add(Run(FLOOR, 1, threads), measured)

    def _ask(self, entry: _Entry) -> None:
        contestant, address = entry.contestant, entry.trial.address
        url, bodies = f"{address}/predict", [contestant.body(image) for image in self._images]
        for clients in (FEW, SOME, MANY) if contestant.maker == OURS else (FEW, MANY):
            run = Run(contestant.name, contestant.processes, clients)
            self.results.add(run, self._load(url, bodies, clients).result())
        if contestant.maker == OURS:
            crowd = self._load(url, bodies, MANY)
            probe = self._load(f"{address}/livez", [], 1, PROBE_PAUSE)
            self.results.add(Run(LIVEZ, contestant.processes, MANY), probe.result())
            crowd.result()

    def _load(self, url: str, bodies: Sequence[str], clients: int, pause: float = 0.0) -> Apart:
        return Apart(Load(url, bodies, clients, self._schedule.seconds, self._schedule.warm_up, pause))

    def asides(self, processes: int) -> str:
        """What the tables leave out."""
        livez, many = Run(LIVEZ, processes, MANY), Run(OURS, processes, MANY)
        p50, p99 = (self.results.milliseconds(livez, share) for share in (0.5, 0.99))
        cost = self.results.processor_milliseconds(many)
        return f"/livez at {MANY} clients: p50 {p50:.1f} ms, p99 {p99:.1f} ms; the load costs {cost:.2f} ms a request"

    def megabytes(self, name: str, processes: int) -> float:
        """Of resident memory."""
        return max(
            entry.family.megabytes
            for entry in self._entries
            if (entry.contestant.name, entry.contestant.processes) == (name, processes)
        )
