"""What the CRNN predecessor's command line said, in today's words."""

import logging
from collections.abc import Sequence

from omegaconf import DictConfig, open_dict

logger = logging.getLogger(__name__)

_OF_KEPT_STRINGS = (
    "data.num_train", "data.num_val", "data.num_test", "data.batch_size", "data.num_workers", "data.pin_memory",
    "data.keep", "data.augmentation", "trainer.max_epochs",
)  # fmt: skip


def choose_data(arguments: Sequence[str]) -> list[str]:
    """Command-line overrides, with `data=kept` where they speak of finite sets, of batches of them, or of epochs.

    >>> choose_data(["trainer.max_epochs=100", "data.num_train=20000"])
    ['data=kept', 'trainer.max_epochs=100', 'data.num_train=20000']
    """
    keys = [argument.lstrip("+").partition("=")[0] for argument in arguments]
    if "data" in keys or not any(key in _OF_KEPT_STRINGS for key in keys):
        return list(arguments)
    return ["data=kept", *arguments]


def translate_trainer(config: DictConfig) -> None:
    """Put `trainer.gpus`, and `trainer.auto_lr_find`, in place, in the words of today's Lightning.

    Afterwards the trainer's settings are those that lightning.Trainer takes, and `find_learning_rate` says whether to.
    """
    import torch  # takes seconds, which the command's --help need not

    with open_dict(config):
        gpus = config.trainer.pop("gpus", None)
        config.find_learning_rate = bool(config.trainer.pop("auto_lr_find", False))
    if gpus is None:
        return
    if gpus and torch.cuda.is_available():
        config.trainer.accelerator, config.trainer.devices = "gpu", gpus
        return
    if gpus:
        logger.warning("trainer.gpus=%s, but there is no GPU that torch can use: training on the CPU", gpus)
    config.trainer.accelerator = "cpu"
