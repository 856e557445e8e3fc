"""The decorator, the context manager, and the two functions behind both."""

from __future__ import annotations

import functools

from ._agent import bootstrap, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable

    from ._agent.environment import Environment
    from ._agent.recording import Recording
    from .models import CoverageConfig


def prepare(name: str) -> None:
    """At the import of `name`: the extension must be registered before the runtime's first event."""
    env = session.start("late", wait_for_bucket=True)
    if env is not None and name == "coverage_handler":
        env.start_collecting()


def coverage_handler(func: Callable[..., Any]) -> Callable[..., Any]:
    """Collects coverage of every invocation of `func`, and uploads it after the response. Results and errors
    are those of `func`."""
    env = session.start("late", wait_for_bucket=True)
    if env is not None:
        env.start_collecting()
    return functools.wraps(func)(bootstrap.wrap(func))


class CoverageContext:
    """Only what runs inside the block is recorded of this invocation, on any thread. Blocks may nest.
    `config` holds for this block: its bucket, prefix, patterns and branches."""

    def __init__(self, config: CoverageConfig | None = None) -> None:
        self._config = config
        self._entered: tuple[Environment, Recording] | None = None

    def __enter__(self) -> CoverageContext:
        env = session.start("late", self._config)
        if env is None:
            return self
        recording = env.guarded("Coverage of this block", session.recording, env, self._config)
        if recording is not None:
            env.guarded("Coverage of this block", env.blocks.enter, recording)
            self._entered = env, recording
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        entered, self._entered = self._entered, None
        if entered is not None:
            env, recording = entered
            env.guarded("Coverage of this block", env.blocks.exit, recording)


def initialize_coverage(config: CoverageConfig | None = None) -> bool:
    """Starts collecting, once per process; `config` holds from now on. False where coverage is off;
    `get_coverage_status()` says why."""
    env = session.start("late", config)
    if env is None:
        return False
    if config is not None:
        recording = env.guarded("This configuration", session.recording, env, config)
        if recording is not None:
            env.guarded("This configuration", env.record_by, recording)
    env.start_collecting()
    return env.off is None


def finalize_coverage() -> dict[str, Any] | None:
    """Stores at once what ran since the last upload and returns what `upload_coverage_file` returns; None
    where nothing is being collected."""
    env = session.current()
    return env.guarded("Storing coverage", env.finalize) if env is not None else None
