"""After two failed invocations only every 4th, then every 8th, 16th, … is tried, so that a broken bucket does
not bill every invocation. Nothing is lost meanwhile: no snapshot is taken, the tracer keeps the sum.
"""

from __future__ import annotations

FAILURES_TO_OPEN = 2
FIRST_INTERVAL = 4
MAX_INTERVAL = 256


class CircuitBreaker:
    def __init__(self) -> None:
        self._failures = self._interval = self._skipped = 0

    @property
    def open(self) -> bool:
        return self._interval > 0

    def should_collect(self) -> bool:
        if self._interval == 0:
            return True
        self._skipped = (self._skipped + 1) % self._interval
        return self._skipped == 0

    def report(self, ok: bool) -> None:
        if ok:
            self._failures = self._interval = self._skipped = 0
            return
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._interval = min(self._interval * 2, MAX_INTERVAL) or FIRST_INTERVAL
            self._skipped = 0
