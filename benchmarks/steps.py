"""Where the time of one string goes, from bare onnxruntime to `POST /predict`."""

import base64
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import httpx
import numpy as np

from recognizer import Recognizer
from recognizer.picture_io import read_picture
from recognizer.preparation import prepare
from recognizer.session import Session

SAMPLE = Path(__file__).resolve().parent.parent / "docs" / "sample.png"


def print_steps(client: httpx.Client, repeats: int) -> None:
    """Each step does what the one before it does, and more."""
    cv2.setNumThreads(1)  # as in the server
    data = SAMPLE.read_bytes()
    grey = read_picture(data)
    prepared = prepare(grey)
    assert prepared is not None
    pixels = np.expand_dims(prepared.pixels, 0)
    session, recognizer = Session(), Recognizer()
    body = {"image": base64.b64encode(data).decode()}
    network = f"network, one thread of onnxruntime, 32x{pixels.shape[2]}"
    steps: dict[str, Callable[[], object]] = {
        f"preparation of the decoded picture, {grey.shape[1]}x{grey.shape[0]}": lambda: prepare(grey),
        network: lambda: session.run(pixels),
        "recognizer, from PNG bytes": lambda: recognizer.read(data),
        "POST /predict, one client": lambda: client.post("/predict", json=body).raise_for_status(),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(repeats + 20):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if turn >= 20:
                times[name].append(time.perf_counter() - start)
    floor = statistics.median(times[network])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name}: {median * 1000:.2f} ms a string ({median / floor:.2f} of the network's)")
