"""What stands in an ONNX file beside the network: contract, identity, scores and calibration."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx

from recognizer.calibration import Calibration
from recognizer.contract import METADATA, SINGLE_DIGITS


@dataclass(frozen=True)
class Identity:
    """What a model is called and where it comes from.

    training: how long on what device, for people. fixed_length: of all strings that it can read, if it is so.
    single_digits: the second model that looks at single digits, an ONNX file in base64, if there is one.
    """

    name: str
    version: str
    training_commit: str
    training: str = "unknown"
    fixed_length: int | None = None
    single_digits: str | None = None


def write_metadata(path: Path, identity: Identity, scores: Mapping[str, float], calibration: Calibration) -> None:
    """Put the contract, the identity, the scores and the calibration into an ONNX file."""
    model = onnx.load(path)
    metadata = {
        **METADATA,
        "name": identity.name,
        "version": identity.version,
        "training_commit": identity.training_commit,
        "scores": json.dumps(dict(scores)),
        "calibration": calibration.to_json(),
        "training": identity.training,
    }
    if identity.fixed_length is not None:
        metadata["fixed_length"] = str(identity.fixed_length)
    if identity.single_digits is not None:
        metadata[SINGLE_DIGITS] = identity.single_digits
    onnx.helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def read_metadata(path: Path) -> dict[str, str]:
    """What write_metadata put into an ONNX file."""
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}
