"""The one execution environment of this process: started at most once, or the reason why it was not."""

from __future__ import annotations

import os
import sys
import time

from .collector import CollectorError
from .environment import Environment
from .log import Log
from .settings import read_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..models import CoverageConfig
    from .recording import Recording
    from .settings import Settings

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
            environment.own.initialization_ms = (time.perf_counter() - began) * 1000
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


def recording(environment: Environment, config: CoverageConfig | None) -> Recording:
    """Where a block's coverage goes."""
    if config is None:
        return environment.own
    settings = config.applied_to(read_settings()[0])
    return environment.recording_by(settings, Log(settings.level))


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
