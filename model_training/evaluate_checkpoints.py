"""`python -m model_training.evaluate_checkpoints RUN`: score every checkpoint of a run, plot accuracy by epoch.

On the run's own validation strings: what MNIST's test split says is for the end, of one checkpoint alone.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from number_generator import GeneratorError

if TYPE_CHECKING:
    from model_training.networks.base import Network
    from model_training.scoring import StringScore
    from model_training.strings_data import LabelledStrings


class CannotEvaluate(Exception):
    """The message says why, and what to do."""


@dataclass(frozen=True)
class CheckpointScore:
    """epoch: counted from 0; step: of the optimizer; score: of all validation strings."""

    path: Path
    epoch: int
    step: int
    score: "StringScore"


def evaluate_checkpoints(run: Path, overrides: Sequence[str] = ()) -> list[CheckpointScore]:
    """Every checkpoint of a run's folder with its score, by step. overrides: such as data.mnist_folder=FOLDER.

    Raises:
        CannotEvaluate: there is no run in the folder, or its checkpoints are not what training writes.
        GeneratorError: the digits cannot be read.
    """
    config_path = run / "config.yaml"
    paths = sorted(run.glob("*.ckpt"))
    if not config_path.exists() or not paths:
        raise CannotEvaluate(f"no run with checkpoints in {run}: give the folder that model_training.train wrote")
    import torch  # takes seconds to import, as does Lightning, by which strings are made
    from hydra.utils import instantiate

    from model_training.initial_weights import load_network_weights
    from model_training.scoring import score_network

    config = OmegaConf.merge(OmegaConf.load(config_path), OmegaConf.from_dotlist(list(overrides)))
    assert isinstance(config, DictConfig)
    data: LabelledStrings = instantiate(config.data)
    data.setup()
    network: Network = instantiate(config.network)
    batches = [batch for name in data.validation_names for batch in data.validation_batches(name)]
    scores = []
    for path in tqdm(paths, desc="checkpoints", unit="checkpoint", leave=False, disable=None):
        try:
            content = torch.load(path, map_location="cpu", weights_only=False)
            load_network_weights(network, path)
            place = int(content["epoch"]), int(content["global_step"])
        except Exception as error:  # pickle and torch raise many kinds
            raise CannotEvaluate(f"{path} is no checkpoint of the network in {config_path}") from error
        scores.append(CheckpointScore(path, *place, score_network(network, batches)))
    return sorted(scores, key=lambda score: (score.step, score.path.name))


def choose_best(scores: Sequence[CheckpointScore]) -> CheckpointScore:
    """The one that reads most strings whole, and of such the one of the fewest edits; the earliest of these."""
    return min(scores, key=lambda score: (-score.score.exact, score.score.cer, score.step))


def table(scores: Sequence[CheckpointScore]) -> str:
    """Markdown."""
    rows = ["| checkpoint | epoch | step | read whole | CER |", "|---|---|---|---|---|"]
    rows += [
        f"| {score.path.name} | {score.epoch} | {score.step} | {score.score.exact:.4f} | {score.score.cer:.4f} |"
        for score in scores
    ]
    return "\n".join(rows)


def draw_accuracies(scores: Sequence[CheckpointScore], path: Path) -> None:
    """Share of validation strings read whole by epoch, with the best one marked, as PNG."""
    from matplotlib.figure import Figure  # takes a second to import
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    of_epochs = [score for score in scores if score.path.name.startswith("epoch=")] or scores
    by_epoch = {score.epoch: score.score.exact for score in of_epochs}
    best = choose_best(of_epochs)
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(list(by_epoch), list(by_epoch.values()), marker="o", color="#4269d0")
    axes.plot([best.epoch], [best.score.exact], marker="o", markersize=11, fillstyle="none", color="#ff725c")
    axes.set_title(f"best: {best.path.name}, {best.score.exact:.4f} of {best.score.strings} strings", loc="left")
    axes.set_xlabel("epoch")
    axes.set_ylabel("read whole")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(color="#e8ecf0")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def main() -> int:
    parser = argparse.ArgumentParser("python -m model_training.evaluate_checkpoints", description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run, such as runs/crnn")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="such as data.mnist_folder=FOLDER")
    parser.add_argument("--output", type=Path, help="of the plot (default: accuracies.png in the run's folder)")
    options = parser.parse_args()
    try:
        scores = evaluate_checkpoints(options.run, options.overrides)
        output = options.output or options.run / "accuracies.png"
        draw_accuracies(scores, output)
    except (CannotEvaluate, GeneratorError, OSError) as error:
        print(f"model_training.evaluate_checkpoints: {error}", file=sys.stderr)
        return 1
    print(table(scores))
    print(f"\nbest: {choose_best(scores).path}\nplot: {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
