"""CoverageContext's blocks: where one was entered, of that invocation only what ran inside is recorded."""

from __future__ import annotations

import sys
import time

from .invocation import Invocation
from .recording import union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from .collector import Snapshot
    from .environment import Environment
    from .recording import Recording


class Blocks:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._open: list[Recording] = []  # outermost first
        self._ran: dict[Recording, Snapshot] = {}  # inside them, so far
        self._last: Invocation | None = None

    def enter(self, recording: Recording) -> None:
        """What ran so far in this invocation is not recorded."""
        environment = self._environment
        with environment.lock:
            if environment.off is not None:
                return
            if not environment.collector.running:
                environment.note_late_files()
                environment.collector.start()
            self._spread(environment.collector.take())
            self._open.append(recording)

    def exit(self, recording: Recording) -> None:
        environment = self._environment
        with environment.lock:
            if environment.off is not None or recording not in self._open:
                return
            self._spread(environment.collector.take())
            self._open.remove(recording)
            if self._open:
                return
            if not environment.always:
                environment.collector.stop()
            ran, self._ran = self._ran, {}
            invocation = environment.current
            if invocation is not None and not invocation.closed and invocation.watched:
                for each, snapshot in ran.items():
                    invocation.selected[each] = union(invocation.selected.get(each, {}), snapshot)
                return
        self._store_alone(ran)

    def recorded(self, invocation: Invocation) -> dict[Recording, Snapshot]:
        """What blocks recorded of it, those that are open among them; empty where none was entered."""
        environment = self._environment
        with environment.lock:
            selected, invocation.selected = invocation.selected, {}
            if not self._open and not selected:
                return {}
            if environment.collector.running:
                self._spread(environment.collector.take())
            ran, self._ran = self._ran, {}
        environment.own.discard()
        recordings = {**selected, **ran}
        return {each: union(selected.get(each, {}), ran.get(each, {})) for each in recordings}

    def _spread(self, taken: Snapshot) -> None:
        """To every block that is open: what an inner one ran, the outer ones ran, too."""
        if not self._open:
            self._environment.own.discard()
        for recording in self._open:
            self._ran[recording] = union(self._ran.get(recording, {}), recording.part_of(taken))

    def _store_alone(self, selected: dict[Recording, Snapshot]) -> None:
        """No handler is wrapped: the block waits for its own upload."""
        context = _client_context()
        alone = Invocation(getattr(context, "aws_request_id", None) or f"local-{time.time_ns()}")
        before, self._last = self._last, alone
        if before is not None and before.request_id == alone.request_id:
            alone.files = before.files
        alone.selected = selected
        self._environment.end(alone, "ok", context)


def _client_context() -> Any:
    """The context that the runtime client made for this invocation, where it is below us on the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "handle_event_request":
            return frame.f_locals.get("lambda_context")
        frame = frame.f_back
    return None
