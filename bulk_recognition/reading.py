"""The pictures of one part -> its rows: the same here, in another process and on another machine."""

import logging
from collections.abc import Iterator, Sequence

import cv2

from bulk_recognition.errors import ReaderDied
from bulk_recognition.files import contents
from bulk_recognition.pictures import Content, Part, Problem
from bulk_recognition.rows import Asking, Row, pack
from recognizer import PictureError, Recognition, Recognizer

_logger = logging.getLogger(__name__)

_INTERNAL_ERROR = Problem("internal_error", "this is the program's fault; its log says more")


class PartReader:
    """Reads by one thread: whoever wants more has more processes."""

    def __init__(self, asking: Asking) -> None:
        """Raises ModelError, and ReaderDied where the model file is another than the job's, as on another machine."""
        cv2.setNumThreads(1)
        self._asking = asking
        self._recognizer = Recognizer(asking.model)
        if self._recognizer.card.sha256 != asking.card.sha256:
            raise ReaderDied(f"{asking.model} is not the same file here as where the job was started")

    def read(self, part: Part) -> bytes:
        """The rows of a part, packed."""
        return pack(part, self.rows(part), self._asking)

    def rows(self, part: Part) -> list[Row]:
        answers = self._answers(part)
        return [self._asking.row(picture.path, answer) for picture, answer in zip(part.pictures, answers, strict=True)]

    def _answers(self, part: Part) -> list[Recognition | Problem]:
        try:
            return self._read(part)
        except Exception:  # some picture's fault: the others are read all the same
            _logger.warning("part %d is read picture by picture", part.number, exc_info=True)
        answers = list[Recognition | Problem]()
        for picture in part.pictures:
            try:
                answers += self._read(Part(part.number, (picture,)))
            except Exception:
                _logger.exception("%s cannot be read", picture.path)
                answers.append(_INTERNAL_ERROR)
        return answers

    def _read(self, part: Part) -> list[Recognition | Problem]:
        problems: dict[int, Problem] = {}
        readings = iter(self._ask(_files(part, problems)))
        return [
            problems[index] if index in problems else _answer(next(readings)) for index in range(len(part.pictures))
        ]

    def _ask(self, files: Iterator[bytes]) -> Sequence[Recognition | PictureError]:
        asking = self._asking
        return self._recognizer.read_many(
            files, constraint=asking.constraint, alternatives=asking.alternatives, max_error=asking.max_error
        )


def _files(part: Part, problems: dict[int, Problem]) -> Iterator[bytes]:
    """One file at a time; where there is none, why."""
    for index, content in enumerate(load(part)):
        if isinstance(content, Problem):
            problems[index] = content
        else:
            yield content


def load(part: Part) -> Iterator[Content]:
    """The files of a part's pictures, in order."""
    fetched = contents(p.content for p in part.pictures if isinstance(p.content, str))
    for picture in part.pictures:
        if isinstance(picture.content, str):
            yield next(fetched)
        else:
            yield picture.content() if callable(picture.content) else picture.content


def _answer(answer: Recognition | PictureError) -> Recognition | Problem:
    return Problem(answer.code, str(answer)) if isinstance(answer, PictureError) else answer
