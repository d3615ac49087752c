"""`python -m model_training.train [key=value ...]`: trains a network; `--help` lists what can be set."""

import logging
import subprocess
import warnings
from pathlib import Path

import hydra
import lightning
import torch
from hydra.utils import instantiate, to_absolute_path
from lightning.pytorch.callbacks import (
    EarlyStopping,
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
    RichModelSummary,
)
from lightning.pytorch.loggers import TensorBoardLogger
from omegaconf import DictConfig, OmegaConf

from model_training.system import RecognitionSystem

logger = logging.getLogger(__name__)

BEST = "validation/exact"
CHECKPOINT_STEPS = 100
"""Steps between two writings of the checkpoint to resume from."""


def train(config: DictConfig) -> Path:
    """Train by a configuration; returns the path of the best checkpoint by validation, or of the last one."""
    lightning.seed_everything(config.seed, workers=True)
    output = Path(to_absolute_path(config.output))
    output.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(config, output / "config.yaml", resolve=True)
    data = instantiate(config.data)
    system = RecognitionSystem(instantiate(config.network), **config.system, commit=_commit())
    best = ModelCheckpoint(output, "best", monitor=BEST, mode="max", enable_version_counter=False)
    # The configuration that was just written there, or the run that is resumed.
    warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
    trainer = lightning.Trainer(
        **config.trainer,
        max_steps=config.system.maximum_steps,
        check_val_every_n_epoch=None,  # the strings never end: validation comes by steps
        logger=TensorBoardLogger(output, name="", version=""),
        callbacks=[
            best,
            ModelCheckpoint(output, "last", every_n_train_steps=CHECKPOINT_STEPS, enable_version_counter=False),
            EarlyStopping(BEST, mode="max", patience=config.early_stopping_patience),
            EMAWeightAveraging(decay=config.ema_decay, update_starting_at_step=config.system.warmup_steps),
            LearningRateMonitor("step"),
            RichModelSummary(max_depth=2),
        ],
    )
    trainer.fit(system, data, ckpt_path=_checkpoint_to_resume(config.resume, output))
    last = output / "last.ckpt"
    trainer.save_checkpoint(last)
    chosen = Path(best.best_model_path or last)
    logger.info("best checkpoint by validation: %s (%s %.4f)", chosen, BEST, best.best_model_score or 0)
    return chosen


def _commit() -> str:
    """Of the code that trains, for the model's card."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git, or not a checkout
        return "unknown"


def _checkpoint_to_resume(resume: str | None, output: Path) -> Path | None:
    if resume is None:
        return None
    checkpoint = output / "last.ckpt" if resume == "last" else Path(to_absolute_path(resume))
    if not checkpoint.exists():
        raise FileNotFoundError(f"no checkpoint at {checkpoint} to resume from")
    return checkpoint


@hydra.main(version_base="1.3", config_path="configs", config_name="train")
def main(config: DictConfig) -> None:
    torch.set_float32_matmul_precision("high")
    train(config)


if __name__ == "__main__":
    main()
