"""A checkpoint of model_training.train -> the TrOCR in it."""

from pathlib import Path

from omegaconf import OmegaConf

from model_training.initial_weights import network_state
from model_training.trocr.errors import CannotLoad
from model_training.trocr.network import TrOCR


def load_checkpoint(checkpoint: Path) -> TrOCR:
    """With its averaged weights, ready to read. The configuration lies beside it, as `model_training.train` leaves it.

    Raises:
        CannotLoad: the checkpoint, its configuration or the model that it began with is missing, or is another network.
    """
    configuration = checkpoint.parent / "config.yaml"
    for path in (checkpoint, configuration):
        if not path.exists():
            raise CannotLoad(f"no {path}; give a checkpoint that model_training.train wrote, with its config.yaml")
    try:
        source = OmegaConf.load(configuration).network.model
        state = network_state(checkpoint)
    except Exception as error:  # pickle, YAML and OmegaConf raise many kinds
        raise CannotLoad(f"{checkpoint} and {configuration} are not of a run with network=trocr") from error
    network = TrOCR(source)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise CannotLoad(f"{source}, which {checkpoint} began with, is another model by now") from error
    return network.eval()
