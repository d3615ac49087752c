"""A model file, checked against its contract, run by onnxruntime."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

# Since 1.29 it reports models and machine to its maker, and writes down an id of the machine, unless it is told not to
# before it is imported: https://github.com/microsoft/onnxruntime/pull/27379
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime

from recognizer.calibration import Calibration
from recognizer.contract import INPUT_NAME, METADATA, OUTPUT_NAME, SINGLE_DIGITS
from recognizer.errors import ModelContractError, ModelFileError

SHIPPED_MODEL = Path(__file__).resolve().parent.parent / "model_export" / "crnn.onnx"


@dataclass(frozen=True)
class ModelCard:
    """What a model says of itself. scores: figure by name, as measured at export."""

    name: str
    version: str
    sha256: str
    training_commit: str
    scores: Mapping[str, float]


class Session:
    """Runs one model; safe to call from several threads at once."""

    def __init__(self, model: Path = SHIPPED_MODEL, threads: int = 1) -> None:
        """Load a model file; `threads` compute one batch together.

        Raises:
            ModelFileError: missing, or no ONNX file.
            ModelContractError: made for another charset, height or preparation.
        """
        try:
            content = model.read_bytes()
        except OSError as error:
            raise ModelFileError(f"cannot read the model file {model}: {error.strerror}") from error
        self._session = _load(content, threads, model)
        metadata = self._session.get_modelmeta().custom_metadata_map
        _check_contract(metadata, model)
        _check_shapes(self._session, model)
        self._single_digits = None
        if SINGLE_DIGITS in metadata:
            self._single_digits = _load(_unpack(metadata[SINGLE_DIGITS], model), threads, model)
            _check_shapes(self._single_digits, model)
        try:
            self.calibration = Calibration.from_json(metadata["calibration"])
        except (ValueError, KeyError, TypeError) as error:
            reason = f"{model} has no calibration; make one by python -m model_export.calibrate --model {model}"
            raise ModelContractError(reason) from error
        self.card = ModelCard(
            name=metadata["name"],
            version=metadata["version"],
            sha256=hashlib.sha256(content).hexdigest(),
            training_commit=metadata["training_commit"],
            scores=json.loads(metadata["scores"]),
        )

    def run(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Prepared pictures, uint8 (batch, HEIGHT, width), -> logits, float32 (batch, time steps, CLASS_COUNT)."""
        return _run(self._session, pictures)

    @property
    def tells_single_digits(self) -> bool:
        """Whether the file holds a second network, for `run_on_digits`."""
        return self._single_digits is not None

    def run_on_digits(self, windows: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """As `run`, by the network that tells single digits, which reads one digit in each picture."""
        assert self._single_digits is not None
        return _run(self._single_digits, windows)


def _load(content: bytes, threads: int, model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # of use where all shapes are one; else it is no faster, and takes memory
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions have no common public base
        raise ModelFileError(f"{model} is no ONNX model that onnxruntime can load") from error
    return session


def _unpack(text: str, model: Path) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ModelFileError(f"the network of single digits in {model} is damaged; export it again") from error


def _run(session: onnxruntime.InferenceSession, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    (logits,) = session.run([OUTPUT_NAME], {INPUT_NAME: pictures})
    return np.asarray(logits)


def _check_shapes(session: onnxruntime.InferenceSession, model: Path) -> None:
    inputs = [(node.name, node.type, len(node.shape)) for node in session.get_inputs()]
    outputs = [(node.name, node.type, len(node.shape)) for node in session.get_outputs()]
    if inputs != [(INPUT_NAME, "tensor(uint8)", 3)] or outputs != [(OUTPUT_NAME, "tensor(float)", 3)]:
        raise ModelContractError(f"{model} takes {inputs} and gives {outputs}: no model of this project")


def _check_contract(metadata: Mapping[str, str], model: Path) -> None:
    missing = {"name", "version", "training_commit", "scores"} - metadata.keys()
    wrong = {key: metadata.get(key) for key, value in METADATA.items() if metadata.get(key) != value}
    if missing or wrong:
        raise ModelContractError(
            f"{model} does not fit this recognizer (missing: {sorted(missing)}, different: {wrong}, "
            f"wanted: {METADATA}); export its checkpoint again with this version"
        )
