"""Weights to start from: those of a checkpoint, or of an exported model, the shipped one among them."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from model_training.networks.base import Network
from model_training.networks.crnn import CRNN

_GATES = (0, 2, 3, 1)
"""ONNX orders an LSTM's gates input, output, forget, cell; torch input, forget, cell, output."""


class CannotStart(Exception):
    """The weights are missing, or not of this network."""


def load_initial_weights(network: Network, source: Path, examples: Tensor) -> None:
    """Put the weights of a checkpoint (.ckpt) or an exported model (.onnx) into a network.

    examples: prepared pictures, uint8 (batch, HEIGHT, width). An exported model's convolutions have their batch
    normalization folded in; its statistics are found anew on these.

    Raises:
        CannotStart: no such file, or it holds another network, or it is exported and no CRNN.
    """
    try:
        if source.suffix == ".onnx":
            if not isinstance(network, CRNN):
                raise CannotStart(f"only network=crnn begins with an exported model; give a checkpoint, not {source}")
            _load_exported(network, source, examples)
        else:
            network.begin_with(network_state(source))
    except CannotStart:
        raise
    except OSError as error:
        raise CannotStart(f"cannot read {source}: {error.strerror or error}") from error
    except Exception as error:  # protobuf, pickle and torch raise many kinds
        raise CannotStart(f"{source} does not hold the weights of this network") from error


def load_network_weights(network: Network, checkpoint: Path) -> None:
    """Put the averaged weights of a checkpoint into its network. Raises what torch does."""
    network.load_state_dict(network_state(checkpoint))


def network_state(checkpoint: Path) -> dict[str, Tensor]:
    """The averaged weights of the network in a checkpoint, by name. Raises what torch does."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=False)["state_dict"]
    prefix = "network."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def _load_exported(network: CRNN, source: Path, examples: Tensor) -> None:
    model = onnx.load(source)
    values = {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type in ("Conv", "LSTM", "MatMul", "Add")]
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    pairs = list(_convolutions(network))
    for (convolution, norm), node in zip(pairs, convolutions, strict=True):
        _fill(convolution.weight, values[node.input[1]])
        _fill(norm.bias, values[node.input[2]])
    lstm = next(node for node in nodes if node.op_type == "LSTM")
    inputs, hidden, biases = (values[name] for name in lstm.input[1:4])
    for direction, suffix in enumerate(("l0", "l0_reverse")):
        _fill(getattr(network.lstm, f"weight_ih_{suffix}"), _reorder(inputs[direction]))
        _fill(getattr(network.lstm, f"weight_hh_{suffix}"), _reorder(hidden[direction]))
        first, second = np.split(biases[direction], 2)
        _fill(getattr(network.lstm, f"bias_ih_{suffix}"), _reorder(first))
        _fill(getattr(network.lstm, f"bias_hh_{suffix}"), _reorder(second))
    head = next(values[node.input[1]] for node in nodes if node.op_type == "MatMul")
    _fill(network.head.weight, head.T)
    _fill(network.head.bias, values["head.bias"])
    _restore_normalization([norm for _, norm in pairs], network, examples)


def _convolutions(network: CRNN) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Every convolution with the batch normalization after it, in the order in which they run."""
    modules = list(network.modules())
    return [
        (first, second)
        for first, second in pairwise(modules)
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d)
    ]


def _fill(parameter: Tensor, value: Any) -> None:
    with torch.no_grad():
        if parameter.shape != value.shape:
            raise ValueError(f"{tuple(value.shape)} is not {tuple(parameter.shape)}")
        parameter.copy_(torch.from_numpy(np.array(value)))


def _reorder(gates: Any) -> Any:
    parts = np.split(gates, 4)
    return np.concatenate([parts[index] for index in _GATES])


def _restore_normalization(norms: list[nn.BatchNorm2d], network: CRNN, examples: Tensor) -> None:
    """Give each normalization the statistics of its input, and the gain and bias that undo them."""

    def restore(norm: nn.Module, arguments: tuple[Tensor]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        (features,) = arguments
        norm.running_mean.copy_(features.mean(dim=(0, 2, 3)))
        norm.running_var.copy_(features.var(dim=(0, 2, 3)))
        norm.weight.copy_((norm.running_var + norm.eps).sqrt())
        norm.bias.add_(norm.running_mean)

    handles = [norm.register_forward_pre_hook(restore) for norm in norms]
    training = network.training
    with torch.no_grad():
        network.eval()(examples)
    network.train(training)
    for handle in handles:
        handle.remove()
