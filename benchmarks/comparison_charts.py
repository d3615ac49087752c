"""Pictures of the comparison: accuracy against cost, and errors by length."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from benchmarks.compared import LENGTHS, Row

_COLOURS = ("#4269d0", "#ff725c", "#3ca951", "#a463f2", "#efb118", "#6cc5b0", "#9c6b4e", "#97bbf5")
_GRID = "#e8ecf0"
_SETS = {"predecessor": "1 to 5 overlapping digits", "five": "5 digits side by side", "drawn": "1 to 8 digits, drawn"}


def draw_cost(rows: Sequence[Row], path: Path) -> None:
    """A point a network: milliseconds a string across, share of wrong strings up; what nothing beats is joined."""
    figure = Figure(figsize=(13.5, 4.6), layout="constrained")
    for axes, (name, title) in zip(figure.subplots(1, len(_SETS)), _SETS.items(), strict=True):
        points = [
            (row.milliseconds, 1 - row.accuracies[name].exact, row.name, colour)  # type: ignore[operator]
            for row, colour in _coloured(rows)
            if row.milliseconds and name in row.accuracies and row.accuracies[name].exact is not None
        ]
        for milliseconds, wrong, label, colour in points:
            axes.plot([milliseconds], [wrong], marker="o", color=colour, linestyle="none")
            axes.annotate(label, (milliseconds, wrong), (6, 4), textcoords="offset points", fontsize=8)
        front = [point for point in sorted(points) if not any(_beats(other, point) for other in points)]
        axes.plot([p[0] for p in front], [p[1] for p in front], color="#9aa5b1", linewidth=1, zorder=0)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else ""))
        axes.tick_params(axis="x", which="minor", labelsize=8)
        axes.margins(x=0.25, y=0.15)
        axes.set_ylim(0, 1.25 * max((point[1] for point in points), default=0) or 0.01)
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_xlabel("ms a string, one thread")
        axes.set_ylabel("strings not read whole")
        _finish(axes)
    figure.savefig(path, dpi=120)


def draw_lengths(rows: Sequence[Row], path: Path) -> None:
    """Share of wrong strings by their count of digits; networks for one count each are one line together."""
    families: dict[str, dict[int, float]] = defaultdict(dict)
    for row in rows:
        for name, length in LENGTHS.items():
            exact = row.accuracies[name].exact if name in row.accuracies else None
            if exact is not None and name != "phone":
                families[_family(row)][length] = 1 - exact
    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for (family, wrong), colour in zip(families.items(), _cycle(len(families)), strict=True):
        lengths = sorted(wrong)
        axes.plot(lengths, [wrong[length] for length in lengths], marker="o", markersize=4, label=family, color=colour)
    axes.set_xlabel("digits side by side")
    axes.set_ylabel("strings not read whole")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    if families:
        axes.legend(frameon=False, fontsize=8)
    _finish(axes)
    figure.savefig(path, dpi=120)


def _family(row: Row) -> str:
    """A network's name without its count of digits."""
    return row.name if row.fixed_length is None else re.sub(rf"-?{row.fixed_length}(?=\s|$)", "", row.name, count=1)


def _beats(first: tuple[float, float, str, str], second: tuple[float, float, str, str]) -> bool:
    return first[:2] != second[:2] and first[0] <= second[0] and first[1] <= second[1]


def _coloured(rows: Sequence[Row]) -> list[tuple[Row, str]]:
    return list(zip(rows, _cycle(len(rows)), strict=True))


def _cycle(count: int) -> list[str]:
    return [_COLOURS[index % len(_COLOURS)] for index in range(count)]


def _finish(axes: Axes) -> None:
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axes.grid(color=_GRID)
    axes.spines[["top", "right"]].set_visible(False)
