from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from model_training import batches
from model_training.batches import Batch, EndlessStrings, collate
from model_training.string_maker import Shares, StringMaker
from model_training.strings_data import StringsData
from number_generator import Glyphs, MnistStrings
from recognizer.preparation import HEIGHT


def first(maker: StringMaker, *seeds: int) -> list[Batch]:
    return list(islice(EndlessStrings(maker, columns=2048, seeds=seeds), 5))


@pytest.mark.parametrize(
    "shares",
    [Shares(0, 0, 0, 0), Shares(0, 1, 0), Shares(0, 0, 1), Shares(0, 0, 0, 1), Shares(0, 0.3, 0.3), Shares(other=1)],
    ids=["clean", "photographed", "on forms", "surrounded", "mixed", "no numbers"],
)
def test_every_batch_is_of_one_width_and_about_one_size(glyphs: Glyphs, shares: Shares) -> None:
    for batch in first(StringMaker(MnistStrings(glyphs), None, shares), 0):
        count, height, width = batch.pictures.shape
        assert batch.pictures.dtype == torch.uint8
        assert height == HEIGHT
        assert 2048 <= count * width < 2048 + width
        assert len(batch.targets) == int(batch.lengths.sum())


def test_strings_are_the_same_for_a_seed_and_others_after_a_resume_and_in_other_processes(glyphs: Glyphs) -> None:
    maker = StringMaker(MnistStrings(glyphs), None, Shares())
    start, again, resumed, beside = (
        first(maker, 0, step, process)[0].strings() for step, process in ((0, 0), (0, 0), (500, 0), (0, 1))
    )
    assert start == again
    assert start != resumed
    assert start != beside


def test_every_batch_is_used_as_often_as_wanted_and_not_at_once(
    glyphs: Glyphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_KEPT_BATCHES", 4)
    strings = EndlessStrings(StringMaker(MnistStrings(glyphs), None, Shares(0, 0, 0, 0)), 512, (1,), uses=3)
    seen = [batch.pictures.numpy().tobytes() for batch in islice(strings, 120)]
    uses = Counter(seen)
    assert set(uses.values()) <= {1, 2, 3}
    assert sum(count == 3 for count in uses.values()) > 30
    assert sum(first == second for first, second in pairwise(seen)) < 20


def test_a_batch_gives_its_strings_back() -> None:
    pixels = np.zeros((HEIGHT, 64), np.uint8)
    assert collate([(pixels, "40950"), (pixels, "0"), (pixels, "")]).strings() == ["40950", "0", ""]


@pytest.mark.timeout(120)
def test_real_data_validate_on_each_kind_of_picture(mnist_folder: Path, pen_file: Path) -> None:
    data = StringsData(str(mnist_folder), str(pen_file), validation_strings=20, workers=0, columns=1024)
    data.setup()
    assert data.validation_names[-1] == "other"
    counts = [sum(len(batch.lengths) for batch in loader) for loader in data.val_dataloader()]
    assert 4 <= counts[-1] <= 6  # in some empty forms there is no ink at all
    assert dict(zip(data.validation_names, counts, strict=True)) == {
        "mnist": 20,
        "drawn": 20,
        "photographed": 20,
        "forms": 20,
        "surrounded": 20,
        "long": 6,
        "long_mnist": 6,
        "other": counts[-1],
    }


@pytest.mark.timeout(120)
def test_a_worker_process_makes_strings(mnist_folder: Path) -> None:
    data = StringsData(str(mnist_folder), validation_strings=1, workers=1, columns=1024)
    data.setup()
    loader = iter(data.train_dataloader())
    assert next(loader).strings() != next(loader).strings()
