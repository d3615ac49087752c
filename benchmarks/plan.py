"""What so many pictures a day take, by what one of them takes: arithmetic, and no measurement."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SECONDS_A_DAY = 86_400
PREFIXES = ("", "k", "M", "G", "T", "P")
BULK_BUSY = 0.9  # of the cores: it has no peaks


@dataclass(frozen=True)
class Costs:
    """Of one picture. served, bulk: seconds of a core, by the API and by the recognizer alone. sent, answered: bytes of
    the request's body and of the answer's. picture: bytes of the file.
    """

    served: float
    bulk: float
    sent: float
    answered: float
    picture: float


@dataclass(frozen=True)
class Assumptions:
    """peak: the busiest second against the mean one. busy: share of the cores that is used at the peak, the rest being
    for what fails, starts or is uneven. node_cores: of a node, of which one is the system's. log_line: bytes a request.
    """

    peak: float = 3.0
    busy: float = 0.6
    node_cores: int = 16
    log_line: float = 400.0


@dataclass(frozen=True)
class Plan:
    """rates: pictures a second. network: bytes a second at the peak, in and out. day: bytes a day of readings and log,
    and of the pictures, where they are kept.
    """

    pictures: float
    mean_rate: float
    peak_rate: float
    cores: int
    nodes: int
    bulk_cores: int
    network: float
    day_readings: float
    day_pictures: float


def plan(pictures: float, costs: Costs, assumptions: Assumptions) -> Plan:
    """For so many pictures a day."""
    mean = pictures / SECONDS_A_DAY
    peak = mean * assumptions.peak
    cores = math.ceil(peak * costs.served / assumptions.busy)
    return Plan(
        pictures,
        mean,
        peak,
        cores,
        math.ceil(cores / (assumptions.node_cores - 1)) + 1,  # one may fail
        math.ceil(mean * costs.bulk / BULK_BUSY),
        peak * (costs.sent + costs.answered),
        pictures * (costs.answered + assumptions.log_line),
        pictures * costs.picture,
    )


HEAD = (
    "pictures a day",
    "a second: mean, peak",
    "cores, nodes to serve",
    "cores for bulk",
    "network at the peak",
    "readings and log a day",
    "pictures a day, if kept",
)


def table(plans: Sequence[Plan]) -> Iterator[str]:
    """In Markdown."""
    yield f"| {' | '.join(HEAD)} |"
    yield f"|{'---|' * len(HEAD)}"
    for one in plans:
        cells = (
            f"{one.pictures:,.0f}",
            f"{one.mean_rate:,.0f}, {one.peak_rate:,.0f}",
            f"{one.cores:,}, {one.nodes:,}",
            f"{one.bulk_cores:,}",
            f"{scaled(one.network * 8)}bit/s",
            f"{scaled(one.day_readings)}B",
            f"{scaled(one.day_pictures)}B",
        )
        yield f"| {' | '.join(cells)} |"


def scaled(value: float) -> str:
    """Two digits and the prefix of a unit."""
    power = min(5, max(0, math.floor(math.log10(value) / 3))) if value else 0
    number = value / 1000**power
    return f"{number:.0f} {PREFIXES[power]}" if number >= 10 else f"{number:.1f} {PREFIXES[power]}"
