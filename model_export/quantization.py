"""A model's convolutions in 8-bit integers, by static quantization; scaling, LSTM and head stay in fp32 (ADR 9).

Ranges are fixed beforehand, so that a reading depends on its picture alone: ranges taken from what comes (dynamic
quantization) are those of a whole batch.
"""

import contextlib
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from recognizer.contract import INPUT_NAME
from recognizer.preparation import HEIGHT, MAXIMUM_WIDTH

Pictures = npt.NDArray[np.uint8]

SUFFIX = "+int8"
"""Of the version of a quantized model."""

_ROW_WIDTH = MAXIMUM_WIDTH


class CannotQuantize(Exception):
    """The model is none that can be quantized."""


@dataclass(frozen=True)
class Recipe:
    """in_fp32: how many of the first convolutions stay so. signed: activations as int8, else uint8.

    narrow: weights of 7 bits. x86 processors without VNNI add products of uint8 and int8 in 16 bits, which the full
    range overflows: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
    """

    in_fp32: int = 2
    signed: bool = False
    narrow: bool = True
    method: CalibrationMethod = CalibrationMethod.MinMax


RECIPES = {
    "default": Recipe(),
    "all": Recipe(in_fp32=0),
    "all-but-first": Recipe(in_fp32=1),
    "signed": Recipe(signed=True),
    "full-range": Recipe(narrow=False),
    "percentile": Recipe(method=CalibrationMethod.Percentile),
    "entropy": Recipe(method=CalibrationMethod.Entropy),
}
"""What was tried; ADR 9 has the figures."""


def quantize(model: Path, pictures: Iterable[Pictures], output: Path, recipe: Recipe = RECIPES["default"]) -> None:
    """Write `output`, the quantized `model`, with its contract and calibration, but without its scores.

    pictures: prepared, uint8 (HEIGHT, width), of what the ranges of activations are taken.

    Raises:
        CannotQuantize: the file is no model of ours, or is quantized already.
    """
    try:
        metadata = {entry.key: entry.value for entry in onnx.load(model).metadata_props}
    except Exception as error:  # protobuf's own exceptions have no types
        raise CannotQuantize(f"{model} cannot be read as an ONNX model") from error
    version = metadata.get("version")
    if version is None or version.endswith(SUFFIX):
        raise CannotQuantize(f"{model} is {'no model of this project' if version is None else 'quantized already'}")
    with tempfile.TemporaryDirectory(prefix="quantize-") as folder, contextlib.redirect_stdout(sys.stderr):
        simplified = Path(folder) / "simplified.onnx"
        quant_pre_process(model, simplified, skip_symbolic_shape=True)
        convolutions = [node.name for node in onnx.load(simplified).graph.node if node.op_type == "Conv"]
        quantize_static(
            simplified,
            output,
            _Rows(pictures),
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=convolutions[: recipe.in_fp32],
            per_channel=True,
            reduce_range=recipe.narrow,
            activation_type=QuantType.QInt8 if recipe.signed else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=recipe.method,
            extra_options={"CalibPercentile": 99.999},
        )
    content = onnx.load(output)
    onnx.helper.set_model_props(content, metadata | {"version": version + SUFFIX, "scores": "{}"})
    onnx.checker.check_model(content)
    onnx.save(content, output)


class _Rows(CalibrationDataReader):  # type: ignore[misc]
    """Strings beside each other in rows of one width, which entropy and percentile ask for.

    Convolutions do not see further than a string's margin and the next one's.
    """

    def __init__(self, pictures: Iterable[Pictures]) -> None:
        self._rows = _rows(pictures)

    def get_next(self) -> dict[str, Pictures] | None:
        row = next(self._rows, None)
        return None if row is None else {INPUT_NAME: row[np.newaxis]}


def _rows(pictures: Iterable[Pictures]) -> Iterator[Pictures]:
    """uint8 (HEIGHT, _ROW_WIDTH); what is left free is paper."""
    row, filled = np.zeros((HEIGHT, _ROW_WIDTH), np.uint8), 0
    for picture in pictures:
        width = picture.shape[1]
        if filled + width > _ROW_WIDTH:
            yield row
            row, filled = np.zeros_like(row), 0
        row[:, filled : filled + width] = picture
        filled += width
    if filled:
        yield row
