"""One execution environment: its collector, its invocations, its recordings.

The main thread only marks where an invocation begins and ends; the agent's thread (holding.py) stores
after each response.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time

from .blocks import Blocks
from .collector import create_collector
from .extension import Extension
from .holding import MAX_HOLD_SECONDS, Holder, hold_seconds
from .invocation import Invocation
from .recording import AnySources, Recording, union
from .sources import Sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    from .collector import Snapshot
    from .delivery import Result
    from .log import Log
    from .settings import Settings

    T = TypeVar("T")

# An ending process waits this long for its last upload.
EXIT_FLUSH_SECONDS = 1.0


class Environment:
    def __init__(self, settings: Settings, log: Log, collected_from: str) -> None:
        self.log, self.collected_from = log, collected_from
        self.pid = os.getpid()
        root = os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()
        sources = Sources(root, settings.include_patterns, settings.exclude_patterns)
        self._measured = AnySources(sources)
        self._late_files: set[str] = set()
        self.own = Recording(settings, sources, log, collected_from, self._late_files)
        self._recordings: dict[Any, Recording] = {}
        self.collector = create_collector(self._measured, self.own.arcs, settings.upload == "every")
        self.held = False  # an extension holds the environment after responses
        self.always = False  # the collector runs all the time, not only inside CoverageContext blocks
        self.off: str | None = None
        self.current: Invocation | None = None
        self.lock = threading.RLock()
        self._storing = threading.Lock()
        self.holder: Holder | None = None
        self.blocks = Blocks(self)
        self._restarted = False
        self._init: Snapshot | None = None  # what ran before the first invocation
        atexit.register(self._flush_at_exit)

    # --- the main thread

    def guarded(self, what: str, action: Callable[..., T], *arguments: Any) -> T | None:
        """The one outer catch between the agent and the function: a failure of ours costs coverage only."""
        try:
            return action(*arguments)
        except Exception as error:
            self.log.failure(f"{what} failed", error)
            return None

    def start_collecting(self) -> None:
        if self.always or self.off is not None:
            return
        try:
            if self.collected_from == "late":
                self.note_late_files()
            self.collector.start()
            self.always = True
        except Exception as error:
            self.off = str(error)
            self.log.failure("No coverage: the tracer could not start", error)

    def register(self) -> None:
        """When a handler is wrapped, in init, before the runtime's first `/next`: only a wrapped handler
        tells when an invocation is over. Without it, uploads are awaited."""
        if self.holder is not None or "AWS_LAMBDA_RUNTIME_API" not in os.environ:
            return
        self.holder = Holder(self, Extension())
        try:
            self.holder.start()
        except Exception as error:
            self.log.failure("No extension: coverage is uploaded before the response", error)

    def begin(self, context: Any) -> Invocation:
        request_id = getattr(context, "aws_request_id", None) or f"local-{time.time_ns()}"
        with self.lock:
            invocation = self.current
            if invocation is None or invocation.request_id != str(request_id) or invocation.closed:
                self.current = invocation = Invocation(str(request_id))
            invocation.started_at, invocation.began = time.time(), time.monotonic()
        if self.off is None and self.always:
            if not self.collector.intact():
                self._tracer_replaced(invocation)
            if self._init is None:
                self._init = self.collector.take()
                self.own.begin_with(self._init)
        return invocation

    def end(self, invocation: Invocation, outcome: str, context: Any = None) -> None:
        invocation.end(outcome)
        if not self.held:
            left = _seconds_left(context)
            until = time.monotonic() + hold_seconds(self.own.settings.upload_timeout, left)
            self.store(invocation, outcome, until)

    def finalize(self) -> dict[str, Any] | None:
        """Stores at once what ran since the last file."""
        invocation = self.current
        if invocation is None or invocation.closed:
            invocation = Invocation(f"local-{time.time_ns()}")
        result = self.store(
            invocation, invocation.outcome or "ok", time.monotonic() + MAX_HOLD_SECONDS, last=False
        )
        if result is None:
            return None
        return {
            "s3_key": result.key,
            "bucket": self.own.settings.s3_bucket,
            "file_size": result.size,
            "upload_time_ms": round(result.upload_ms),
            "success": result.stored,
        }

    def recording_by(self, settings: Settings, log: Log) -> Recording:
        """The one of these settings."""
        identity = tuple(sorted((name, str(value)) for name, value in vars(settings).items()))
        with self.lock:
            if identity == tuple(sorted((n, str(v)) for n, v in vars(self.own.settings).items())):
                return self.own
            recording = self._recordings.get(identity)
            if recording is None:
                sources = self.own.sources.with_patterns(settings.include_patterns, settings.exclude_patterns)
                recording = Recording(settings, sources, log, self.collected_from, self._late_files)
                recording.loads_missed = True  # what is loaded outside its blocks
                if self._init is not None:
                    recording.begin_with(self._init)
                self._recordings[identity] = recording
                self._measured.all.append(sources)
                self._widen(recording)
            return recording

    def record_by(self, recording: Recording) -> None:
        """From now on it is the environment's own."""
        with self._storing, self.lock:
            if recording is self.own:
                return
            self.own = recording
            # Its first file is to hold init; what ran since is in others'.
            self.own.discarded = self.own.loads_missed = self._init is not None

    def _widen(self, recording: Recording) -> None:
        if recording.arcs and not self.collector.arcs:
            # Lines that were seen before say nothing of branches: what init ran is unknown to this one.
            running = self.collector.running
            recording.kept, recording.init = {}, None
            if running:
                taken = self.collector.take()
                self.own.kept = union(self.own.kept, taken)
                self.collector.stop()
            self.collector = create_collector(self._measured, True)
            self.note_late_files()
            recording.late_files = set(self._late_files)
            if running:
                self.collector.start()
        elif self.collector.running:
            self.collector.widen()

    def invocation_of(self, request_id: str) -> Invocation:
        """The main thread's object, unless it has not begun; it may be over (a health check)."""
        with self.lock:
            current = self.current
            # Lambda may hand out a request id again: a retry.
            if current is None or current.request_id != request_id or current.event_seen:
                self.current = current = Invocation(request_id)
            current.event_seen = True
            return current

    def note_late_files(self) -> None:
        """Measured modules that are imported already: their module level ran unseen."""
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        self._late_files |= {f for f in files if isinstance(f, str) and self._measured.measured(f)}

    def _tracer_replaced(self, invocation: Invocation) -> None:
        if not self._restarted and sys.gettrace() is None:
            self._restarted = True
            self.own.discard()
            self.collector.start()
            message = "Another tracer stopped coverage: what ran meanwhile is not recorded. Started again"
        else:
            self.off = "another tracer (sys.settrace) took coverage's place"
            message = "No coverage from here on: another tracer (sys.settrace) runs in this function"
        self.log.write("WARNING", message, request_id=invocation.request_id)

    # --- storing, on whichever thread

    def mark_owed(self, invocation: Invocation) -> None:
        self.own.opened_storage().mark_owed(invocation)

    def store(
        self, invocation: Invocation, outcome: str, deadline: float, last: bool = True
    ) -> Result | None:
        """`last`: nothing more is to come of this invocation. The result of the last file that was due."""
        with self._storing:
            if invocation.closed:
                return None
            invocation.closed = last
            if self.off is not None:
                return None
            result = None
            selected = self.blocks.recorded(invocation)
            for recording in selected or ([self.own] if self.always else ()):
                result = self._store_part(recording, invocation, outcome, deadline, selected.get(recording))
            if selected and self.own not in selected and self.own.storage is not None:
                self.own.storage.owe_nothing()
            return result

    def _store_part(
        self,
        recording: Recording,
        invocation: Invocation,
        outcome: str,
        deadline: float,
        selected: Snapshot | None,
    ) -> Result | None:
        """`selected`: what blocks recorded; None where none was entered."""
        storage = recording.opened_storage()
        if not storage.breaker.should_collect():
            recording.kept = union(recording.kept, selected or {})
            storage.mark_owed(invocation)
            storage.note_unstored(invocation, outcome)
            return None
        began = time.monotonic()
        snapshot = self.collector.take() if selected is None else selected
        if self._init is None:
            self._init = {}  # stored before the first invocation: what loading ran is not known by itself
        kept, recording.kept = recording.kept, {}
        exact = self._is_exact(recording)
        recording.discarded = False
        return storage.store(
            invocation, outcome, recording.part_of(union(kept, snapshot)), began, deadline, exact
        )

    def _is_exact(self, recording: Recording) -> bool:
        """Whether all that ran since the file before is in this one."""
        whole = self.always and recording is self.own and not recording.discarded
        return whole and recording.settings.upload == "every" and self.collector.follows_every_thread()

    # --- the end of the process

    def _flush_at_exit(self) -> None:
        """sys.exit, or a handler module that could not be loaded. A kill or os._exit leaves the marker."""
        if os.getpid() != self.pid or self.off is not None:
            return
        try:
            if self.always:
                self._flush()
        except Exception as error:
            self.log.failure("Coverage of the ending process failed", error)
        finally:
            for recording in {self.own, *self._recordings.values()}:
                recording.close()
            if self.holder is not None:
                self.holder.let_go()

    def _flush(self) -> None:
        invocation = self.current
        if invocation is None or invocation.closed:
            with self._storing:  # the agent's thread may be at it
                if not any(self.collector.data.values()):
                    return
            invocation = Invocation("exit")
        self.held = False
        self.store(invocation, "crash", time.monotonic() + EXIT_FLUSH_SECONDS)
        self.off = "the process ended"


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    try:
        return float(remaining()) / 1000 if callable(remaining) else 900.0
    except Exception:  # somebody's test double
        return 900.0
