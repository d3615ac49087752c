"""A model beside a smaller one made of it: the same pictures read by both, and whether it may ship."""

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from tqdm import tqdm

from model_export.samples import Sample
from model_export.statistics import paired_interval
from model_export.test_sets import TEST_SETS
from recognizer import Recognizer
from recognizer.decoding import PreparedPicture, Question
from recognizer.search import Lattice

MOST_COST = 0.1
"""Points, of a hundred strings, that the smaller model may read fewer of any set."""
LEAST_SPEED_UP = 1.2
BATCH = 8
"""Pictures, as the server's largest batch holds by default."""

Times = Mapping[tuple[int, int], list[tuple[float, float]]]
"""(pictures, their width) -> processor seconds of the model and of the smaller one, of each time both were run."""


@dataclass(frozen=True)
class Comparison:
    """Of one set. right: strings that the model reads whole; lost: of these, those that the smaller one does not.

    won: strings that the smaller one alone reads.
    """

    strings: int
    right: int
    lost: int
    won: int
    times: Times

    @property
    def read_by_smaller(self) -> int:
        """Strings, whole."""
        return self.right - self.lost + self.won

    @property
    def cost(self) -> float:
        """Points; below 0 where the smaller model reads more."""
        return 100 * (self.lost - self.won) / self.strings

    @property
    def interval(self) -> tuple[float, float]:
        """Of the cost, 95%."""
        low, high = paired_interval(self.lost, self.won, self.strings)
        return 100 * low, 100 * high

    def speed_up(self, pictures: int) -> float:
        """How many times as fast the smaller model is on batches of so many; nan where there were none."""
        return _ratio(pair for (count, _), pairs in self.times.items() if count == pictures for pair in pairs)


def compare(
    model: Recognizer, smaller: Recognizer, samples: Iterable[Sample], description: str = "", total: int | None = None
) -> Comparison:
    """Read every sample with both, and time the networks alone, on single pictures and batches of one width."""
    race = _Race(model, smaller)
    rights: list[tuple[bool, bool]] = []
    waiting: dict[int, list[PreparedPicture]] = defaultdict(list)
    for sample in tqdm(samples, desc=description, total=total, unit="string", leave=False, disable=None):
        found = model.prepare(sample.png)
        if found is None:
            rights.append((not sample.digits, not sample.digits))
            continue
        first, second = race.read(found)
        rights.append((first == sample.digits, second == sample.digits))
        group = waiting[found.prepared.pixels.shape[1]]
        group.append(found)
        if len(group) == BATCH:
            race.run(group)
            group.clear()
    return Comparison(
        strings=len(rights),
        right=sum(first for first, _ in rights),
        lost=sum(first and not second for first, second in rights),
        won=sum(second and not first for first, second in rights),
        times=race.times,
    )


class _Race:
    """Runs two networks, of one thread, on the same pictures; the one that begins changes every time.

    The clock is the thread's own: what else the machine does takes nothing of it.
    """

    def __init__(self, model: Recognizer, smaller: Recognizer) -> None:
        self._recognizers = (model, smaller)
        self._runs = 0
        self.times: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)

    def read(self, picture: PreparedPicture) -> tuple[str, str]:
        """Both readings."""
        outputs = self.run([picture])
        first, second = (
            recognizer.decode(output[0], picture, Question()).prediction
            for recognizer, output in zip(self._recognizers, outputs, strict=True)
        )
        return first, second

    def run(self, pictures: list[PreparedPicture]) -> tuple[list[Lattice], list[Lattice]]:
        """What both see."""
        turns = (0, 1) if self._runs % 2 else (1, 0)
        self._runs += 1
        outputs, seconds = {}, {}
        for turn in turns:
            start = time.thread_time()
            outputs[turn] = self._recognizers[turn].infer(pictures)
            seconds[turn] = time.thread_time() - start
        self.times[len(pictures), pictures[0].prepared.pixels.shape[1]].append((seconds[0], seconds[1]))
        return outputs[0], outputs[1]


def objections(comparisons: Mapping[str, Comparison], sets: Iterable[str] = tuple(TEST_SETS)) -> list[str]:
    """Why the smaller model may not ship; nothing where it may: each set compared, cheap and fast enough."""
    missing = [name for name in sets if name not in comparisons]
    found = [f"not compared: {', '.join(missing)}"] if missing else []
    for name, comparison in comparisons.items():
        if round(comparison.cost, 6) > MOST_COST:
            low, high = comparison.interval
            reason = f"{name}: costs {comparison.cost:.2f} points ({low:.2f} to {high:.2f}), more than {MOST_COST}"
            found.append(reason if low > MOST_COST else f"{reason}; may be chance: more strings (--count) tell")
        for pictures in (1, BATCH):
            speed_up = comparison.speed_up(pictures)
            if speed_up < LEAST_SPEED_UP:
                found.append(f"{name}: only {speed_up:.2f} times as fast, {_sizes(pictures)}")
    return found


def accuracy_table(comparisons: Mapping[str, Comparison]) -> str:
    """Markdown, a row a set, and one of all sets together."""
    titles = ("set", "strings", "read whole", "int8", "cost in points (95% interval)", "lost, won")
    rows = [
        f"| {' | '.join(titles)} | times as fast, {_sizes(1)} | {_sizes(BATCH)} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, comparison in [*comparisons.items(), ("all", together(comparisons.values()))]:
        low, high = comparison.interval
        cells = (
            name,
            f"{comparison.strings}",
            f"{comparison.right / comparison.strings:.4f}",
            f"{comparison.read_by_smaller / comparison.strings:.4f}",
            f"{comparison.cost:.2f} ({low:.2f} to {high:.2f})",
            f"{comparison.lost}, {comparison.won}",
            f"{comparison.speed_up(1):.2f}",
            f"{comparison.speed_up(BATCH):.2f}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def together(comparisons: Iterable[Comparison]) -> Comparison:
    """All strings as one set."""
    strings = right = lost = won = 0
    times: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for one in comparisons:
        strings, right, lost, won = strings + one.strings, right + one.right, lost + one.lost, won + one.won
        for key, pairs in one.times.items():
            times[key] += pairs
    return Comparison(strings, right, lost, won, times)


def time_table(times: Times) -> str:
    """Markdown, a row a width of prepared pictures."""
    rows = ["| pictures | width | runs | ms | ms, int8 | times as fast |", "|---|---|---|---|---|---|"]
    for (pictures, width), pairs in sorted(times.items()):
        first, second = (1000 * median(seconds) for seconds in zip(*pairs, strict=True))
        rows.append(f"| {pictures} | {width} | {len(pairs)} | {first:.2f} | {second:.2f} | {_ratio(pairs):.2f} |")
    return "\n".join(rows)


def _ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """The median: single runs are disturbed by what shares the processor's caches."""
    ratios = [first / second for first, second in pairs if second]  # some systems' clocks stand still for long
    return median(ratios) if ratios else math.nan


def _sizes(pictures: int) -> str:
    return "alone" if pictures == 1 else f"in batches of {pictures}"
