"""uvicorn's HTTP protocol with time limits, and with problems for answers where it has plain text."""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from server_api import observation
from server_api.observation import REQUEST_ID
from server_api.problems import PROBLEMS, HeadersTooLarge, InvalidHttp, Overloaded, RequestTooSlow, respond
from server_api.settings import Settings

_ON_ITS_WAY = 1.0  # seconds, that a request takes from a client that took the connection for alive
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_CHUNK_BYTES = 16  # that a chunk may have beside its content: its length and two ends of lines
_LINGER = 2.0  # seconds: one who is still sending would lose the answer to a closed connection


class GuardedProtocol(HttpToolsProtocol):
    """One connection.

    A request must arrive within `request_seconds` from its first byte, and its headers be no larger than
    `header_bytes`; a connection without a request ends after `idle_seconds`, as does one whose answer is not fetched.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._settings: Settings = self.app_state["settings"]
        self._timer: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._framing_bytes = 0  # behind the headers, and no body: the lengths of chunks, extensions, trailers
        self._in_headers = True
        self._refused = False
        self._ends = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_within(self._settings.idle_seconds, self._end)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:  # read and forgotten
            return
        if self._in_headers:
            self._header_bytes += len(data)
            data = _without_upgrade(data)
        else:
            self._framing_bytes += len(data)
        super().data_received(data)
        # What came with the headers' end may belong to the body; only headers without end are too large for sure.
        if self._in_headers and self._header_bytes > self._settings.header_bytes:
            self._refuse(HeadersTooLarge)
        elif self._framing_bytes > self._settings.header_bytes:
            self._give_up(HeadersTooLarge)
        self._framing_bytes = max(0, self._framing_bytes)

    def on_message_begin(self) -> None:
        if self._refused:
            return
        super().on_message_begin()
        self._expect_within(self._grace if self._ends else self._settings.request_seconds, self._give_up)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_headers:  # a trailer is no header: https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1
            super().on_header(name, value)

    def on_chunk_header(self) -> None:
        self._framing_bytes -= _CHUNK_BYTES

    def on_headers_complete(self) -> None:
        if self._refused:
            return
        self._in_headers = False
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._settings.header_bytes:
            self._refuse(HeadersTooLarge)
        elif len(self.connections) > self._settings.connections:
            self._refuse(Overloaded)
        else:
            super().on_headers_complete()
            self.cycle.keep_alive &= not self._ends

    def on_body(self, body: bytes) -> None:
        self._framing_bytes -= len(body)
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._refused:
            return
        self._stop_timer()
        self._in_headers, self._header_bytes, self._framing_bytes = True, 0, 0
        super().on_message_complete()

    def shutdown(self) -> None:
        """Called when the server ends: a request under way is answered, and so is one that may be on its way."""
        self._ends = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            if self._timer is not None:  # it is still arriving
                self._expect_within(min(self._grace, self._timer.when() - self.loop.time()), self._give_up)
        elif self._in_headers and not self._header_bytes:
            self._unset_keepalive_if_required()
            self._expect_within(min(self._grace, _ON_ITS_WAY), self._end)

    @property
    def _grace(self) -> float:
        """Seconds for what arrives while the server ends, before uvicorn ends by force."""
        return self._settings.shutdown_seconds / 2

    def timeout_keep_alive_handler(self) -> None:
        self._end()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's words)
        self._refuse(InvalidHttp)

    def _expect_within(self, seconds: float, otherwise: Any) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, otherwise)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self, problem: type[Exception] = RequestTooSlow) -> None:
        """The request did not come to its end in time, or within its limits."""
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()
        elif self.cycle is not None and self.cycle.response_complete and not self._in_headers:
            self._end()  # it was refused before its body was whole
        else:
            self._refuse(problem)

    def _refuse(self, problem: type[Exception]) -> None:
        """Answer, and end the connection once the other side has had time to read it."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        under_way = None
        if self.cycle is not None and not self.cycle.response_complete:
            under_way = self.cycle.scope["state"]
            self.cycle.disconnected = True  # whoever waits for the rest of the request shall not answer too
            self.cycle.message_event.set()
        response = respond(problem)
        code = PROBLEMS[problem].code
        response.headers[REQUEST_ID] = observation.refuse(response.status_code, code, under_way)
        head = [STATUS_LINE[response.status_code]]
        head += [b"%s: %s\r\n" % pair for pair in (*self.server_state.default_headers, *response.raw_headers)]
        self.transport.write(b"".join([*head, b"connection: close\r\n\r\n", bytes(response.body)]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._expect_within(_LINGER, self._end)

    def _end(self) -> None:
        if self.transport.get_write_buffer_size():  # nobody fetches the answer, and close() would wait for that
            self.transport.abort()
        else:
            self.transport.close()


def _without_upgrade(data: bytes) -> bytes:
    """Java's client offers HTTP/2 with every request (RFC 9113, 3.1), and the parser would take its body for that."""
    head, end, body = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-upgrade:", head) + end + body
