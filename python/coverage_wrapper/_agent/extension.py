"""An internal extension of Lambda's: while it does not ask for its next event, nothing is frozen, and the
response has long gone to the caller. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import json
import os
import time
from _socket import AF_INET, SOCK_STREAM, socket  # `socket` itself imports selectors and enum: 3 ms

from .http_exchange import Answer, exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "lambda-coverage"
REGISTER_SECONDS = 1.0


class ExtensionError(Exception):
    """The Extensions API refused."""


class Extension:
    def __init__(self) -> None:
        host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
        self._address = (host, int(port))
        self._id = ""
        self._connection: socket | None = None

    def register(self) -> None:
        """Must come before the runtime's first `/next`: Lambda takes no registration after it."""
        body = b'{"events":["INVOKE"]}'
        headers = {"lambda-extension-name": NAME, "content-type": "application/json"}
        answer = self._ask("POST", "register", headers, body, time.monotonic() + REGISTER_SECONDS)
        self._id = answer.headers.get("lambda-extension-identifier", "")
        if not self._id:
            raise ExtensionError("the Extensions API gave no identifier")

    def next_event(self) -> dict[str, Any]:
        """Returns when the next invocation begins, however long the environment was frozen."""
        answer = self._ask("GET", "event/next", {"lambda-extension-identifier": self._id}, b"", None)
        event: dict[str, Any] = json.loads(answer.body)
        return event

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def let_go(self) -> None:
        """The process ends while a thread waits for an answer: an open socket would be warned of."""
        if self._connection is not None:
            self._connection.detach()

    def _connect(self) -> socket:
        """One connection for the environment's life: a function that has used up all descriptors would leave
        none for another, and nobody would serve the registered extension."""
        if self._connection is None:
            connection = socket(AF_INET, SOCK_STREAM)
            try:
                connection.settimeout(REGISTER_SECONDS)
                connection.connect(self._address)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes, deadline: float | None
    ) -> Answer:
        all_headers = {
            "host": f"{self._address[0]}:{self._address[1]}",
            **headers,
            "content-length": str(len(body)),
        }
        try:
            connection = self._connect()
            answer = exchange(
                connection, method, f"/2020-01-01/extension/{path}", all_headers, body, deadline
            )
        except BaseException:
            self.close()
            raise
        if not answer.keeps_alive:
            self.close()
        if answer.status != 200:
            text = answer.body[:200].decode("latin-1")
            raise ExtensionError(f"the Extensions API answered {answer.status}: {text}")
        return answer
