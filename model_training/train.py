"""`python -m model_training.train [key=value ...]`: trains a network; `--help` lists what can be set."""

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import hydra
import lightning
import torch
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
)
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig, OmegaConf

from model_training.initial_weights import CannotStart, load_initial_weights
from model_training.networks.base import Network
from model_training.system import RecognitionSystem
from model_training.trocr.errors import CannotLoad
from number_generator import GeneratorError

logger = logging.getLogger(__name__)

ROOMS = ("model_training", "number_generator", "recognizer")
"""Whose code makes a model what it is."""
BEST = "validation/exact"
CHECKPOINT_STEPS = 100
"""Steps between two writings of the checkpoint to resume from."""


class CannotTrain(Exception):
    """The message says why, and what to do."""


class SaveLast(Callback):
    """Keeps the checkpoint to resume from up to date when training ends.

    It stands before EMAWeightAveraging, which then puts the averaged weights in the place of those in training.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_train_end(self, trainer: lightning.Trainer, _: lightning.LightningModule) -> None:
        trainer.save_checkpoint(self._path)


def train(config: DictConfig) -> Path:
    """Train by a configuration; returns the path of the best checkpoint by validation, or of the last one.

    Raises:
        CannotTrain: the checkpoint to resume from is missing, or the output folder holds another run.
        CannotStart: the initial weights are missing, or another network's.
        CannotLoad: the network stands on a TrOCR that is not there.
        GeneratorError: the digits cannot be read.
    """
    lightning.seed_everything(config.seed, workers=True)
    output = Path(config.output)
    last = output / "last.ckpt"
    checkpoint = _checkpoint_to_resume(config.resume, last)
    data = instantiate(config.data)
    network = _make_network(config.network)
    if config.initial is not None and checkpoint is None:
        data.setup()
        load_initial_weights(network, Path(config.initial), data.examples())
    system = RecognitionSystem(network, **config.system, commit=_commit())
    output.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, output / "config.yaml", resolve=True)
    best = ModelCheckpoint(output, "best", monitor=BEST, mode="max", enable_version_counter=False)
    # The folder holds the configuration that was just written there, or the run that is resumed.
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
    trainer = lightning.Trainer(
        **config.trainer,
        max_epochs=-1,
        max_steps=-1 if config.system.minutes else config.system.maximum_steps,
        check_val_every_n_epoch=None,  # the strings never end: validation comes by steps
        logger=TensorBoardLogger(output, name="", version=""),
        callbacks=[
            best,
            ModelCheckpoint(output, "last", every_n_train_steps=CHECKPOINT_STEPS, enable_version_counter=False),
            SaveLast(last),
            EarlyStopping(BEST, mode="max", patience=config.early_stopping_patience),
            EMAWeightAveraging(decay=config.ema_decay, update_starting_at_step=config.ema_from_step),
            LearningRateMonitor("step"),
        ],
    )
    trainer.fit(system, data, ckpt_path=checkpoint)
    chosen = Path(best.best_model_path or last)
    logger.info("best checkpoint by validation: %s (%s %.4f)", chosen, BEST, best.best_model_score or 0)
    return chosen


def _make_network(settings: DictConfig) -> Network:
    try:
        network: Network = instantiate(settings)
    except InstantiationException as error:  # Hydra's message is its own; what was raised within says what to do
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, CannotLoad):
            cause = cause.__cause__
        raise cause or error from error
    return network


def _commit() -> str:
    """Of the code that trains, for the model's card; marked where that code was changed since."""
    here = Path(__file__).resolve().parent.parent
    git = ["git", "-C", str(here)]
    try:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", *ROOMS], check=False).returncode
    except (OSError, subprocess.CalledProcessError):  # no git, or not a checkout
        return "unknown"
    return f"{commit}-changed" if changed else commit


def _checkpoint_to_resume(resume: str | None, last: Path) -> Path | None:
    if resume is None:
        if last.exists():
            raise CannotTrain(f"{last.parent} holds a run; go on with it by resume=last, or give another name=...")
        return None
    checkpoint = last if resume == "last" else Path(resume)
    if not checkpoint.exists():
        raise CannotTrain(f"no checkpoint at {checkpoint} to resume from")
    return checkpoint


@hydra.main(version_base="1.3", config_path="configs", config_name="train")
def main(config: DictConfig) -> None:
    torch.set_float32_matmul_precision("high")
    if isinstance(config.trainer.devices, int) and config.trainer.devices > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // config.trainer.devices))
    try:
        train(config)
    except (CannotTrain, CannotStart, CannotLoad, GeneratorError) as error:
        sys.exit(f"model_training: {error}")


if __name__ == "__main__":
    main()
