from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from model_training.trocr.folder import create
from model_training.trocr.network import TrOCR


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Several are slower, for models as small as these."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TrOCR with random weights, as small as it can be."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("trocr") / "tiny"
    create(folder, width=128, channels=32, encoder_layers=1, decoder_layers=1, heads=2)
    return folder


@pytest.fixture
def tiny(tiny_folder: Path) -> TrOCR:
    return TrOCR(str(tiny_folder)).eval()
