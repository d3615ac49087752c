"""Charts of what a recognizer reads wrongly: a confusion matrix, and accuracy by what a string looks like."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model_export.breakdown import (
    NOTHING,
    Share,
    count_confusions,
    digit_height,
    length,
    relative_pen_width,
    share_by,
)
from model_export.evaluation import Reading

_LEAST_STRINGS = 10
"""Fewer say nothing about a share."""
_WIDTHS = (0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25)
_HEIGHTS = (12, 18, 25, 35, 50, 70, 100, 140, 200, 280)
_COLOURS = {"MNIST": "#4269d0", "canvas": "#efb118", "photo": "#ff725c", "form": "#3ca951", "touching": "#a463f2"}
_RIGHT, _TEXT = "#e8ecf0", "#1f2933"


def draw_confusions(readings: Sequence[Reading], path: Path) -> None:
    """Wanted digits down, read digits across; the digits that were read right are only counted, not coloured."""
    counts = count_confusions(readings)
    wrong = counts.astype(np.float64)
    np.fill_diagonal(wrong, np.nan)
    figure = Figure(figsize=(7.6, 7.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor(_RIGHT)
    axes.imshow(wrong, cmap="Reds", vmin=0, vmax=max(1.0, float(np.nanmax(wrong)) * 1.2))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = row != column and wrong[row, column] > 0.6 * np.nanmax(wrong)
            axes.text(column, row, f"{count}", ha="center", va="center", fontsize=9, color="white" if dark else _TEXT)
    names = [*map(str, range(NOTHING))]
    axes.set_xticks(range(11), [*names, "not\nread"])
    axes.set_yticks(range(11), [*names, "none\nthere"])
    axes.set_xlabel("read")
    axes.set_ylabel("true")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    errors = int(np.nansum(wrong))
    axes.set_title(
        f"{errors:,} wrong of {int(counts[:NOTHING].sum()):,} digits in {len(readings):,} strings", loc="left"
    )
    figure.savefig(path, dpi=120)


def draw_accuracies(readings: Sequence[Reading], path: Path) -> None:
    """By length, by the pen's width relative to the digits' height, and by that height; a line a kind of picture."""
    figure = Figure(figsize=(15, 4.6), layout="constrained")
    by_length, by_width, by_height = figure.subplots(1, 3, sharey=True)
    _draw_shares(by_length, readings, length, None)
    _draw_shares(by_width, readings, relative_pen_width, _WIDTHS)
    _draw_shares(by_height, readings, digit_height, _HEIGHTS)
    by_length.set_xlabel("digits in the string")
    by_length.set_ylabel("share of strings read whole")
    by_width.set_xlabel("width of the stroke / height of the digit")
    by_height.set_xlabel("height of the digit, in pixels")
    by_length.xaxis.set_major_locator(MaxNLocator(integer=True))
    by_height.set_xscale("log")
    by_height.set_xticks(_HEIGHTS, [f"{height}" for height in _HEIGHTS])
    by_height.minorticks_off()
    handles = {handle.get_label(): handle for axes in figure.axes for handle in axes.get_legend_handles_labels()[0]}
    if handles:
        figure.legend(handles=list(handles.values()), loc="outside right center", frameon=False)
    figure.savefig(path, dpi=120)


def _draw_shares(
    axes: Axes,
    readings: Sequence[Reading],
    measure: Callable[[Reading], float | None],
    edges: Sequence[float] | None,
) -> None:
    for kind, group in _by_kind(readings).items():
        shares = [share for share in share_by(group, measure, edges) if share.strings >= _LEAST_STRINGS]
        if shares:
            _draw_line(axes, kind, shares)
    axes.grid(axis="y", color=_RIGHT)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_line(axes: Axes, kind: str, shares: Sequence[Share]) -> None:
    exact = np.array([share.exact for share in shares])
    low, high = np.array([share.interval for share in shares]).T
    axes.errorbar(
        [share.value for share in shares],
        exact,
        yerr=np.maximum(0, (exact - low, high - exact)),
        label=kind,
        color=_COLOURS.get(kind, _TEXT),
        marker="o",
        markersize=4,
        linewidth=1.4,
        elinewidth=0.7,
        capsize=2,
    )


def _by_kind(readings: Sequence[Reading]) -> Mapping[str, list[Reading]]:
    groups: dict[str, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.kind, []).append(reading)
    return groups
