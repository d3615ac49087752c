from pathlib import Path

import numpy as np
import pytest

from model_training.kept_strings import BatchesOfOneWidth, KeptStrings
from number_generator import Glyphs, load_mnist, part_training_glyphs


def make(mnist_folder: Path, keep: Path | None, **settings: int | float | None) -> KeptStrings:
    small: dict[str, int | float | None] = {"num_train": 12, "num_val": 5, "num_test": 4, "batch_size": 4}
    data = KeptStrings(str(mnist_folder), keep=None if keep is None else str(keep), **(small | settings))  # type: ignore[arg-type]
    data.setup()
    return data


def labels(data: KeptStrings) -> list[str]:
    return sorted(label for batch in data.train_dataloader() for label in batch.strings())


def test_sets_are_made_once_and_found_again(mnist_folder: Path, tmp_path: Path) -> None:
    first = make(mnist_folder, tmp_path, digits=3)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = make(mnist_folder, tmp_path, digits=3)
    assert len(kept) == 2  # the test split is not looked at before the end
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == kept
    assert labels(again) == labels(first)
    pictures = [batch.pictures for data in (first, again) for batch in data.validation_batches("strings")]
    assert pictures[0].equal(pictures[len(pictures) // 2])


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"digits": 2}, {"num_train": 13}, {"augmentation": 0.1}],
    ids=["seed", "digits", "count", "augmentation"],
)
def test_other_settings_make_other_sets(other: dict[str, int | float], mnist_folder: Path, tmp_path: Path) -> None:
    make(mnist_folder, tmp_path, digits=3, num_val=1)
    before = len(list(tmp_path.iterdir()))
    make(mnist_folder, tmp_path, **({"digits": 3, "num_val": 1} | other))
    assert len(list(tmp_path.iterdir())) > before


def test_strings_are_as_long_as_wanted_or_of_one_to_five_digits(mnist_folder: Path) -> None:
    assert {len(label) for label in labels(make(mnist_folder, None, digits=9))} == {9}
    lengths = {len(label) for label in labels(make(mnist_folder, None, digits=None, num_train=60))}
    assert lengths == {1, 2, 3, 4, 5}


def test_test_strings_are_of_the_test_split(mnist_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make(mnist_folder, None, digits=2)
    asked = []

    def load(split: str, folder: Path | None) -> Glyphs:
        asked.append(split)
        return load_mnist(split, folder)  # type: ignore[arg-type]

    monkeypatch.setattr("model_training.kept_strings.load_mnist", load)
    assert sum(len(batch.lengths) for batch in data.test_batches()) == 4
    assert asked == ["test"]
    training, validation = part_training_glyphs(load_mnist("train", mnist_folder))
    assert len(training) + len(validation) == 60_000


def test_every_batch_is_of_one_width_and_every_sample_comes_once_an_epoch() -> None:
    widths = [64] * 10 + [96] * 5 + [128]
    batches = BatchesOfOneWidth(widths, 4, [0])
    first, second = list(batches), list(batches)
    assert len(batches) == len(first) == 3 + 2 + 1
    for epoch in (first, second):
        assert sorted(index for batch in epoch for index in batch) == list(range(16))
        assert all(len({widths[index] for index in batch}) == 1 for batch in epoch)
    assert first != second


def test_processes_share_the_batches_and_have_as_many_each() -> None:
    widths = np.random.default_rng(0).choice([64, 96], 45).tolist()
    parts = [list(BatchesOfOneWidth(widths, 4, [0], (rank, 2))) for rank in (0, 1)]
    assert len(parts[0]) == len(parts[1]) == len(BatchesOfOneWidth(widths, 4, [0], (0, 2)))
    seen = [index for part in parts for batch in part for index in batch]
    assert len(seen) == len(set(seen))
