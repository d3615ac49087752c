from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from model_training.strings_data import Batch, EndlessStrings, StringMaker, StringsData, collate
from number_generator import Glyphs, MnistStrings
from recognizer.preparation import HEIGHT


@pytest.fixture
def maker(glyphs: Glyphs) -> StringMaker:
    return StringMaker(MnistStrings(glyphs), None, pen_share=0.5, photo_share=0.3)


def first(maker: StringMaker, seed: int, first_step: int) -> list[Batch]:
    return list(islice(EndlessStrings(maker, columns=2048, seed=seed, first_step=first_step), 5))


def test_every_batch_is_of_one_width_and_about_one_size(maker: StringMaker) -> None:
    for batch in first(maker, seed=0, first_step=0):
        count, height, width = batch.pictures.shape
        assert batch.pictures.dtype == torch.uint8
        assert height == HEIGHT
        assert 2048 <= count * width < 2048 + width
        assert len(batch.targets) == int(batch.lengths.sum())


def test_strings_are_the_same_for_a_seed_and_others_after_a_resume(maker: StringMaker) -> None:
    start, again, resumed = (first(maker, 0, step)[0].strings() for step in (0, 0, 500))
    assert start == again
    assert start != resumed


def test_a_batch_gives_its_strings_back() -> None:
    pixels = np.zeros((HEIGHT, 64), np.uint8)
    assert collate([(pixels, "40950"), (pixels, "0"), (pixels, "")]).strings() == ["40950", "0", ""]


@pytest.mark.timeout(120)
def test_real_data_validate_on_both_sources(mnist_folder: Path, pen_file: Path) -> None:
    data = StringsData(str(mnist_folder), str(pen_file), validation_strings=20, workers=0, columns=1024)
    data.setup()
    assert data.validation_names == ["mnist", "drawn"]
    for loader in data.val_dataloader():
        assert sum(len(batch.lengths) for batch in loader) == 20


@pytest.mark.timeout(120)
def test_a_worker_process_makes_strings(mnist_folder: Path) -> None:
    data = StringsData(str(mnist_folder), validation_strings=1, workers=1, columns=1024)
    data.setup()
    loader = iter(data.train_dataloader())
    assert next(loader).strings() != next(loader).strings()
