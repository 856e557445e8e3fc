"""One HTTP/1.1 exchange over a socket, within a deadline that no slow server can stretch.

http.client bounds each read, not the exchange, and costs 15 ms to import at cold start.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Connection(Protocol):
        def settimeout(self, seconds: float | None, /) -> None: ...
        def sendall(self, data: bytes, /) -> None: ...
        def recv(self, size: int, /) -> bytes: ...
        def close(self) -> None: ...


MAX_ANSWER_BYTES = 64 * 1024


class ExchangeError(Exception):
    """The answer never came, or cannot be read."""

    def __init__(self, code: str, message: str, answered: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.answered = answered  # whether a first byte of the answer had come


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def keeps_alive(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


def exchange(
    connection: Connection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes = b"",
    deadline: float | None = None,
) -> Answer:
    """`headers` hold host and content-length. `deadline` is on `time.monotonic()`'s scale; None: no bound."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    reader = _Reader(connection, deadline)
    try:
        connection.settimeout(reader.seconds_left())
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        return _read_answer(reader, method)
    except OSError as error:
        # TimeoutError is socket.timeout, and an OSError, from 3.10 on; on 3.9 it is only the latter.
        if "timed out" in str(error):
            raise ExchangeError("Timeout", "no answer in time", bool(reader.received)) from None
        raise ExchangeError(_name(error), str(error), bool(reader.received)) from None


def _name(error: OSError) -> str:
    import errno

    return errno.errorcode.get(error.errno or 0, type(error).__name__)


class _Reader:
    def __init__(self, connection: Connection, deadline: float | None) -> None:
        self.connection, self.deadline = connection, deadline
        self.buffer = b""
        self.received = 0

    def seconds_left(self) -> float | None:
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise ExchangeError("Timeout", "no answer in time", bool(self.received))
        return left

    def fill(self) -> bool:
        self.connection.settimeout(self.seconds_left())
        data = self.connection.recv(65536)
        self.buffer += data
        self.received += len(data)
        if self.received > MAX_ANSWER_BYTES:
            raise ExchangeError("AnswerTooLong", f"an answer of more than {MAX_ANSWER_BYTES} bytes", True)
        return bool(data)

    def until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            if not self.fill():
                raise ExchangeError(
                    "ECONNRESET", "the connection was closed without an answer", bool(self.received)
                )
        found, _, self.buffer = self.buffer.partition(mark)
        return found

    def exactly(self, length: int) -> bytes:
        while len(self.buffer) < length:
            if not self.fill():
                raise ExchangeError("ECONNRESET", "the connection was closed inside the answer", True)
        found, self.buffer = self.buffer[:length], self.buffer[length:]
        return found


def _read_answer(reader: _Reader, method: str) -> Answer:
    status_line, *lines = reader.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    try:
        status = int(status_line.split(" ", 2)[1])
    except (IndexError, ValueError):
        raise ExchangeError("BadAnswer", f"not HTTP: {status_line[:80]!r}", True) from None
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    if method == "HEAD" or status in (204, 304):
        return Answer(status, headers, b"")
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return Answer(status, headers, _read_chunks(reader))
    if "content-length" in headers:
        return Answer(status, headers, reader.exactly(int(headers["content-length"])))
    while reader.fill():
        pass
    headers["connection"] = "close"
    return Answer(status, headers, reader.buffer)


def _read_chunks(reader: _Reader) -> bytes:
    body = b""
    while True:
        size = int(reader.until(b"\r\n").split(b";")[0], 16)
        body += reader.exactly(size)
        reader.until(b"\r\n")
        if size == 0:
            return body
