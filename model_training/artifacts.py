"""The best checkpoint of a run as an artifact of Weights & Biases."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

ARTIFACT_TYPE = "model"
CONFIGURATION = "config.yaml"


def upload_best(loggers: "Iterable[Logger]", checkpoint: Path) -> None:
    """Give the best checkpoint and its configuration to each logger that keeps artifacts.

    In W&B's offline mode they wait in the run's folder for `wandb sync`.
    """
    from lightning.pytorch.loggers import WandbLogger  # takes seconds to import

    for logger in loggers:
        if isinstance(logger, WandbLogger):
            import wandb  # optional

            artifact = wandb.Artifact(f"run-{logger.experiment.id}", type=ARTIFACT_TYPE)
            artifact.add_file(str(checkpoint), checkpoint.name)
            artifact.add_file(str(checkpoint.parent / CONFIGURATION), CONFIGURATION)
            logger.experiment.log_artifact(artifact, aliases=["best"])
            logger.experiment.finish()
