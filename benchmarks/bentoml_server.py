"""The recognizer behind BentoML: `bentoml serve benchmarks.bentoml_server:Numbers`, where BentoML is installed.

Set by the environment: BENCHMARK_PROCESSES (with a model each), BENCHMARK_THREADS (in each process),
BENCHMARK_BATCH_SIZE (1: no batches; else the body is {"images": [base64]}, and the answer is a list).
"""

import base64
import os
from dataclasses import asdict
from typing import Any

import bentoml
import cv2

from recognizer import Recognition, Recognizer

PROCESSES, THREADS, BATCH_SIZE = (
    int(os.environ.get(f"BENCHMARK_{name}", "1")) for name in ("PROCESSES", "THREADS", "BATCH_SIZE")
)
QUIET: dict[str, Any] = {"logging": {"access": {"enabled": False}}, "metrics": {"enabled": False}}


BATCHES: dict[str, Any] = {"batchable": True, "max_batch_size": BATCH_SIZE}


@bentoml.service(workers=PROCESSES, threads=THREADS, **QUIET)
class Numbers:
    """The answer is all that is known of the reading, as the service's own is."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._recognizer = Recognizer(threads=1 if BATCH_SIZE == 1 else THREADS)  # one batch is read at a time

    if BATCH_SIZE == 1:

        @bentoml.api  # type: ignore[untyped-decorator]
        def predict(self, image: str) -> dict[str, Any]:
            return asdict(self._recognizer.read(base64.b64decode(image, validate=True)))
    else:

        @bentoml.api(**BATCHES)  # type: ignore[untyped-decorator]
        def predict(self, images: list[str]) -> list[dict[str, Any]]:
            pictures = [base64.b64decode(image, validate=True) for image in images]
            return [asdict(r) for r in self._recognizer.read_many(pictures) if isinstance(r, Recognition)]
