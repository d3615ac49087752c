"""A grid of strings with what is read in them: green where it is right, red where not."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

_COLUMNS = 4
_RIGHT, _WRONG = "#2a8a4a", "#c62f2f"


def draw_readings(
    pictures: Sequence[npt.NDArray[np.uint8]], wanted: Sequence[str], read: Sequence[str], path: Path
) -> None:
    """pictures: uint8 (height, width) each, ink bright; written as PNG."""
    from matplotlib.figure import Figure  # takes a second to import

    rows = max(1, -(-len(pictures) // _COLUMNS))
    figure = Figure(figsize=(3.2 * _COLUMNS, 0.95 * rows), layout="constrained")
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).flatten()
    for panel in panels:
        panel.set_axis_off()
    for panel, picture, truth, reading in zip(panels, pictures, wanted, read, strict=False):
        panel.imshow(255 - picture, cmap="gray", vmin=0, vmax=255)
        is_right = truth == reading
        text = reading or "nothing"
        panel.set_title(
            text if is_right else f"{text}, not {truth or 'anything'}",
            color=_RIGHT if is_right else _WRONG,
            fontsize=10,
            pad=2,
        )
    figure.savefig(path, dpi=100)
