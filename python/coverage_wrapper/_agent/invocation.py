"""One event of the runtime's, from its beginning until nothing more is to be stored of it."""

from __future__ import annotations

import threading
import time

from .log import iso_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .collector import Snapshot
    from .recording import Recording


class Invocation:
    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.started_at = time.time()
        self.began = time.monotonic()
        self.duration_ms = 0.0
        self.outcome = ""
        self.ended = threading.Event()
        self.files = 0
        self.watched = False  # its handler is wrapped already
        self.event_seen = False  # the agent's thread has had its extension event
        self.closed = False  # stored, or never to be
        self.selected: dict[
            Recording, Snapshot
        ] = {}  # where CoverageContext blocks were entered, only theirs

    def end(self, outcome: str) -> None:
        self.duration_ms = (time.monotonic() - self.began) * 1000
        self.outcome = outcome
        self.ended.set()

    def row(self, outcome: str) -> dict[str, Any]:
        duration = self.duration_ms or (time.monotonic() - self.began) * 1000
        return {
            "requestId": self.request_id,
            "startedAt": iso_time(self.started_at),
            "durationMs": round(duration, 3),
            "outcome": outcome,
        }
