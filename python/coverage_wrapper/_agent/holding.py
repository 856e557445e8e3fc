"""The agent's thread: it asks for extension events. Until it asks for the next one Lambda freezes nothing, so
that what an invocation ran is stored after its response has left.
"""

from __future__ import annotations

import _thread
import sys
import threading
import time

from .fork_warning import keep_quiet_about_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .environment import Environment
    from .extension import Extension
    from .invocation import Invocation

# Keeps an answered invocation from ending as timed out because of us.
DEADLINE_RESERVE_SECONDS = 0.5
# Billed time after the response is the user's money, whatever COVERAGE_UPLOAD_TIMEOUT says.
MAX_HOLD_SECONDS = 2.0
# A snapshot of a handler that is about to time out, at most a quarter of its time before the deadline.
WATCHDOG_SECONDS = 1.0
POLL_SECONDS = 0.1
# A runtime that waits for its next event this long after ours came has answered without calling the handler.
UNCALLED_SECONDS = 0.25
RESPONSE_SECONDS = 0.5
MARKER_DELAY_SECONDS = 0.005
MAX_EVENT_PAUSE_SECONDS = 0.5
# A spinning handler gives the interpreter away every 5 ms only, and each step of an upload waits for it.
BUSY_SWITCH_SECONDS = 0.0005


def hold_seconds(upload_timeout: float, left: float) -> float:
    """How long an invocation may be held after its response, `left` seconds before its deadline."""
    return max(0.0, min(upload_timeout, left - DEADLINE_RESERVE_SECONDS, MAX_HOLD_SECONDS))


class Holder:
    def __init__(self, environment: Environment, extension: Extension) -> None:
        self._environment, self._extension = environment, extension
        self._client_found = True
        self._ready = _thread.allocate_lock()
        self._ready.acquire()

    def start(self) -> None:
        """The thread first: a registered extension that nobody serves would hang the function. Not by
        `threading`: its hook would trace the agent."""
        _thread.start_new_thread(self._serve, ())
        keep_quiet_about_agent()
        try:
            self._extension.register()
            self._environment.held = True
        finally:
            self._ready.release()

    def let_go(self) -> None:
        self._extension.let_go()

    def _serve(self) -> None:
        with self._ready:
            pass
        environment, failures = self._environment, 0
        while environment.held:
            try:
                event = self._extension.next_event()
                failures = 0
            except Exception as error:
                # Never given up: Lambda would wait for a registered extension until the function's timeout.
                failures += 1
                if failures == 1:
                    environment.log.failure("The Extensions API gave no event", error)
                time.sleep(min(0.01 * 2 ** min(failures, 9), MAX_EVENT_PAUSE_SECONDS))
                continue
            try:
                if event.get("eventType") == "INVOKE":
                    self.hold(event)
            except Exception as error:  # one outer catch: the environment must be let go in any case
                environment.log.failure("Coverage of this invocation failed", error)

    def hold(self, event: dict[str, Any]) -> None:
        deadline = time.monotonic() + event["deadlineMs"] / 1000 - time.time()
        invocation = self._environment.invocation_of(event["requestId"])
        try:
            self._hold_for(invocation, deadline)
        finally:
            # Whatever failed: by the same request id comes a retry, which is another invocation.
            invocation.closed = True

    def _hold_for(self, invocation: Invocation, deadline: float) -> None:
        environment = self._environment
        # On a small function both threads share one core: a handler that is over at once goes first.
        if not invocation.ended.wait(MARKER_DELAY_SECONDS) and environment.always:
            environment.mark_owed(invocation)
        warn_at = deadline - min(WATCHDOG_SECONDS, (deadline - time.monotonic()) / 4)
        if not self._wait_for_end(invocation, warn_at):
            interval = sys.getswitchinterval()
            sys.setswitchinterval(BUSY_SWITCH_SECONDS)
            try:
                environment.store(invocation, "timeout", deadline - 0.05, last=False)
            finally:
                sys.setswitchinterval(interval)
            environment.mark_owed(invocation)
            self._wait_for_end(invocation, deadline + 1)
        self._wait_for_response(invocation)
        outcome = invocation.outcome or "error"  # answered by the client without our handler
        left = deadline - time.monotonic()
        until = time.monotonic() + hold_seconds(environment.own.settings.upload_timeout, left)
        environment.store(invocation, outcome, until)

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


def _runtime_waits() -> bool:
    """Whether the main thread is inside the runtime client's call for the next event."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None:
        if frame.f_code.co_name == "wait_next_invocation":
            return True
        frame = frame.f_back
    return False
