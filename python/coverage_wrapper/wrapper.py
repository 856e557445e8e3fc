"""The decorator, the context manager, and the two functions behind both."""

from __future__ import annotations

import functools

from ._agent import bootstrap, environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable

    from .models import CoverageConfig


def prepare(name: str) -> None:
    """At the import of `name`: the extension must be registered before the runtime's first event."""
    env = environment.start("late", wait_for_bucket=True)
    if env is None:
        return
    if name == "coverage_handler":
        env.start_collecting()
    else:
        env.keep_init = True


def coverage_handler(func: Callable[..., Any]) -> Callable[..., Any]:
    """Collects coverage of every invocation of `func`, and uploads it after the response. Results and errors
    are those of `func`."""
    env = environment.start("late", wait_for_bucket=True)
    if env is not None:
        env.start_collecting()
    return functools.wraps(func)(bootstrap.wrap(func))


class CoverageContext:
    """Only what runs inside the block is recorded of this invocation, on any thread. Blocks may nest."""

    def __init__(self, config: CoverageConfig | None = None) -> None:
        self._config = config
        self._environment: environment.Environment | None = None

    def __enter__(self) -> CoverageContext:
        env = environment.start("late", self._config)
        if env is not None:
            env.guarded("Coverage of this block", env.enter_block)
            self._environment = env
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        env, self._environment = self._environment, None
        if env is not None:
            env.guarded("Coverage of this block", env.exit_block)


def initialize_coverage(config: CoverageConfig | None = None) -> bool:
    """Starts collecting, once per process. False where coverage is off; `get_coverage_status()` says why."""
    env = environment.start("late", config)
    if env is not None:
        env.start_collecting()
    return env is not None and env.off is None


def finalize_coverage() -> dict[str, Any] | None:
    """Stores at once what ran since the last upload and returns what `upload_coverage_file` returns; None
    where nothing is being collected."""
    env = environment.current()
    return env.guarded("Storing coverage", env.finalize) if env is not None else None
