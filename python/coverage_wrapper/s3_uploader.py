"""Storing a coverage file by hand, by the same client, keys and retries as the agent's."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from typing import Any

from ._agent.object_keys import coverage_key
from .error_handling import S3UploadError
from .models import CoverageConfig


def upload_coverage_file(
    coverage_data: bytes,
    function_name: str,
    execution_id: str,
    config: CoverageConfig | None = None,
) -> dict[str, Any]:
    """Puts one coverage file (gzip'd or not: it is stored gzip'd): 3 attempts within the upload timeout.
    Returns s3_key, bucket, file_size, upload_time_ms, success. Raises S3UploadError."""
    from ._agent.delivery import FILE_HEADERS, gzip, remedy_for
    from ._agent.s3_client import S3Client

    config = config or CoverageConfig.from_environment()
    key = generate_s3_key(function_name, execution_id, config.s3_prefix)
    body = coverage_data if coverage_data[:2] == b"\x1f\x8b" else gzip(coverage_data)
    client = S3Client(config.s3_bucket)
    started = time.monotonic()
    sent = client.send("PUT", key, started + config.upload_timeout, FILE_HEADERS, body)
    client.close()
    if not sent.ok:
        message = f"{key} could not be stored in {config.s3_bucket}: {sent.message} ({sent.code})"
        details = {
            "s3_key": key,
            "bucket": config.s3_bucket,
            "error_code": sent.code,
            "http_status": sent.status,
            "retry_count": sent.attempts,
            "remedy": remedy_for(sent.code, config.s3_bucket, key),
        }
        raise S3UploadError(message, details)
    return {
        "s3_key": key,
        "bucket": config.s3_bucket,
        "file_size": len(body),
        "upload_time_ms": round((time.monotonic() - started) * 1000),
        "success": True,
    }


def generate_s3_key(
    function_name: str,
    execution_id: str,
    prefix: str = "coverage/",
    timestamp: datetime | None = None,
) -> str:
    """`{prefix}YYYY/MM/DD/{function_name}-{execution_id}.coverage`, UTC; a time without a zone is UTC. What
    could steer a key is replaced."""
    at = timestamp or datetime.now(timezone.utc)
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return coverage_key(prefix, function_name, execution_id, at.timestamp())


def get_s3_config() -> dict[str, Any]:
    """bucket, prefix, timeout (seconds), region. Raises ValueError where COVERAGE_S3_BUCKET is not set."""
    from ._agent.endpoint import DEFAULT_REGION

    config = CoverageConfig.from_environment()
    env = os.environ
    return {
        "bucket": config.s3_bucket,
        "prefix": config.s3_prefix,
        "timeout": config.upload_timeout,
        "region": env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or DEFAULT_REGION,
    }
