"""Spans, as a collector gets them from a real server."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from server_api.schemas import EXAMPLE_IMAGE
from tests.server_api.serving import serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SECONDS_TO_ARRIVE = 30


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Collecting)
        self.paths: list[str] = []
        self.spans: list[Span] = []

    def variables(self) -> dict[str, str]:
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.server_port}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "NO_PROXY": "127.0.0.1",
        }

    def wait_for(self, name: str) -> Span:
        deadline = time.monotonic() + SECONDS_TO_ARRIVE
        while time.monotonic() < deadline:
            if found := [span for span in self.spans if span.name == name]:
                return found[0]
            time.sleep(0.05)
        pytest.fail(f"no span {name} among {[span.name for span in self.spans]}")


class Collecting(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        if self.path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.server.spans += [span for scope in resource.scope_spans for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


def read(address: str) -> httpx.Response:
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "mine"}
    return httpx.post(f"{address}/predict", json={"image": EXAMPLE_IMAGE}, headers=headers, trust_env=False, timeout=60)


def test_a_request_is_a_span_of_the_senders_trace(collector: Collector, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(log, NUMBERS_TELEMETRY="true", **collector.variables()) as address:
        for quiet in ("livez", "readyz", "metrics"):
            httpx.get(f"{address}/{quiet}", trust_env=False)
        assert read(address).status_code == 200
        span = collector.wait_for("POST /predict")
    assert span.trace_id.hex() == TRACE
    attributes = {attribute.key: attribute.value for attribute in span.attributes}
    assert attributes["http.route"].string_value == "/predict"
    assert attributes["http.response.status_code"].int_value == 200
    assert {span.name for span in collector.spans} >= {"POST /predict", "fastapi.endpoint"}
    assert not any("GET" in span.name for span in collector.spans)
    assert EXAMPLE_IMAGE[30:60] not in str(collector.spans)
    (line,) = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert (line["request_id"], line["trace_id"]) == ("mine", TRACE)


def test_nothing_is_sent_unless_asked_for(collector: Collector, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(log, **collector.variables()) as address:
        assert read(address).status_code == 200
    assert collector.paths == []  # at its end a server sends what it has
    assert "trace_id" not in log.read_text()
