"""The whole way from the bytes of a picture to its reading."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recognizer.alignment import locate
from recognizer.contract import CHARSET
from recognizer.ctc import Logits, best_path, log_softmax, string_log_probability
from recognizer.errors import PictureError
from recognizer.picture_io import MAXIMUM_PIXELS, read_picture
from recognizer.preparation import Prepared, prepare
from recognizer.recognition import NOTHING, Digit, Recognition
from recognizer.session import SHIPPED_MODEL, ModelCard, Session

_LARGEST_BATCH = 32


@dataclass(frozen=True)
class PreparedPicture:
    """What preparation made of one picture, and the picture's shape (height, width)."""

    prepared: Prepared
    shape: tuple[int, int]


class Recognizer:
    """Reads handwritten numbers from PNG and JPEG files. Safe to use from several threads at once."""

    def __init__(
        self, model: Path | str = SHIPPED_MODEL, *, threads: int = 1, maximum_pixels: int = MAXIMUM_PIXELS
    ) -> None:
        """Load a model file, by default the shipped one.

        Raises:
            ModelFileError, ModelContractError
        """
        self._session = Session(Path(model), threads)
        self._maximum_pixels = maximum_pixels

    @property
    def card(self) -> ModelCard:
        return self._session.card

    def read(self, picture: bytes | Path) -> Recognition:
        """Read one picture: the bytes of a PNG or JPEG file, or its path.

        Raises:
            PictureError: it cannot be decoded, or its size is out of the limits. OSError: the path cannot be read.
        """
        found = self.prepare(picture)
        return NOTHING if found is None else self._read_prepared([found])[0]

    def read_many(self, pictures: Iterable[bytes | Path]) -> list[Recognition | PictureError]:
        """Read many pictures, in order; one that cannot be read is answered by its error and harms no other."""
        answers: list[Recognition | PictureError] = []
        by_width: dict[int, list[tuple[int, PreparedPicture]]] = defaultdict(list)
        for index, picture in enumerate(pictures):
            try:
                found = self.prepare(picture)
            except PictureError as error:
                answers.append(error)
                continue
            answers.append(NOTHING)
            if found is not None:
                by_width[found.prepared.pixels.shape[1]].append((index, found))
        for group in by_width.values():
            for start in range(0, len(group), _LARGEST_BATCH):
                batch = group[start : start + _LARGEST_BATCH]
                for (index, _), reading in zip(batch, self._read_prepared([p for _, p in batch]), strict=True):
                    answers[index] = reading
        return answers

    def prepare(self, picture: bytes | Path) -> PreparedPicture | None:
        """Decode and prepare one picture; None where there is no ink. Raises PictureError."""
        data = picture.read_bytes() if isinstance(picture, Path) else picture
        grey = read_picture(data, self._maximum_pixels)
        prepared = prepare(grey)
        return None if prepared is None else PreparedPicture(prepared, (grey.shape[0], grey.shape[1]))

    def _read_prepared(self, pictures: list[PreparedPicture]) -> list[Recognition]:
        """Pictures of one prepared width -> readings."""
        logits = self._session.run(np.stack([picture.prepared.pixels for picture in pictures]))
        return [_decode(sample, picture) for sample, picture in zip(log_softmax(logits), pictures, strict=True)]


def _decode(log_probabilities: Logits, picture: PreparedPicture) -> Recognition:
    """Log probabilities (time steps, classes) -> the best path's string, its exact probability, digits with boxes."""
    labels = best_path(log_probabilities)
    boxes = locate(labels, picture.prepared, picture.shape)
    digits = tuple(
        Digit(CHARSET[label.label], _probability(label.probability), box)
        for label, box in zip(labels, boxes, strict=True)
    )
    log_probability = string_log_probability(log_probabilities, [label.label for label in labels])
    return Recognition("".join(digit.digit for digit in digits), _probability(math.exp(log_probability)), digits)


def _probability(value: float) -> float:
    """Rounding hides the last bits of a float, in which batches may differ (ADR 2)."""
    return round(min(1.0, value), 4)
