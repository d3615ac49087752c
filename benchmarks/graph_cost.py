"""What an ONNX model costs, counted in its graph: parameters, and multiply-adds of one picture."""

import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from recognizer.contract import INPUT_NAME
from recognizer.preparation import HEIGHT

REFERENCE_WIDTH = 140
"""Columns of the pictures that the CRNN predecessor read."""

_COUNTED = ("Conv", "Gemm", "MatMul", "LSTM")


def count_parameters(model: Path) -> int:
    """Numbers with a fraction in the file; normalization that was folded into convolutions is not counted."""
    kinds = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.INT8)
    return sum(math.prod(entry.dims) for entry in onnx.load(model).graph.initializer if entry.data_type in kinds)


def count_multiply_adds(model: Path, width: int = REFERENCE_WIDTH) -> int:
    """Of convolutions, matrices and LSTMs for one picture of HEIGHT x width, by the shapes of a real run."""
    content = onnx.load(model)
    nodes = [node for node in content.graph.node if node.op_type in _COUNTED]
    known = {entry.name for entry in content.graph.initializer} | {entry.name for entry in content.graph.output}
    seen = {name for node in nodes for name in (*node.input[:2], *node.output[:1])} - known
    content.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in sorted(seen))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # nodes as in the file
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {INPUT_NAME: np.full((1, HEIGHT, width), 128, np.uint8)})
    shapes = {name: np.shape(value) for name, value in zip(names, values, strict=True)}
    shapes |= {entry.name: tuple(entry.dims) for entry in content.graph.initializer}
    return sum(_count(node, shapes) for node in nodes)


def _count(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    first, second = (shapes[name] for name in node.input[:2])
    if node.op_type == "LSTM":  # (steps, batch, inputs), (directions, 4 * hidden, inputs) and (.., 4 * hidden, hidden)
        return first[0] * first[1] * (math.prod(second) + math.prod(shapes[node.input[2]]))
    each = math.prod(second[1:]) if node.op_type == "Conv" else second[-2]
    if node.op_type == "Gemm" and any(attribute.name == "transB" and attribute.i for attribute in node.attribute):
        each = second[1]
    return math.prod(shapes[node.output[0]]) * each
