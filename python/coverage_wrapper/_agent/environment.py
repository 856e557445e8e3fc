"""One execution environment: its collector, its invocations, the thread that stores after each response.

The main thread only marks where an invocation begins and ends. The agent's thread asks for extension events;
until it asks for the next one Lambda freezes nothing, and the response has left before it starts to work.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import threading
import time

from .collector import CollectorError, create_collector
from .extension import Extension
from .log import Log, iso_time
from .object_keys import coverage_key, execution_id
from .settings import read_settings
from .sources import Sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable, TypeVar

    from ..models import CoverageConfig
    from .collector import Snapshot
    from .delivery import Result
    from .settings import Settings
    from .storage import Storage

    T = TypeVar("T")

# Keeps an answered invocation from ending as timed out because of us.
DEADLINE_RESERVE_SECONDS = 0.5
# Billed time after the response is the user's money, whatever COVERAGE_UPLOAD_TIMEOUT says.
MAX_HOLD_SECONDS = 2.0
# An ending process waits this long for its last upload.
EXIT_FLUSH_SECONDS = 1.0
# A snapshot of a handler that is about to time out, at most a quarter of its time before the deadline.
WATCHDOG_SECONDS = 1.0
POLL_SECONDS = 0.1
# A runtime that waits for its next event this long after ours came has answered without calling the handler.
UNCALLED_SECONDS = 0.25
RESPONSE_SECONDS = 0.5
MARKER_DELAY_SECONDS = 0.005
MAX_EVENT_PAUSE_SECONDS = 0.5


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
        self.selected: Snapshot | None = None  # only what CoverageContext blocks recorded

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


class Environment:
    def __init__(self, settings: Settings, log: Log, collected_from: str) -> None:
        self.settings, self.log, self.collected_from = settings, log, collected_from
        self.id = _uuid4()
        self.pid = os.getpid()
        self.initialization_ms = 0.0
        root = os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()
        self.sources = Sources(root, settings.include_patterns, settings.exclude_patterns)
        branches = settings.branch_coverage and settings.granularity == "block"
        self.collector = create_collector(self.sources, branches, settings.upload == "every")
        self.held = False  # an extension holds the environment after responses
        self.always = False  # the collector runs all the time, not only inside CoverageContext blocks
        self.off: str | None = None
        self.current: Invocation | None = None
        self.storage: Storage | None = None
        self._lock = threading.RLock()
        self._storing = threading.Lock()
        self._registered = False
        self._last_block: Invocation | None = None
        self._blocks = 0
        self._restarted = False
        self._client_found = True
        self.keep_init = False  # CoverageContext is in use: init is recorded though a block discards
        self.init_snapshot: Snapshot | None = None
        self.late_files: set[str] = set()
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
                self._note_late_files()
            self.collector.start()
            self.always = True
        except Exception as error:
            self.off = str(error)
            self.log.failure("No coverage: the tracer could not start", error)

    def register(self) -> None:
        """When a handler is wrapped, in init, before the runtime's first `/next`: only a wrapped handler
        tells when an invocation is over. Without it, uploads are awaited."""
        if self._registered or "AWS_LAMBDA_RUNTIME_API" not in os.environ:
            return
        self._registered = True
        extension = Extension()
        ready = _thread.allocate_lock()
        ready.acquire()
        # The thread first: a registered extension that nobody serves would hang the function. Not by
        # `threading`: its hook would trace the agent.
        _thread.start_new_thread(self._serve, (extension, ready))
        try:
            extension.register()
            self.held = True
        except Exception as error:
            self.log.failure("No extension: coverage is uploaded before the response", error)
        finally:
            ready.release()

    def begin(self, context: Any) -> Invocation:
        request_id = getattr(context, "aws_request_id", None) or f"local-{time.time_ns()}"
        with self._lock:
            invocation = self.current
            if invocation is None or invocation.request_id != str(request_id) or invocation.closed:
                self.current = invocation = Invocation(str(request_id))
            invocation.started_at, invocation.began = time.time(), time.monotonic()
        if self.off is None and self.always:
            if not self.collector.intact():
                self._tracer_replaced(invocation)
            if self.keep_init and self.init_snapshot is None:
                self.init_snapshot = self.collector.take()
        return invocation

    def end(self, invocation: Invocation, outcome: str, context: Any = None) -> None:
        invocation.end(outcome)
        if not self.held:
            left = _seconds_left(context)
            self._store(invocation, outcome, time.monotonic() + self._hold_seconds(left))

    def finalize(self) -> dict[str, Any] | None:
        """Stores at once what ran since the last file."""
        invocation = self.current
        if invocation is None or invocation.closed:
            invocation = Invocation(f"local-{time.time_ns()}")
        result = self._store(
            invocation, invocation.outcome or "ok", time.monotonic() + MAX_HOLD_SECONDS, False
        )
        if result is None:
            return None
        return {
            "s3_key": result.key,
            "bucket": self.settings.s3_bucket,
            "file_size": result.size,
            "upload_time_ms": round(result.upload_ms),
            "success": result.stored,
        }

    def enter_block(self) -> None:
        """What ran so far in this invocation is not recorded."""
        with self._lock:
            self._blocks += 1
            if self._blocks > 1 or self.off is not None:
                return
            if not self.collector.running:
                self._note_late_files()
                self.collector.start()
            self.collector.take()

    def exit_block(self) -> None:
        with self._lock:
            self._blocks -= 1
            if self._blocks > 0 or self.off is not None:
                return
            taken = self.collector.take()
            if not self.always:
                self.collector.stop()
            invocation = self.current
            if invocation is not None and not invocation.closed and invocation.watched:
                invocation.selected = _union(invocation.selected or {}, taken)
                return
        # No handler is wrapped: the block waits for its own upload.
        context = _client_context()
        alone = Invocation(getattr(context, "aws_request_id", None) or f"local-{time.time_ns()}")
        before, self._last_block = self._last_block, alone
        if before is not None and before.request_id == alone.request_id:
            alone.files = before.files
        alone.selected = taken
        self.end(alone, "ok", context)

    def _invocation_of(self, request_id: str) -> Invocation:
        """The main thread's object, unless it has not begun; it may be over (a health check)."""
        with self._lock:
            current = self.current
            # Lambda may hand out a request id again: a retry.
            if current is None or current.request_id != request_id or current.event_seen:
                self.current = current = Invocation(request_id)
            current.event_seen = True
            return current

    def _note_late_files(self) -> None:
        """Measured modules that are imported already: their module level ran unseen."""
        files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        self.late_files |= {f for f in files if isinstance(f, str) and self.sources.measured(f)}

    def _tracer_replaced(self, invocation: Invocation) -> None:
        if not self._restarted and sys.gettrace() is None:
            self._restarted = True
            self.collector.start()
            message = "Another tracer stopped coverage: what ran meanwhile is not recorded. Started again"
        else:
            self.off = "another tracer (sys.settrace) took coverage's place"
            message = "No coverage from here on: another tracer (sys.settrace) runs in this function"
        self.log.write("WARNING", message, request_id=invocation.request_id)

    # --- the agent's thread

    def _serve(self, extension: Extension, ready: Any) -> None:
        with ready:
            pass
        failures = 0
        while self.held:
            try:
                event = extension.next_event()
                failures = 0
            except Exception as error:
                # Never given up: Lambda would wait for a registered extension until the function's timeout.
                failures += 1
                if failures == 1:
                    self.log.failure("The Extensions API gave no event", error)
                time.sleep(min(0.01 * 2**failures, MAX_EVENT_PAUSE_SECONDS))
                continue
            try:
                if event.get("eventType") == "INVOKE":
                    self._hold(event)
            except Exception as error:  # one outer catch: the environment must be let go in any case
                self.log.failure("Coverage of this invocation failed", error)

    def _hold(self, event: dict[str, Any]) -> None:
        deadline = time.monotonic() + event["deadlineMs"] / 1000 - time.time()
        invocation = self._invocation_of(event["requestId"])
        try:
            self._hold_for(invocation, deadline)
        finally:
            # Whatever failed: by the same request id comes a retry, which is another invocation.
            invocation.closed = True

    def _hold_for(self, invocation: Invocation, deadline: float) -> None:
        # On a small function both threads share one core: a handler that is over at once goes first.
        if not invocation.ended.wait(MARKER_DELAY_SECONDS) and self.always:
            self._mark_owed(invocation)
        warn_at = deadline - min(WATCHDOG_SECONDS, (deadline - time.monotonic()) / 4)
        if not self._wait_for_end(invocation, warn_at):
            # A spinning handler gives the interpreter away every 5 ms only, and each step of an upload waits.
            interval = sys.getswitchinterval()
            sys.setswitchinterval(0.0005)
            self._store(invocation, "timeout", deadline - 0.05, last=False)
            sys.setswitchinterval(interval)
            self._mark_owed(invocation)
            self._wait_for_end(invocation, deadline + 1)
        self._wait_for_response(invocation)
        outcome = invocation.outcome or "error"  # answered by the client without our handler
        self._store(invocation, outcome, time.monotonic() + self._hold_seconds(deadline - time.monotonic()))

    def _hold_seconds(self, left: float) -> float:
        return max(0.0, min(self.settings.upload_timeout, left - DEADLINE_RESERVE_SECONDS, MAX_HOLD_SECONDS))

    def _wait_for_end(self, invocation: Invocation, until: float) -> bool:
        idle_since = 0.0
        while True:
            now = time.monotonic()
            if now >= until:
                return False
            if invocation.ended.wait(min(POLL_SECONDS, until - now)):
                return True
            if not _runtime_waits():
                idle_since = 0.0
            elif not idle_since:
                idle_since = now
            elif now - idle_since > UNCALLED_SECONDS:
                return True

    def _wait_for_response(self, invocation: Invocation) -> None:
        """Until the client asks for its next event, which it does after it has posted the response."""
        until = time.monotonic() + (RESPONSE_SECONDS if self._client_found else 0.02)
        while invocation.outcome != "crash":
            if _runtime_waits():
                self._client_found = True
                return
            if time.monotonic() > until:
                self._client_found = False
                return
            time.sleep(0.001)

    def _storage(self) -> Storage:
        if self.storage is None:
            from .storage import Storage  # sockets, TLS, hashes: not at cold start

            self.storage = Storage(self)
        return self.storage

    def _mark_owed(self, invocation: Invocation) -> None:
        self._storage().mark_owed(invocation)

    def _store(
        self, invocation: Invocation, outcome: str, deadline: float, last: bool = True
    ) -> Result | None:
        """`last`: nothing more is to come of this invocation."""
        with self._storing:
            if invocation.closed:
                return None
            invocation.closed = last
            if self.off is not None:
                return None
            selected, invocation.selected = invocation.selected, None
            if selected is None and not self.always:
                return None  # no CoverageContext block was entered
            storage = self._storage()
            if not storage.breaker.should_collect():
                return None
            began = time.monotonic()
            taken = self.collector.take() if self.always else {}
            snapshot = taken if selected is None else selected
            if self.init_snapshot:
                snapshot, self.init_snapshot = _union(snapshot, self.init_snapshot), {}
            return storage.store(invocation, outcome, snapshot, began, deadline)

    def new_key(self, invocation: Invocation) -> str:
        name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown")
        identity = execution_id(invocation.started_at, invocation.request_id, invocation.files)
        return coverage_key(self.settings.s3_prefix, name, identity, invocation.started_at)

    # --- the end of the process

    def _flush_at_exit(self) -> None:
        """sys.exit, or a handler module that could not be loaded. A kill or os._exit leaves the marker."""
        if os.getpid() != self.pid or self.off is not None or not self.always:
            return
        try:
            invocation = self.current
            if invocation is None or invocation.closed:
                with self._storing:  # the agent's thread may be at it
                    if not any(self.collector.data.values()):
                        return
                invocation = Invocation("exit")
            self.held = False
            self._store(invocation, "crash", time.monotonic() + EXIT_FLUSH_SECONDS)
            self.off = "the process ended"
        except Exception as error:
            self.log.failure("Coverage of the ending process failed", error)


