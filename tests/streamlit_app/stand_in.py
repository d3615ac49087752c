"""A stand-in for the API that does as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

READING = {
    "prediction": "4",
    "confidence": 0.98,
    "digits": [{"digit": "4", "confidence": 0.99, "box": {"left": 1, "top": 2, "right": 30, "bottom": 40}}],
    "model": {"name": "crnn", "version": "0.1.0"},
    "verdict": "accept",
    "reason": None,
    "mask": "4",
    "alternatives": [{"prediction": "4", "confidence": 0.98}, {"prediction": "9", "confidence": 0.015}],
    "legal_mass": None,
    "unconstrained": None,
}


class StandIn(ThreadingHTTPServer):
    """Answers every request alike, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.answer, self.delay = 200, json.dumps(READING).encode(), 0.0
        self.requests: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, json.loads(body)))
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def stand_in() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
