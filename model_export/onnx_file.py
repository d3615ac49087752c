"""A checkpoint -> an ONNX file, checked against torch."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn

from model_training.networks.base import Network
from recognizer.contract import INPUT_NAME, OUTPUT_NAME
from recognizer.preparation import HEIGHT, MAXIMUM_WIDTH, MINIMUM_WIDTH, WIDTH_STEP

TOLERANCE = 2e-4
"""Of logits, which reach about 20: far below what changes a reading."""

_OPSET = 17
_CHECKED_WIDTHS = (MINIMUM_WIDTH, MINIMUM_WIDTH + WIDTH_STEP, 160, 224, 512, MAXIMUM_WIDTH)
_CHECKED_BATCHES = (1, 2, 7, 32)


class ExportError(Exception):
    """The exported model does not do what the checkpoint does."""


def load_network(checkpoint: Path) -> tuple[Network, dict[str, Any]]:
    """The network of a checkpoint, ready to read, with its averaged weights, and the checkpoint itself.

    The configuration lies beside it, as `model_training.train` leaves it, and is put in under that name.

    Raises:
        ExportError: the file or its configuration is missing, or they do not belong together.
    """
    configuration = checkpoint.parent / "config.yaml"
    for path in (checkpoint, configuration):
        if not path.exists():
            raise ExportError(f"no {path}; give a checkpoint that model_training.train wrote, with its config.yaml")
    prefix = "network."
    try:
        settings = OmegaConf.load(configuration)
        network: Network = instantiate(settings.network)
        content = torch.load(checkpoint, map_location="cpu", weights_only=False)
        content["configuration"] = OmegaConf.to_container(settings)
        state = content["state_dict"]
    except Exception as error:  # pickle, YAML and Hydra raise many kinds
        raise ExportError(f"{checkpoint} and {configuration} are not what model_training.train writes") from error
    weights = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ExportError(f"{configuration} describes another network than {checkpoint} holds") from error
    return network.eval(), content


def export(network: nn.Module, target: Path) -> float:
    """Write a network, uint8 (batch, HEIGHT, width) -> logits, as ONNX with free batch and width.

    Returns the largest difference of a logit from torch's, as check_against_torch does.

    Raises:
        ExportError: they differ.
    """
    example = torch.zeros(2, HEIGHT, 160, dtype=torch.uint8)
    with warnings.catch_warnings():
        # torch's newer exporter fails on a width that varies (ADR 3), and the older one says that it is the older.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            target,
            dynamo=False,
            opset_version=_OPSET,
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            dynamic_axes={INPUT_NAME: {0: "batch", 2: "width"}, OUTPUT_NAME: {0: "batch", 1: "time_steps"}},
        )
    return check_against_torch(network, target)


def check_against_torch(network: nn.Module, model: Path) -> float:
    """Compare an ONNX file with its network over many shapes; returns the largest difference of a logit.

    Raises:
        ExportError: a shape fails or differs by more than TOLERANCE.
    """
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(0)
    worst = 0.0
    for width in _CHECKED_WIDTHS:
        for batch in _CHECKED_BATCHES:
            pictures = generator.integers(0, 256, (batch, HEIGHT, width), dtype=np.uint8)
            with torch.inference_mode():
                expected = network(torch.from_numpy(pictures)).numpy()
            (logits,) = session.run([OUTPUT_NAME], {INPUT_NAME: pictures})
            if np.shape(logits) != expected.shape:
                raise ExportError(f"batch {batch}, width {width}: shape {np.shape(logits)}, not {expected.shape}")
            difference = float(np.abs(np.asarray(logits) - expected).max())
            if not difference <= TOLERANCE:
                raise ExportError(f"batch {batch}, width {width}: a logit differs by {difference:.2e} from torch's")
            worst = max(worst, difference)
    return worst
