import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pytest

from number_generator import DataGenerator, LayoutError
from tests.conftest import ROOT


@pytest.fixture
def endless(mnist_folder: Path) -> DataGenerator:
    return DataGenerator(4, seed=3, data_folder=mnist_folder)


def numbers_of(batches: DataGenerator, count: int) -> list[list[str]]:
    return [numbers.tolist() for _, numbers in islice(batches, count)]


def test_batches_are_pictures_and_their_numbers(endless: DataGenerator) -> None:
    pictures, numbers = next(iter(endless))
    assert pictures.dtype == np.float32
    assert pictures.shape == endless.shape == (4, 28, 11 * 28)
    assert numbers.shape == (4,)
    assert all(len(number) == 11 and number[0] == "0" for number in numbers)
    assert (pictures.min(), pictures.max()) == (0, 1)


@pytest.mark.parametrize("augment", [False, True])
def test_batches_differ_from_each_other_and_repeat_by_seed(augment: bool, mnist_folder: Path) -> None:
    first, again, other = (
        DataGenerator(4, 350, augment=augment, seed=seed, data_folder=mnist_folder) for seed in (3, 3, 4)
    )
    batches = list(islice(first, 5))
    assert len({pictures.tobytes() for pictures, _ in batches}) == 5
    assert len(np.unique([numbers for _, numbers in batches])) == 20
    for (pictures, numbers), (pictures_again, numbers_again) in zip(batches, again, strict=False):
        np.testing.assert_array_equal(pictures, pictures_again)
        np.testing.assert_array_equal(numbers, numbers_again)
    assert numbers_of(other, 1) != numbers_of(first, 1)


def test_without_a_seed_each_generator_is_another_and_tells_its_seed(mnist_folder: Path) -> None:
    first, other = (DataGenerator(4, data_folder=mnist_folder) for _ in range(2))
    assert numbers_of(first, 2) != numbers_of(other, 2)
    assert numbers_of(first, 2) == numbers_of(DataGenerator(4, seed=first.seed, data_folder=mnist_folder), 2)


def test_a_given_number_of_batches_has_an_end_and_any_is_there_at_once(mnist_folder: Path) -> None:
    batches = DataGenerator(2, length=(1, 3), batches=5, seed=0, data_folder=mnist_folder)
    assert len(batches) == len(list(batches)) == 5
    np.testing.assert_array_equal(batches[3][0], list(batches)[3][0])
    for index in (5, -1):
        with pytest.raises(IndexError):
            batches[index]


def test_without_an_end_there_is_no_length(endless: DataGenerator) -> None:
    with pytest.raises(TypeError, match="no end"):
        len(endless)


def test_shards_share_the_batches(endless: DataGenerator) -> None:
    whole = numbers_of(endless, 9)
    parts = [numbers_of(endless.shard(index, 3), 3) for index in range(3)]
    assert [parts[index % 3][index // 3] for index in range(9)] == whole
    assert numbers_of(endless.shard(1, 3).shard(1, 2), 1) == [whole[4]]
    with pytest.raises(LayoutError, match="none with the index 3"):
        endless.shard(3, 3)


def test_threads_may_share_an_iterator(endless: DataGenerator) -> None:
    batches = iter(endless)
    with ThreadPoolExecutor(4) as pool:
        drawn = [tuple(numbers) for _, numbers in pool.map(lambda _: next(batches), range(40))]
    assert sorted(drawn) == sorted(tuple(numbers) for numbers in numbers_of(endless, 40))


def test_workers_of_torch_make_the_batches_of_a_single_process(endless: DataGenerator) -> None:
    from torch.utils.data import DataLoader

    loader = DataLoader(endless.as_torch(), batch_size=None, num_workers=2, multiprocessing_context="fork")
    drawn = list(islice(loader, 7))
    assert [numbers for _, numbers in drawn] == numbers_of(endless, 7)
    assert drawn[0][0].shape == endless.shape
    np.testing.assert_array_equal(drawn[6][0].numpy(), endless[6][0])


def test_a_finite_torch_dataset_ends_with_any_workers(mnist_folder: Path) -> None:
    from torch.utils.data import DataLoader

    batches = DataGenerator(2, batches=5, seed=0, data_folder=mnist_folder)
    loader = DataLoader(batches.as_torch(), batch_size=None, num_workers=2, multiprocessing_context="fork")
    assert len(loader) == 5
    assert [numbers for _, numbers in loader] == numbers_of(batches, 5)


@pytest.mark.parametrize("shards", [1, 2])
def test_a_hugging_face_dataset_has_a_row_a_picture(shards: int, mnist_folder: Path) -> None:
    batches = DataGenerator(3, batches=4, seed=0, data_folder=mnist_folder)
    rows = list(batches.as_hugging_face(shards))
    assert sorted(row["digits"] for row in rows) == sorted(chain(*numbers_of(batches, 4)))
    np.testing.assert_array_equal(rows[0]["image"], batches[0][0][0])
    assert rows[0]["image"].dtype == np.float32


def test_workers_share_a_hugging_face_dataset(endless: DataGenerator) -> None:
    from torch.utils.data import DataLoader

    rows = endless.as_hugging_face(shards=2).with_format("torch")
    loader = DataLoader(rows, batch_size=4, num_workers=2, multiprocessing_context="fork")
    drawn = [batch["digits"] for batch in islice(loader, 6)]
    assert drawn == numbers_of(endless, 6)


def test_neither_torch_nor_datasets_is_imported_unasked(mnist_folder: Path) -> None:
    code = (
        "import sys; from number_generator import DataGenerator\n"
        f"next(iter(DataGenerator(2, data_folder={str(mnist_folder)!r})))\n"
        "print([name for name in ('torch', 'datasets', 'h5py', 'pyarrow', 'cv2') if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "options",
    [{"batch_size": 0}, {"batches": -1}, {"image_width": 109}, {"length": 0}, {"spacing_range": (4, 1)}],
)
def test_options_that_cannot_be_are_refused_at_once(options: dict[str, int], mnist_folder: Path) -> None:
    with pytest.raises(LayoutError):
        DataGenerator(**options, data_folder=mnist_folder)  # type: ignore[arg-type]
