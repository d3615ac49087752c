"""The recognizer behind LitServe: `python -m benchmarks.litserve_server --port 5001`, where LitServe is installed."""

import argparse
import base64
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import cv2
import litserve

from recognizer import PictureError, Recognition, Recognizer


class Numbers(litserve.LitAPI):  # type: ignore[misc]
    """A request is {"image": base64}; the answer is all that is known of the reading, as the service's own is."""

    def __init__(self, threads: int, **settings: Any) -> None:
        super().__init__(**settings)
        self._threads = threads

    def setup(self, _: str) -> None:
        cv2.setNumThreads(1)
        self._recognizer = Recognizer(threads=self._threads)

    def decode_request(self, request: dict[str, str]) -> bytes:
        return base64.b64decode(request["image"], validate=True)

    def encode_response(self, output: Recognition) -> dict[str, Any]:
        return asdict(output)


class OneByOne(Numbers):
    def predict(self, picture: bytes) -> Recognition:
        return self._recognizer.read(picture)


class Batches(Numbers):
    def batch(self, inputs: list[bytes]) -> list[bytes]:
        return inputs

    def predict(self, pictures: list[bytes]) -> Sequence[Recognition | PictureError]:
        return self._recognizer.read_many(pictures)

    def unbatch(self, output: Sequence[Recognition]) -> Sequence[Recognition]:
        return output


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.litserve_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=1, help="with a model each; as many more speak HTTP")
    parser.add_argument("--threads", type=int, default=1, help="of onnxruntime, in each process")
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--batch-timeout", type=float, default=0.0, help="seconds to wait for a batch to fill")
    parser.add_argument("--fast-queue", action="store_true", help="ZeroMQ between the processes")
    options = parser.parse_args()
    kind = OneByOne if options.batch_size == 1 else Batches
    numbers = kind(options.threads, max_batch_size=options.batch_size, batch_timeout=options.batch_timeout)
    server = litserve.LitServer(
        numbers, accelerator="cpu", workers_per_device=options.processes, fast_queue=options.fast_queue
    )
    server.run(host="127.0.0.1", port=options.port, log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    main()
