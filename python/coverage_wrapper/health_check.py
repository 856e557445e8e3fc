"""Health of the coverage layer, from what it knows: nothing is asked of S3 for it."""

from __future__ import annotations

import json
import platform
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ._agent import session
from ._agent.settings import Settings, read_settings
from ._version import __version__
from .models import HealthCheckResponse

if TYPE_CHECKING:
    from ._agent.environment import Environment

_REFUSALS = {"AccessDenied", "Http403", "NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


def health_check_handler() -> dict[str, Any]:
    """`healthy`; `degraded` (the last upload failed, files are pending, the circuit breaker is open);
    `unhealthy` (nothing is collected, or S3 says no). Before the first upload S3 is `unknown`."""
    env = session.current()
    settings = env.own.settings if env else read_settings()[0]
    errors, warnings, s3 = _findings(env, settings)
    return HealthCheckResponse(
        status="unhealthy" if errors else "degraded" if warnings else "healthy",
        coverage_enabled=env is not None and env.off is None,
        layer_version=__version__,
        s3_config={"bucket": settings.s3_bucket or "", "prefix": settings.s3_prefix, "status": s3},
        timestamp=datetime.now(timezone.utc),
        errors=errors,
        warnings=warnings,
    ).to_dict()


def _findings(env: Environment | None, settings: Settings) -> tuple[list[str], list[str], str]:
    errors: list[str] = []
    warnings: list[str] = []
    if env is None or env.off is not None:
        reason = session.off_reason() or "coverage_handler, CoverageContext or the exec wrapper is not in use"
        return [f"No coverage is collected: {reason}"], warnings, "unknown"
    storage = env.own.storage
    delivery = storage.delivery if storage else None
    if storage is None or delivery is None:
        return errors, warnings, "unknown"
    failed, last = delivery.last_error, delivery.last_result
    if failed is not None:
        from ._agent.delivery import remedy_for

        remedy = remedy_for(failed.code, settings.s3_bucket or "", last.key if last else settings.s3_prefix)
        text = f"The last upload failed: {failed.code} {failed.message}" + (f"; {remedy}" if remedy else "")
        (errors if failed.code in _REFUSALS else warnings).append(text)
    if delivery.pending_files:
        warnings.append(f"{delivery.pending_files} coverage files wait under /tmp for the next try")
    if delivery.dropped_files:
        warnings.append(f"{delivery.dropped_files} coverage files were dropped: /tmp held too many already")
    if storage.breaker.open:
        warnings.append("Uploads failed repeatedly: only some invocations try")
    return errors, warnings, delivery.s3


def health_response() -> dict[str, Any]:
    """For API Gateway (v1, v2), ALB and function URLs."""
    return {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "isBase64Encoded": False,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": json.dumps(health_check_handler()),
    }


def get_coverage_status() -> dict[str, Any]:
    """`initialized`: the agent runs; `active`: it is recording right now; `config`: its settings."""
    env = session.current()
    settings = env.own.settings if env else read_settings()[0]
    return {
        "initialized": env is not None and env.off is None,
        "active": env is not None and env.off is None and env.collector.running,
        "config": vars(settings).copy(),
    }


def get_layer_info() -> dict[str, Any]:
    from coverage.version import __version__ as coverage_version

    return {
        "version": __version__,
        "python_version": platform.python_version(),
        "coverage_version": coverage_version,
        "dependencies": {"coverage": coverage_version},
    }
