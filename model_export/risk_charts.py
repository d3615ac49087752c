"""Charts of confidence: what it is worth, and what it costs to be sure."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from model_export.evaluation import Score
from model_export.statistics import wilson_interval

_GROUPS = 10
_GRID = "#e8ecf0"
_COLOURS = ("#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#6cc5b0", "#9c6b4e", "#97bbf5")


def draw_reliability(scores: Mapping[str, Score], path: Path) -> None:
    """Share of strings that are right by confidence, in groups of as many strings; the diagonal would be perfect.

    A. Niculescu-Mizil, R. Caruana, Predicting Good Probabilities With Supervised Learning, ICML 2005.
    """
    figure = Figure(figsize=(3.6 * len(scores), 3.9), layout="constrained")
    panels = figure.subplots(1, len(scores), sharey=True, squeeze=False)[0]
    for axes, (name, score), colour in zip(panels, scores.items(), _cycle(len(scores)), strict=True):
        confidences, rights = score.confidences, score.rights
        groups = np.array_split(np.argsort(confidences, kind="stable"), _GROUPS)
        points = [
            (confidences[g].mean(), rights[g].mean(), *wilson_interval(float(rights[g].mean()), len(g)))
            for g in groups
            if len(g)
        ]
        x, y, low, high = np.array(points).T
        axes.plot([0, 1], [0, 1], color="#9aa5b1", linewidth=1, linestyle="--")
        axes.errorbar(x, y, yerr=np.maximum(0, (y - low, high - y)), fmt="o", color=colour, markersize=4, capsize=2)
        axes.set_title(f"{name}: off by {score.calibration_error:.3f}", loc="left", fontsize=10)
        axes.set_xlabel("confidence")
        axes.grid(color=_GRID)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("share of strings that are right")
    figure.savefig(path, dpi=120)


def draw_risk_coverage(scores: Mapping[str, Score], path: Path) -> None:
    """Share of wrong strings among those accepted, by how many are accepted, as the threshold falls.

    Y. Geifman, R. El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017.
    """
    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for (name, score), colour in zip(scores.items(), _cycle(len(scores)), strict=True):
        confidences, rights = score.confidences, score.rights
        wrong = np.cumsum(~rights[np.argsort(-confidences, kind="stable")])
        counts = np.arange(1, len(wrong) + 1)
        axes.plot(counts / len(wrong), wrong / counts, label=name, color=colour, linewidth=1.5)
    axes.set_xlabel("share of strings accepted, the surest first")
    axes.set_ylabel("wrong among them")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(color=_GRID)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def _cycle(count: int) -> list[str]:
    return [_COLOURS[index % len(_COLOURS)] for index in range(count)]
