"""A configuration -> a trained network."""

import logging
import subprocess
import warnings
from importlib.util import find_spec
from pathlib import Path

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
    ModelSummary,
)
from lightning.pytorch.loggers import Logger
from lightning.pytorch.tuner.tuning import Tuner
from omegaconf import DictConfig, OmegaConf

from model_training.artifacts import upload_best
from model_training.callbacks import SampleReadings, SaveLast
from model_training.initial_weights import load_initial_weights, load_network_weights
from model_training.kept_strings import KeptStrings
from model_training.networks.base import Network
from model_training.old_words import translate_trainer
from model_training.scoring import score_network
from model_training.strings_data import LabelledStrings
from model_training.system import RecognitionSystem

logger = logging.getLogger(__name__)

ROOMS = ("model_training", "number_generator", "recognizer")
"""Whose code makes a model what it is."""
BEST = "validation/exact"
CHECKPOINT_STEPS = 100
"""Steps between two writings of the checkpoint to resume from."""
EPOCH_NAME = "{epoch:03d}"
"""Of the checkpoint of an epoch: epoch=007.ckpt."""


class CannotTrain(Exception):
    """The message says why, and what to do."""


def train(config: DictConfig) -> Path:
    """Train by a configuration; returns the path of the best checkpoint by validation, or of the last one.

    Raises:
        CannotTrain: the checkpoint to resume from is missing, the output folder holds another run, or network, data
            and trainer do not go together.
        CannotStart: the initial weights are missing, or another network's.
        GeneratorError: the digits cannot be read.
    """
    translate_trainer(config)
    config.trainer.precision = choose_precision(config.trainer.precision, config.trainer.accelerator)
    lightning.seed_everything(config.seed, workers=True)
    output = Path(config.output)
    last = output / "last.ckpt"
    checkpoint = _checkpoint_to_resume(config.resume, last)
    data: LabelledStrings = instantiate(config.data)
    network = _make_network(config, data)
    if config.initial is not None and checkpoint is None:
        data.setup()
        load_initial_weights(network, Path(config.initial), data.examples())
    system = RecognitionSystem(network, **config.system, commit=_commit())
    output.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, output / "config.yaml", resolve=True)
    # The folder holds the configuration that was just written there, or the run that is resumed.
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
    best = ModelCheckpoint(output, "best", monitor=BEST, mode="max", enable_version_counter=False)
    trainer = _make_trainer(config, data, [best, *_make_callbacks(config, data, output)])
    if config.find_learning_rate and checkpoint is None:
        _find_learning_rate(config, system, data)
    trainer.fit(system, data, ckpt_path=checkpoint)
    chosen = Path(best.best_model_path or last)
    logger.info("best checkpoint by validation: %s (%s %.4f)", chosen, BEST, best.best_model_score or 0)
    if isinstance(data, KeptStrings) and trainer.is_global_zero:
        _report_test(network, chosen, data, trainer)
    upload_best(trainer.loggers, chosen)
    return chosen


def choose_precision(wanted: str, accelerator: str) -> str:
    """`auto` is bf16-mixed where the machine computes in bf16; a processor that emulates it takes ten times as long."""
    if wanted != "auto":
        return wanted
    if accelerator != "cpu" and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"
    knows_bf16 = any(value is True for name, value in torch.cpu.get_capabilities().items() if name.endswith("bf16"))
    return "bf16-mixed" if knows_bf16 else "32-true"


def _make_network(config: DictConfig, data: LabelledStrings) -> Network:
    try:
        network: Network = instantiate(config.network)
    except InstantiationException as error:
        raise CannotTrain(f"network: {error.__cause__ or error}") from error
    if network.fixed_length is not None and network.fixed_length != data.fixed_length:
        raise CannotTrain(
            f"the network reads strings of {network.fixed_length} digits and the data have others: data=kept, and "
            f"digits={network.fixed_length} for both"
        )
    if config.system.consistency_weight and not network.is_trained_by_ctc:
        raise CannotTrain("system.consistency_weight=... is for networks that are trained by CTC; leave it at 0")
    return network


def _make_trainer(config: DictConfig, data: LabelledStrings, callbacks: list[Callback]) -> lightning.Trainer:
    settings = dict(config.trainer)
    by_epochs = settings["max_epochs"] > 0
    if data.is_endless:
        if by_epochs:
            raise CannotTrain("trainer.max_epochs=... is for data=kept: endless strings have no epochs")
        settings["check_val_every_n_epoch"] = None  # validation comes by steps
    else:
        settings["val_check_interval"] = 1.0
    maximum_steps = -1 if config.system.minutes or by_epochs else config.system.maximum_steps
    return lightning.Trainer(**settings, max_steps=maximum_steps, logger=_make_logger(config), callbacks=callbacks)


def _make_logger(config: DictConfig) -> Logger | bool:
    if config.logger is None:
        return False
    if "Wandb" in config.logger._target_ and find_spec("wandb") is None:
        raise CannotTrain("logger=wandb needs wandb: pip install 'handwritten-numbers[wandb]'")
    made: Logger = instantiate(config.logger)
    return made


def _make_callbacks(config: DictConfig, data: LabelledStrings, output: Path) -> list[Callback]:
    callbacks: list[Callback] = [
        ModelCheckpoint(output, "last", every_n_train_steps=CHECKPOINT_STEPS, enable_version_counter=False),
        SaveLast(output / "last.ckpt"),
        SampleReadings(output / "readings.png"),
        EarlyStopping(BEST, mode="max", patience=config.early_stopping_patience),
        EMAWeightAveraging(decay=config.ema_decay, update_starting_at_step=config.ema_from_step),
        ModelSummary(max_depth=3),
    ]
    if config.logger is not None:
        callbacks.append(LearningRateMonitor("step"))
    if not data.is_endless:
        every_epoch = ModelCheckpoint(output, EPOCH_NAME, save_top_k=-1, enable_version_counter=False)
        callbacks.insert(0, every_epoch)
    return callbacks


def _find_learning_rate(config: DictConfig, system: RecognitionSystem, data: LabelledStrings) -> None:
    """L. N. Smith, Cyclical Learning Rates for Training Neural Networks, 2015, arXiv 1506.01186."""
    settings = dict(config.trainer) | {"max_epochs": -1, "val_check_interval": None}
    trainer = lightning.Trainer(
        **settings, default_root_dir=config.output, logger=False, enable_checkpointing=False, enable_model_summary=False
    )
    finder = Tuner(trainer).lr_find(system, datamodule=data, num_training=config.learning_rate_steps)
    found = finder.suggestion() if finder is not None else None
    if found is None:
        logger.warning("no learning rate was found; going on with %g", system.learning_rate)
    else:
        logger.info("learning rate found: %g", found)


def _report_test(network: Network, checkpoint: Path, data: KeptStrings, trainer: lightning.Trainer) -> None:
    load_network_weights(network, checkpoint)
    score = score_network(network, data.test_batches())
    logger.info("%d test strings: %.4f read whole, CER %.4f", score.strings, score.exact, score.cer)
    for run_logger in trainer.loggers:
        run_logger.log_metrics({"test/exact": score.exact, "test/cer": score.cer}, trainer.global_step)
        run_logger.save()


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
