"""`python -m model_training.download_checkpoint RUN_PATH`: fetch the best checkpoint of a run from Weights & Biases.

RUN_PATH is ENTITY/PROJECT/RUN, as W&B's page of the run shows it.
"""

import argparse
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model_training.artifacts import ARTIFACT_TYPE

DEFAULT_OUTPUT = Path("runs") / "downloaded"


class CannotDownload(Exception):
    """The message says why, and what to do."""


def download_checkpoint(run_path: str, output: Path) -> list[Path]:
    """Fetch the newest model of a run, its checkpoint and its configuration; returns the files.

    Raises:
        CannotDownload: wandb is not installed, nobody is logged in, or there is no such run or no model in it.
    """
    if not re.fullmatch(r"[^/\s]+/[^/\s]+/[^/\s]+", run_path):
        raise CannotDownload(f"{run_path!r} is no run path: give ENTITY/PROJECT/RUN, as the run's page shows it")
    if find_spec("wandb") is None:
        raise CannotDownload("it needs wandb: pip install 'handwritten-numbers[wandb]'")
    import wandb

    try:
        models = [artifact for artifact in _logged_artifacts(wandb, run_path) if artifact.type == ARTIFACT_TYPE]
        if not models:
            raise CannotDownload(f"{run_path} has no model among its artifacts: train with logger=wandb, to the end")
        folder = Path(models[-1].download(root=str(output)))
    except wandb.errors.UsageError as error:
        raise CannotDownload(f"W&B: {error}; log in by `wandb login`, or set WANDB_API_KEY") from error
    except (wandb.errors.Error, ValueError, OSError) as error:
        told = f"W&B could not give {run_path}: {error}; is the path right, and the network there?"
        raise CannotDownload(told) from error
    return sorted(path for path in folder.iterdir() if path.is_file())


def _logged_artifacts(wandb: Any, run_path: str) -> list[Any]:
    return list(wandb.Api(timeout=30).run(run_path).logged_artifacts())


def main() -> int:
    parser = argparse.ArgumentParser("python -m model_training.download_checkpoint", description=__doc__)
    parser.add_argument("run_path", metavar="RUN_PATH", help="ENTITY/PROJECT/RUN")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="a folder (default: %(default)s)")
    options = parser.parse_args()
    try:
        paths = download_checkpoint(options.run_path, options.output)
    except CannotDownload as error:
        print(f"model_training.download_checkpoint: {error}", file=sys.stderr)
        return 1
    for path in paths:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
