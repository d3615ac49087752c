"""Clients that cost a server's machine little: one thread, plain sockets, connections that stay open."""

import re
import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 60.0
"""Seconds without any answer after which the server is given up."""

LOST = 0
"""The status of a request whose connection ended before its answer did."""

_STATUS = re.compile(rb"http/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)")


class NoAnswer(Exception):
    """The server keeps its connections and says nothing."""


@dataclass(frozen=True)
class Answer:
    """number: of its request, from 0, in the order in which they were taken. seconds: from sending to the last byte."""

    number: int
    status: int
    seconds: float
    body: bytes


def pack(url: str, body: bytes | None = None, content_type: str = "application/json") -> bytes:
    """A request as it goes over the wire: a POST, without a body a GET."""
    parts = urlsplit(url)
    method, described = "GET", ""
    if body is not None:
        method, described = "POST", f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n{described}\r\n".encode() + (body or b"")


def answers(url: str, requests: Iterable[bytes], clients: int) -> Iterator[Answer]:
    """Take the next packed request whenever a client is free, until there are no more.

    url: of which host and port are taken. Raises NoAnswer, and OSError where nothing listens.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        raise ValueError(f"{url} is no http:// address")
    waiting = enumerate(requests)
    with selectors.DefaultSelector() as selector:
        crowd = [_Client((parts.hostname, parts.port or 80), selector) for _ in range(clients)]
        try:
            busy = sum(client.ask(waiting) for client in crowd)
            while busy:
                ready = selector.select(PATIENCE)
                if not ready:
                    raise NoAnswer(f"{url} has not answered for {PATIENCE:.0f} s")
                for key, _ in ready:
                    answer = key.data.receive()
                    if answer is not None:
                        busy -= not key.data.ask(waiting)
                        yield answer
        finally:
            for client in crowd:
                client.close()


class _Client:
    """One connection, opened again where the server ends it."""

    def __init__(self, address: tuple[str, int], selector: selectors.BaseSelector) -> None:
        self._address, self._selector = address, selector
        self._socket: socket.socket | None = None
        self._received = bytearray()
        self._number, self._sent = 0, 0.0

    def ask(self, waiting: Iterator[tuple[int, bytes]]) -> bool:
        """Send the next request; False where there is none."""
        following = next(waiting, None)
        if following is None:
            return False
        self._number, request = following
        self._received.clear()
        connection = self._socket or self._connect()
        self._sent = time.perf_counter()
        with suppress(OSError):  # a server may answer, and close, before it has read all; the answer is there to read
            connection.sendall(request)
        return True

    def _connect(self) -> socket.socket:
        self._socket = socket.create_connection(self._address, PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self._socket, selectors.EVENT_READ, self)
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def receive(self) -> Answer | None:
        """The answer once it is there as a whole."""
        assert self._socket is not None
        try:
            data = self._socket.recv(1 << 18)
        except OSError:
            data = b""
        self._received += data
        is_over = not data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return self._lost() if is_over else None
        head = bytes(self._received[:head_end]).lower()
        body = self._received[head_end + 4 :]
        length, status = _LENGTH.search(head), _STATUS.match(head)
        if length:
            is_whole = len(body) >= int(length[1])
        elif b"\r\ntransfer-encoding: chunked" in head:
            is_whole = body.endswith(b"0\r\n\r\n")
        else:
            is_whole = is_over
        if status is None or (is_over and not is_whole):
            return self._lost()
        if not is_whole:
            return None
        if is_over or b"\r\nconnection: close" in head:
            self.close()
        return Answer(self._number, int(status[1]), time.perf_counter() - self._sent, bytes(body))

    def _lost(self) -> Answer:
        self.close()
        return Answer(self._number, LOST, time.perf_counter() - self._sent, b"")
