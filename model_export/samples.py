"""What test sets are made from and of: held-out digits, and labelled pictures."""

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from model_training.label_errors import without_wrong_strokes
from number_generator import DigitSourceError, Glyphs, PenStrings, load_mnist, part_writers, read_unipen

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Drawing:
    """A picture, uint8 (height, width) or (height, width, 3), the number in it, and what is known of its digits.

    kind: what made the picture, such as "MNIST" or "photo". digit_height, pen_width: of the ink, in pixels.
    """

    picture: Pixels
    digits: str
    kind: str
    digit_height: float | None = None
    pen_width: float | None = None


@dataclass(frozen=True)
class Sample:
    """A drawing as the bytes of a PNG file."""

    png: bytes
    digits: str
    kind: str = ""
    digit_height: float | None = None
    pen_width: float | None = None


def pack(drawing: Drawing) -> Sample:
    packed = io.BytesIO()
    Image.fromarray(drawing.picture).save(packed, "PNG", compress_level=1)
    return Sample(packed.getvalue(), drawing.digits, drawing.kind, drawing.digit_height, drawing.pen_width)


def measure_pen(ink: Pixels) -> float:
    """Mean width of strokes in pixels, of white ink on black, uint8 (height, width).

    A stroke has two edges as long as itself, so it is twice its area over the length of all edges, which is the sum
    of the gradient (the coarea formula).
    """
    levels = np.pad(ink.astype(np.float32), 1)
    down, right = np.diff(levels, axis=0)[:, :-1], np.diff(levels, axis=1)[:-1]
    edges = float(np.hypot(down, right).sum())
    return 2 * float(levels.sum()) / edges if edges else 0.0


class Sources:
    """Held-out digits, loaded when they are first needed: "mnist", its test split, "pen", unseen writers.

    "nothing" is what a set needs that draws no digits.
    """

    def __init__(self, mnist_folder: Path | None, pen_file: Path | None) -> None:
        self._mnist_folder, self._pen_file = mnist_folder, pen_file

    def has(self, source: str) -> bool:
        return source != "pen" or self._pen_file is not None

    def missing(self, source: str) -> str | None:
        """Why a source cannot be had; None where it can.

        Raises:
            GeneratorError: the file or folder that was given cannot be read.
        """
        if not self.has(source):
            return "it needs --pen-file"
        try:
            self.load(source)
        except DigitSourceError as error:
            if source == "mnist" and self._mnist_folder is None:  # nobody gave it: the network is at fault
                return str(error)
            raise
        return None

    def load(self, source: str) -> None:
        """Load a source now. Raises GeneratorError."""
        if source != "nothing":
            _ = self.glyphs if source == "mnist" else self.pen

    @cached_property
    def glyphs(self) -> Glyphs:
        return load_mnist("test", self._mnist_folder)

    @cached_property
    def pen(self) -> PenStrings:
        assert self._pen_file is not None
        return PenStrings(without_wrong_strokes(part_writers(read_unipen(self._pen_file))[1]))
