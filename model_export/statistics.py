"""Figures of shares and confidences."""

import math

import numpy as np
import numpy.typing as npt

_STANDARD_DEVIATIONS = 1.96  # 95% of a normal distribution
_BINS = 15


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95% confidence interval of a share (E. B. Wilson, 1927)."""
    z = _STANDARD_DEVIATIONS
    centre = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def paired_interval(lost: int, won: int, count: int) -> tuple[float, float]:
    """95% confidence interval of (lost - won) / count, of pairs that differ in these cases.

    A. Agresti, Y. Min, Simple Improved Confidence Intervals for Comparing Matched Proportions, 2005.
    """
    share = (lost - won) / (count + 2)
    half = _STANDARD_DEVIATIONS * math.sqrt(((lost + won + 1) / (count + 2) - share * share) / (count + 2))
    return share - half, share + half


def calibration_error(confidences: npt.NDArray[np.float64], rights: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error: |mean confidence - share right| over bins of as many readings each, weighted.

    C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017; of equal mass, as most are high.
    """
    order = np.argsort(confidences, kind="stable")
    parts = [part for part in np.array_split(order, _BINS) if len(part)]
    return float(sum(len(part) * abs(confidences[part].mean() - rights[part].mean()) for part in parts) / len(order))
