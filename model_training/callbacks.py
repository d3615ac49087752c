"""What happens beside training: the checkpoint to resume from, and a look at what is read."""

from itertools import islice
from pathlib import Path

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger, WandbLogger

from model_training.batches import FixedStrings
from model_training.sample_pictures import draw_readings
from model_training.string_maker import Grey
from model_training.strings_data import LabelledStrings
from model_training.system import RecognitionSystem

_SAMPLES = 24


class SaveLast(Callback):
    """Keeps the checkpoint to resume from up to date when training ends.

    It stands before EMAWeightAveraging, which then puts the averaged weights in the place of those in training.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_train_end(self, trainer: lightning.Trainer, _: lightning.LightningModule) -> None:
        trainer.save_checkpoint(self._path)


class SampleReadings(Callback):
    """After each validation a picture of some of its strings and what is read in them, for the folder and the logger.

    It stands before EMAWeightAveraging too: what is read is read by the averaged weights.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_validation_epoch_end(self, trainer: lightning.Trainer, system: lightning.LightningModule) -> None:
        if not trainer.is_global_zero or trainer.sanity_checking:
            return
        assert isinstance(system, RecognitionSystem)
        data: LabelledStrings = trainer.datamodule  # type: ignore[attr-defined]
        sets = [data.validation_batches(name) for name in data.validation_names]
        samples = [sample for batches in sets for sample in _take(batches, -(-_SAMPLES // len(sets)))]
        network = system.network
        with torch.inference_mode():
            read = [
                network.read_strings(torch.from_numpy(picture[np.newaxis]).to(system.device))[0]
                for picture, _ in samples
            ]
        draw_readings([picture for picture, _ in samples], [digits for _, digits in samples], read, self._path)
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                picture = _read_picture(self._path)
                logger.experiment.add_image("readings", picture, trainer.global_step, dataformats="HWC")
            elif isinstance(logger, WandbLogger):
                logger.log_image("readings", [str(self._path)])


def _take(batches: FixedStrings, count: int) -> list[tuple[Grey, str]]:
    """Strings of a set, from all of its widths."""
    firsts = [
        (picture.numpy(), digits)
        for batch in batches
        for picture, digits in islice(zip(batch.pictures, batch.strings(), strict=True), count)
    ]
    return [firsts[index] for index in np.linspace(0, len(firsts) - 1, min(count, len(firsts))).astype(int)]


def _read_picture(path: Path) -> Grey:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))
