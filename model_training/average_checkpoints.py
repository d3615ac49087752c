"""`python -m model_training.average_checkpoints RESULT CHECKPOINT CHECKPOINT ...`: one model out of several.

Averages the weights of checkpoints of one network that were trained on from a common one (M. Wortsman et al., Model
soups, ICML 2022, arXiv 2203.05482). All else is taken from the first of them, and the average is noted down in it.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


def average_checkpoints(result: Path, checkpoints: list[Path], shares: Sequence[float] | None = None) -> None:
    """Write the average, and the configuration of the first checkpoint beside it, for model_export.

    shares: of each checkpoint, in proportion; by default all are worth the same.
    """
    import torch  # takes seconds, which a wrong word on the command line need not wait for

    weights = torch.tensor(shares or [1.0] * len(checkpoints), dtype=torch.float64)
    weights /= weights.sum()
    contents = [torch.load(path, map_location="cpu", weights_only=False) for path in checkpoints]
    first = contents[0]
    for key, value in first["state_dict"].items():
        values = torch.stack([content["state_dict"][key].double() for content in contents])
        mean = torch.tensordot(weights, values, 1)
        if not value.dtype.is_floating_point:
            mean = mean.round()
        first["state_dict"][key] = mean.to(value.dtype)
    first["average"] = [(short_name(path), float(weight)) for path, weight in zip(checkpoints, weights, strict=True)]
    result.parent.mkdir(parents=True, exist_ok=True)
    torch.save(first, result)
    shutil.copyfile(checkpoints[0].parent / "config.yaml", result.parent / "config.yaml")


def short_name(checkpoint: Path) -> str:
    """Its file and run, without the folders of the machine."""
    return "/".join(checkpoint.parts[-2:])


def main() -> int:
    parser = argparse.ArgumentParser("python -m model_training.average_checkpoints", description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+", metavar="checkpoint")
    parser.add_argument("--shares", type=float, nargs="+", help="of each, such as 0.3 0.7 (default: all the same)")
    arguments = parser.parse_args()
    shares: list[float] | None = arguments.shares
    if shares and (len(shares) != len(arguments.checkpoints) or min(shares) < 0 or not sum(shares)):
        parser.error("--shares: one for each checkpoint, none below 0, and not all of them 0")
    average_checkpoints(arguments.result, arguments.checkpoints, shares)
    return 0


if __name__ == "__main__":
    sys.exit(main())
