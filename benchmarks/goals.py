"""The service's goals, each beside its figure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.contestants import BENTOML, LITSERVE, OURS
from benchmarks.results import FEW, FLOOR, LIVEZ, MANY, Results, Run


@dataclass(frozen=True)
class Goal:
    """limit: the least that the figure may be, or, where it is an upper one, the most. figure: None: not measured."""

    text: str
    limit: float
    figure: float | None
    is_upper: bool = False
    unit: str = ""

    @property
    def is_met(self) -> bool:
        if self.figure is None:
            return False
        return self.figure <= self.limit if self.is_upper else self.figure >= self.limit

    @property
    def row(self) -> str:
        if self.figure is None:
            return f"| {self.text} | not measured | - |"
        return f"| {self.text} | {self.figure:.2f}{self.unit} | {'yes' if self.is_met else 'no'} |"


def judge(results: Results, processes: int, cores: int, seconds_to_start: float, megabytes: float) -> list[Goal]:
    """Of this service and all others in as many processes."""
    few, many = Run(OURS, processes, FEW), Run(OURS, processes, MANY)
    livez = Run(LIVEZ, processes, MANY)
    one_thread, all_threads = Run(FLOOR, 1, 1), Run(FLOOR, 1, cores)

    def against(maker: str, run: Run) -> float | None:
        """The ratio to the maker's best setting."""
        theirs = (
            r for r in results if r.name.startswith(maker) and (r.processes, r.clients) == (processes, run.clients)
        )
        best = results.best(theirs)
        return None if best is None else results.ratio(run, best)

    slowdown = results.milliseconds(few, 0.5) / results.milliseconds(one_thread, 0.5)
    return [
        Goal("throughput at 32 clients: at least 0.75 of the floor's", 0.75, results.ratio(many, all_threads)),
        Goal("p50 at 1 client: at most 1.4 times the floor's time a picture", 1.4, slowdown, is_upper=True),
        Goal("throughput at 1 client: at least 1.3 times LitServe's best", 1.3, against(LITSERVE, few)),
        Goal("throughput at 32 clients: at least LitServe's best", 1.0, against(LITSERVE, many)),
        Goal("throughput at 1 client: at least BentoML's best", 1.0, against(BENTOML, few)),
        Goal("throughput at 32 clients: at least BentoML's best", 1.0, against(BENTOML, many)),
        Goal("p99 of /livez at 32 clients: under 10 ms", 10.0, results.milliseconds(livez, 0.99), True, " ms"),
        Goal("cold start, process to ready: under 1.5 s", 1.5, seconds_to_start, True, " s"),
        Goal("resident memory of the API: under 200 MB", 200.0, megabytes, True, " MB"),
    ]


def table(goals: Iterable[Goal]) -> Iterator[str]:
    yield "| goal | figure | met |"
    yield "|---|---|---|"
    yield from (goal.row for goal in goals)
