"""What the machine can do without a server: the recognizer in plain threads, from base64 to the reading."""

import base64
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from recognizer import Recognizer
from server_api.load import Measured


def run_floor(
    recognizer: Recognizer, images: Sequence[str], threads: int, seconds: float, warm_up: float = 0.0
) -> Measured:
    """Each thread reads the images, in base64, in turn. warm_up: seconds before those that count."""
    start = time.perf_counter() + warm_up
    end = start + seconds

    def read_on(first: int) -> list[float]:
        latencies = []
        began = time.perf_counter()
        while began < end:
            recognizer.read(base64.b64decode(images[first % len(images)], validate=True))
            first += 1
            finished = time.perf_counter()
            if start <= finished < end:
                latencies.append(finished - began)
            began = finished
        return latencies

    processor = time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        shares = pool.map(read_on, range(0, len(images), max(1, len(images) // threads)), timeout=None)
        latencies = [latency for share in shares for latency in share]
    return Measured(seconds, latencies, time.process_time() - processor, {"200": len(latencies)})
