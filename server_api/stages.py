"""Where the time of a picture went."""

from dataclasses import dataclass

STAGES = ("queue", "decode", "inference", "decoding")


@dataclass(frozen=True)
class Stages:
    """Seconds. queue: waiting for a thread. decode: JSON, base64 and the picture's file, and its preparation.
    inference: in onnxruntime, with all that shared the batch. decoding: of the logits. batch: pictures that shared it.
    """

    queue: float
    decode: float
    inference: float
    decoding: float
    batch: int
