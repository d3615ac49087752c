"""The whole way from the bytes of a picture to its reading."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from recognizer.calibration import Calibration
from recognizer.constraint import Constraint
from recognizer.decoding import MAXIMUM_ERROR, PreparedPicture, Question, decode
from recognizer.errors import PictureError
from recognizer.picture_io import MAXIMUM_PIXELS, read_picture
from recognizer.preparation import prepare
from recognizer.recognition import NOTHING, Recognition
from recognizer.search import Lattice
from recognizer.second_look import look
from recognizer.session import SHIPPED_MODEL, ModelCard, Session

_LARGEST_BATCH = 32


class Recognizer:
    """Reads handwritten numbers from PNG and JPEG files. Safe to use from several threads at once."""

    def __init__(
        self,
        model: Path | str = SHIPPED_MODEL,
        *,
        threads: int = 1,
        maximum_pixels: int = MAXIMUM_PIXELS,
        look_again: bool = True,
    ) -> None:
        """Load a model file, by default the shipped one. look_again: at what is read in doubt.

        Raises:
            ModelFileError, ModelContractError
        """
        self._session = Session(Path(model), threads)
        self._maximum_pixels, self._look_again = maximum_pixels, look_again

    @property
    def card(self) -> ModelCard:
        return self._session.card

    @property
    def calibration(self) -> Calibration:
        """What readings are worth, and what that was measured on."""
        return self._session.calibration

    def read(
        self,
        picture: bytes | Path,
        *,
        constraint: Constraint | None = None,
        alternatives: int = 0,
        max_error: float = MAXIMUM_ERROR,
    ) -> Recognition:
        """Read one picture: the bytes of a PNG or JPEG file, or its path.

        constraint: which strings are legal. alternatives: how many of the most probable strings to tell.
        max_error: the share of wrong strings among the accepted that can be lived with.

        Raises:
            PictureError: it cannot be decoded, or its size is out of the limits. OSError: the path cannot be read.
            ConstraintError: the constraint makes no sense. ValueError: the other values are out of their limits.
        """
        return self.answer(picture, Question.of(constraint, alternatives, max_error))

    def answer(self, picture: bytes | Path, question: Question) -> Recognition:
        """As `read`, for a question that is asked of many pictures."""
        found = self.prepare(picture)
        return NOTHING if found is None else self.decode(self.infer([found])[0], found, question)

    def read_many(
        self,
        pictures: Iterable[bytes | Path],
        *,
        constraint: Constraint | None = None,
        alternatives: int = 0,
        max_error: float = MAXIMUM_ERROR,
    ) -> list[Recognition | PictureError]:
        """Read many pictures, in order, as `read` does; one that cannot be read is answered by its error and harms no
        other.
        """
        question = Question.of(constraint, alternatives, max_error)
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
                lattices = self.infer([found for _, found in batch])
                for (index, found), lattice in zip(batch, lattices, strict=True):
                    answers[index] = self.decode(lattice, found, question)
        return answers

    def prepare(self, picture: bytes | Path) -> PreparedPicture | None:
        """Decode and prepare one picture; None where there is no ink. Raises PictureError."""
        data = picture.read_bytes() if isinstance(picture, Path) else picture
        grey = read_picture(data, self._maximum_pixels)
        prepared = prepare(grey)
        return None if prepared is None else PreparedPicture(prepared, (grey.shape[0], grey.shape[1]))

    def infer(self, pictures: Sequence[PreparedPicture]) -> list[Lattice]:
        """Pictures of one prepared width -> a lattice each."""
        return look(self._session, np.stack([picture.prepared.pixels for picture in pictures]), self._look_again)

    def decode(self, lattice: Lattice, picture: PreparedPicture, question: Question) -> Recognition:
        """The lattice of one picture -> its reading."""
        return decode(lattice, picture, question, self._session.calibration)
