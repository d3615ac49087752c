"""Single digits, cut out of strings where a reader of strings tells them, to train a network on."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import IterableDataset, get_worker_info

from model_training.batches import Batch, EndlessStrings, FixedStrings
from model_training.string_maker import Sample, StringMaker
from model_training.strings_data import StringsData
from recognizer.ctc import log_softmax
from recognizer.decoding import find_labels
from recognizer.preparation import HEIGHT
from recognizer.search import Candidate, Lattice
from recognizer.session import SHIPPED_MODEL, Session
from recognizer.single_digits import WINDOW_WIDTH, cut_digits

Pixels = npt.NDArray[np.uint8]

_KEPT = 60_000  # digits to choose from: neighbours in time are of one string
_FIRST = 4_000  # before the first batch
_CHANGED_SHARE = 0.8
_SLANT, _TURN = 0.15, 0.06  # at most, columns a row and rows a column
_WIDTHS, _HEIGHTS = (0.9, 1.1), (0.94, 1.06)
_MOVE = (2.0, 1.0)  # columns and rows at most


class DigitWindows(StringsData):
    """The digits of StringsData's strings, one a picture; strings to validate on give theirs, kind by kind.

    reader: a model file, which tells where in a string its digits stand. windows: digits a batch. columns: of pixels
    of the strings that are read together. uses: of each digit, changed a little each time. Others as StringsData.
    """

    fixed_length = 1

    def __init__(
        self,
        reader: str = str(SHIPPED_MODEL),
        windows: int = 256,
        columns: int = 1600,
        uses: int = 5,
        **strings: Any,
    ) -> None:
        super().__init__(columns=columns, **strings)
        self._reader, self._windows, self._digit_uses = Path(reader), windows, uses

    def setup(self, stage: str | None = None) -> None:
        if self._maker is not None:
            return
        super().setup(stage)
        session = Session(self._reader)
        kinds = {name: list(_cut(batches, session)) for name, batches in self._validation.items()}
        self._validation = {name: FixedStrings(digits, self._windows) for name, digits in kinds.items() if digits}

    def make_batches(self, maker: StringMaker, seeds: tuple[int, ...]) -> IterableDataset[Batch]:
        strings = EndlessStrings(maker, self._columns, seeds)
        return EndlessDigits(strings, self._reader, self._windows, self._digit_uses, seeds)


class EndlessDigits(IterableDataset[Batch]):
    """Batches of single digits out of endless strings, each used about `uses` times, changed a little each time."""

    def __init__(
        self, strings: EndlessStrings, reader: Path, batch_size: int, uses: int, seeds: tuple[int, ...]
    ) -> None:
        self._strings, self._reader = strings, reader
        self._batch_size, self._uses, self._seeds = batch_size, uses, seeds

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        generator = np.random.default_rng([*self._seeds, worker.id if worker else 0])
        windows = np.empty((_KEPT, HEIGHT, WINDOW_WIDTH), np.uint8)
        digits = np.empty(_KEPT, np.int64)
        used = 0
        for made, (window, digit) in enumerate(_cut(self._strings, Session(self._reader)), start=1):
            windows[made % _KEPT], digits[made % _KEPT] = window, int(digit)  # in place of the oldest
            if made >= _FIRST and (made - _FIRST) * self._uses >= used + self._batch_size:
                chosen = generator.integers(1, min(made + 1, _KEPT), size=self._batch_size)
                changed = np.stack([change(windows[index], generator) for index in chosen])
                used += self._batch_size
                ones = torch.ones(self._batch_size, dtype=torch.int64)
                yield Batch(torch.from_numpy(changed), torch.from_numpy(digits[chosen]), ones)


def change(window: Pixels, generator: np.random.Generator) -> Pixels:
    """Most windows, uint8 (HEIGHT, WINDOW_WIDTH), are slanted, turned, stretched and moved a little."""
    if generator.random() > _CHANGED_SHARE:
        return window
    slant, turn = generator.uniform(-_SLANT, _SLANT), generator.uniform(-_TURN, _TURN)
    matrix = np.array([[generator.uniform(*_WIDTHS), slant], [turn, generator.uniform(*_HEIGHTS)]])
    middle = np.array([WINDOW_WIDTH - 1, HEIGHT - 1]) / 2
    moved = middle + generator.uniform(-1, 1, 2) * _MOVE - matrix @ middle
    return np.asarray(cv2.warpAffine(window, np.column_stack((matrix, moved)), (WINDOW_WIDTH, HEIGHT)), np.uint8)


def _cut(batches: Iterable[Batch], session: Session) -> Iterator[Sample]:
    """The digits of strings, uint8 (HEIGHT, WINDOW_WIDTH) each, where the reader tells them or, misreading, would."""
    for batch in batches:
        pictures = batch.pictures.numpy()
        for pixels, log, string in zip(pictures, log_softmax(session.run(pictures)), batch.strings(), strict=True):
            if string:
                wanted = Candidate(tuple(int(digit) for digit in string), 1.0)
                yield from zip(cut_digits(pixels, find_labels(Lattice(log), wanted)), string, strict=True)
