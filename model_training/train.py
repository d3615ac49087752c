"""`python -m model_training.train [key=value ...]`: trains a network; `--help` lists what can be set."""

import os
import sys

import hydra
from omegaconf import DictConfig

from model_training.old_words import choose_data
from number_generator import GeneratorError


@hydra.main(version_base="1.3", config_path="configs", config_name="train")
def main(config: DictConfig) -> None:
    import torch  # takes seconds to import, as do Lightning and what trains by it

    from model_training.initial_weights import CannotStart
    from model_training.training import CannotTrain, train

    torch.set_float32_matmul_precision("high")
    if isinstance(config.trainer.devices, int) and config.trainer.devices > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // config.trainer.devices))
    try:
        train(config)
    except (CannotTrain, CannotStart, GeneratorError) as error:
        sys.exit(f"model_training: {error}")


def run() -> None:
    sys.argv[1:] = choose_data(sys.argv[1:])
    main()


if __name__ == "__main__":
    run()
