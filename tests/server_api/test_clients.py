"""The clients that load is made with, against the real server and against worse ones."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from server_api.clients import LOST, answers, pack
from server_api.load import Apart, Load, Measured, measure, measure_apart, percentile
from server_api.schemas import EXAMPLE_IMAGE

BODY = json.dumps({"image": EXAMPLE_IMAGE})
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
Parts = Sequence[bytes]
CLOSE = b""
"""A part: the server ends the connection."""


@contextmanager
def speaking(*replies: Parts) -> Iterator[str]:
    """The address of a server that answers each request in turn by these parts, whatever is asked."""

    def speak(listener: socket.socket) -> None:
        connection: socket.socket | None = None
        for parts in replies:
            if connection is None:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.recv(65536)
            for part in parts:
                if part == CLOSE:
                    connection.close()
                    connection = None
                    break
                connection.sendall(part)
        if connection is not None:
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=speak, args=[listener])
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("replies", "told"),
    [
        pytest.param([[OK], [OK]], [(200, b"hi"), (200, b"hi")], id="one connection for both"),
        pytest.param([[OK[:9], OK[9:-1], OK[-1:]], [OK]], [(200, b"hi"), (200, b"hi")], id="in pieces"),
        pytest.param([[OK.replace(b"200", b"503")], [OK]], [(503, b"hi"), (200, b"hi")], id="a refusal"),
        pytest.param(
            [[b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\nhi", CLOSE], [OK]],
            [(200, b"hi"), (200, b"hi")],
            id="a connection for each",
        ),
        pytest.param(
            [[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", b"0\r\n\r\n"], [OK]],
            [(200, b"2\r\nhi\r\n0\r\n\r\n"), (200, b"hi")],
            id="in chunks",
        ),
        pytest.param(
            [[b"HTTP/1.1 200 OK\r\n\r\nhi", CLOSE], [OK]], [(200, b"hi"), (200, b"hi")], id="until the connection ends"
        ),
        pytest.param([[CLOSE], [OK]], [(LOST, b""), (200, b"hi")], id="no answer"),
        pytest.param([[OK[:-1], CLOSE], [OK]], [(LOST, b""), (200, b"hi")], id="half an answer"),
        pytest.param([[b"220 mail\r\n\r\n", CLOSE], [OK]], [(LOST, b""), (200, b"hi")], id="no HTTP"),
    ],
)
def test_an_answer_ends_where_the_server_says(replies: list[Parts], told: list[tuple[int, bytes]]) -> None:
    with speaking(*replies) as address:
        got = list(answers(address, [pack(address), pack(address)], clients=1))
    assert [(answer.status, answer.body) for answer in got] == told
    assert [answer.number for answer in got] == [0, 1]


def test_each_request_is_asked_once(api_url: str) -> None:
    paths = ["/livez", "/readyz", "/nothing"] * 5
    got = list(answers(api_url, [pack(api_url + path) for path in paths], clients=4))
    assert sorted(answer.number for answer in got) == list(range(15))
    assert {(paths[answer.number], answer.status) for answer in got} == {
        ("/livez", 200),
        ("/readyz", 200),
        ("/nothing", 404),
    }
    assert all(answer.seconds > 0 for answer in got)


def test_only_plain_http_is_spoken() -> None:
    with pytest.raises(ValueError, match="no http:// address"):
        next(answers("https://localhost", [], clients=1))


def test_a_load_tells_how_fast_the_server_is(api_url: str) -> None:
    measured = measure(Load(f"{api_url}/predict", [BODY], clients=2, seconds=1.0, warm_up=0.2))
    assert measured.statuses.keys() == {"200"}
    assert measured.rate == len(measured.latencies) == measured.statuses["200"] > 0
    assert 0 < percentile(measured.latencies, 0.5) <= percentile(measured.latencies, 0.99) <= 1.2
    assert measured.failures == 0


def test_what_is_not_200_counts_as_a_failure(api_url: str) -> None:
    measured = measure(Load(f"{api_url}/predict", ['{"image": "none"}'], clients=1, seconds=0.5))
    assert measured.rate == 0
    assert measured.failures == measured.statuses["422"] > 0


def test_a_pause_makes_requests_rare(api_url: str) -> None:
    measured = measure(Load(f"{api_url}/livez", [], clients=1, seconds=0.5, pause=0.1))
    assert 1 <= len(measured.latencies) <= 5


def test_a_load_is_made_from_processes_of_its_own(api_url: str) -> None:
    measured = measure_apart(Load(f"{api_url}/livez", [], clients=3, seconds=0.3), processes=2)
    assert measured.statuses == {"200": len(measured.latencies)}
    assert measured.processor > 0


def test_a_load_without_a_server_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(subprocess.CalledProcessError):
        Apart(Load(f"http://127.0.0.1:{port}/livez", [], clients=1, seconds=0.1)).result()
    assert "ConnectionRefusedError" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.5, 2.0), (0.51, 3.0), (0.99, 4.0), (1.0, 4.0), (0.0, 1.0)],
)
def test_a_percentile_is_one_of_the_latencies(share: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == value


def test_no_latencies_have_no_percentile() -> None:
    nothing = Measured(1.0, [], 0.0, {})
    assert nothing.rate == 0
    assert percentile(nothing.latencies, 0.5) != percentile(nothing.latencies, 0.5)  # not a number
