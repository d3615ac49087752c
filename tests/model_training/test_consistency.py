"""Two views of every string: they show what the picture shows, and are to be read alike."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from torch import Tensor

from model_training.batches import Batch, collate
from model_training.consistency import make_views, measure_inconsistency
from model_training.networks.crnn import CRNN
from model_training.training import CannotTrain, train
from number_generator import Glyphs, MnistStrings
from recognizer.preparation import prepare
from tests.model_training.test_train import configure


@pytest.fixture(scope="module")
def batch(glyphs: Glyphs) -> Batch:
    strings, generator = MnistStrings(glyphs), np.random.default_rng(0)
    prepared = [prepare(strings.draw("3141", generator)) for _ in range(60)]
    samples = [(found.pixels, "3141") for found in prepared if found is not None]
    width = samples[0][0].shape[1]
    return collate([sample for sample in samples if sample[0].shape[1] == width])


def test_views_show_the_same_strings_in_other_pixels(batch: Batch) -> None:
    torch.manual_seed(0)
    views = make_views(batch)
    first, second = views.pictures.chunk(2)
    assert views.strings() == 2 * batch.strings()
    assert first.dtype == torch.uint8
    assert first.shape == batch.pictures.shape
    changed = [
        (a != b).any(dim=(1, 2)) for a, b in ((first, batch.pictures), (second, batch.pictures), (first, second))
    ]
    assert all(0.3 < share.float().mean() <= 1 for share in changed)
    assert not all(bool(share.all()) for share in changed[:2]), "some views are the pictures themselves"


def test_strokes_stay_where_they_are(batch: Batch) -> None:
    torch.manual_seed(0)
    views = make_views(batch).pictures.float()
    columns = torch.arange(views.shape[2])

    def middles(pictures: Tensor) -> Tensor:
        return (pictures.sum(dim=1) * columns).sum(dim=1) / pictures.sum(dim=(1, 2))

    moves = middles(views) - middles(batch.pictures.float().repeat(2, 1, 1))
    assert moves.abs().mean() < 1.5  # columns, of which some come from what is erased


def test_like_readings_are_consistent_and_unlike_ones_are_not() -> None:
    generator = torch.Generator().manual_seed(0)
    one, other = torch.randn(2, 5, 30, 11, generator=generator)
    lengths = torch.full((10,), 4)
    assert measure_inconsistency(torch.cat((one, one)), lengths) == pytest.approx(0, abs=1e-5)
    a, b = one.log_softmax(2), other.log_softmax(2)
    expected = 0.5 * ((a.exp() * (a - b)).sum() + (b.exp() * (b - a)).sum()) / 5 / 4
    torch.testing.assert_close(measure_inconsistency(torch.cat((one, other)), lengths), expected)
    assert expected > 0.1


def test_views_learn_from_each_other(batch: Batch) -> None:
    """Steps down its gradient bring the readings of two views together."""
    torch.manual_seed(0)
    network = CRNN(8, (8, 8, 16), (0, 0, 0), 16, 16, dropout=0.0, block_dropout=0.0)
    views = make_views(batch)
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for _ in range(20):
        inconsistency = measure_inconsistency(network(views.pictures), views.lengths)
        losses.append(inconsistency.item())
        optimizer.zero_grad()
        inconsistency.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]


CONSISTENTLY = (
    "system.maximum_steps=3",
    "system.consistency_weight=0.2",
    "logger=csv",
    "trainer.log_every_n_steps=1",
)


@pytest.mark.timeout(180)
def test_the_crnn_is_trained_by_it(tmp_path: Path, mnist_folder: Path) -> None:
    train(configure(tmp_path, mnist_folder, *CONSISTENTLY))
    (metrics,) = tmp_path.rglob("metrics.csv")
    assert "train/inconsistency" in metrics.read_text().splitlines()[0]


def test_a_network_with_a_head_a_position_is_refused(tmp_path: Path) -> None:
    with initialize_config_module("model_training.configs", version_base="1.3"):
        config = compose(
            "train", ["network=cnn", "digits=2", "system.consistency_weight=0.2", f"output={tmp_path / 'run'}"]
        )
    with pytest.raises(CannotTrain, match="consistency_weight"):
        train(config)