def _runtime_waits() -> bool:
    """Whether the main thread is inside the runtime client's call for the next event."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_name == "wait_next_invocation":
            return True
        frame = frame.f_back
    return False


def _client_context() -> Any:
    """The context that the runtime client made for this invocation, where it is below us on the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "handle_event_request":
            return frame.f_locals.get("lambda_context")
        frame = frame.f_back
    return None


def _union(a: Snapshot, b: Snapshot) -> Snapshot:
    return {name: a.get(name, set()) | b.get(name, set()) for name in {**a, **b}}


def _seconds_left(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    try:
        return float(remaining()) / 1000 if callable(remaining) else 900.0
    except Exception:  # somebody's test double
        return 900.0


def _uuid4() -> str:
    raw = bytearray(os.urandom(16))
    raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


# --- the one of this process

_current: Environment | None = None
_off_reason: str | None = None
_decided = False


def current() -> Environment | None:
    return _current


def off_reason() -> str | None:
    return _current.off if _current else _off_reason


def start(
    collected_from: str, config: CoverageConfig | None = None, wait_for_bucket: bool = False
) -> Environment | None:
    """Once per process; None where coverage is off, after one log line that says why. `wait_for_bucket`:
    without a bucket nothing is decided yet, a configuration in the code may still name one."""
    global _current, _off_reason, _decided
    if _decided or (wait_for_bucket and not os.environ.get("COVERAGE_S3_BUCKET")):
        return _current
    _decided = True
    began = time.perf_counter()
    settings, problems = read_settings()
    if config is not None:
        settings = config.applied_to(settings)
    log = Log(settings.level)
    try:
        for problem in problems:
            log.write("WARNING", problem)
        _off_reason = _why_off(settings, collected_from)
        if _off_reason is None:
            environment = Environment(settings, log, collected_from)
            environment.initialization_ms = (time.perf_counter() - began) * 1000
            _current = environment
        elif settings.enabled and not _off_reason.startswith("sampled"):
            log.write("WARNING", f"No coverage: {_off_reason}")
    except CollectorError as error:
        _off_reason = str(error)
        log.write("WARNING", f"No coverage: {error}")
    except Exception as error:  # the host comes first
        _off_reason = str(error)
        log.failure("No coverage: the agent could not start", error)
    return _current


def _why_off(settings: Settings, collected_from: str) -> str | None:
    env = os.environ
    kind = env.get("AWS_LAMBDA_INITIALIZATION_TYPE", "")
    if not settings.enabled:
        return "COVERAGE_ENABLED is false"
    if kind == "lambda-managed-instances" or env.get("AWS_LAMBDA_MAX_CONCURRENCY"):
        return (
            "on Lambda Managed Instances several invocations run at once and none can be told apart. "
            "Remove the layer's exec wrapper from this function"
        )
    if kind == "snap-start":
        return (
            "with SnapStart many environments start from one snapshot and would count as one. "
            "Switch SnapStart off for this function, or set COVERAGE_ENABLED=false"
        )
    if settings.s3_bucket is None:
        return "COVERAGE_S3_BUCKET is not set. Set it to the bucket that coverage is stored in"
    if sys.gettrace() is not None:
        return "another tracer (sys.settrace) runs already, e.g. a debugger or coverage.py itself"
    # With the exec wrapper the dice are thrown there.
    if collected_from == "late" and settings.sample_rate < 1:
        import random

        if random.random() >= settings.sample_rate:
            return "sampled out by COVERAGE_SAMPLE_RATE"
    return None
