"""`python -m benchmarks.service`: sizes, cold start, and time a string, from bare onnxruntime to `POST /predict`.

Times are medians of runs that alternate in one go; on a busy machine look at the ratios.
"""

import argparse
import base64
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import httpx
import numpy as np

from recognizer import Recognizer
from recognizer.picture_io import read_picture
from recognizer.preparation import prepare
from recognizer.session import SHIPPED_MODEL, Session

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "docs" / "sample.png"
START_LIMIT = 60.0


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.service", description=__doc__)
    parser.add_argument("--repeats", type=int, default=300)
    options = parser.parse_args()
    print(f"model file: {SHIPPED_MODEL.stat().st_size / 1e6:.1f} MB")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "server_api.api:app", "--port", str(port), "--log-level", "warning"]
    started = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            wait_until_ready(client, server)
            print(f"cold start of the API, process to ready: {time.perf_counter() - started:.2f} s")
            print(f"memory of the API: {resident_megabytes(server.pid):.0f} MB")
            print_times(client, options.repeats)
            print(f"memory of the API afterwards: {resident_megabytes(server.pid):.0f} MB")
    finally:
        server.terminate()
        server.wait()
    return 0


def wait_until_ready(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + START_LIMIT
    while time.perf_counter() < deadline and server.poll() is None:
        try:
            if client.get("/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    raise TimeoutError("the API did not get ready")


def print_times(client: httpx.Client, repeats: int) -> None:
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


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
