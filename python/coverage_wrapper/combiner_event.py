"""What a combiner function's event asks for, as `src/api/combiner-event.ts` reads it (a test compares)."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ._agent.settings import read_settings
from .error_handling import CoverageCombineError, MissingSettingError

_MAX_TEXT = 1024


class CombinerRequest(NamedTuple):
    bucket: str
    prefix: str
    output_key: str | None


def combiner_request(event: Any) -> CombinerRequest:
    """Direct events win over `detail` of EventBridge, an S3 notification gives its bucket, and what is left
    open comes from COVERAGE_S3_BUCKET and COVERAGE_S3_PREFIX. Raises CoverageCombineError for a field that is
    no text, MissingSettingError where no bucket is named."""
    settings, _ = read_settings(os.environ)
    fields = _asked_for(event)
    bucket = _text(fields, "bucket") or settings.s3_bucket
    if bucket is None:
        message = "COVERAGE_S3_BUCKET is not set, and the event names no bucket"
        raise MissingSettingError(message, {"variable": "COVERAGE_S3_BUCKET"})
    return CombinerRequest(bucket, _text(fields, "prefix") or settings.s3_prefix, _text(fields, "output_key"))


def _asked_for(event: Any) -> dict[str, Any]:
    if not isinstance(event, dict):
        return {}
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    records = event.get("Records")
    record = records[0] if isinstance(records, list) and records else None
    s3 = record.get("s3") if isinstance(record, dict) else None
    bucket = s3.get("bucket") if isinstance(s3, dict) else None
    if isinstance(bucket, dict) and bucket.get("name") is not None:
        return {"bucket": bucket["name"]}
    detail = event.get("detail")
    if not isinstance(detail, dict) or not isinstance(event.get("detail-type"), str):
        return event
    # S3 through EventBridge: `{ detail: { bucket: { name }, object: { key } } }`.
    inner = detail.get("bucket")
    return {"bucket": inner.get("name")} if isinstance(inner, dict) else detail


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= _MAX_TEXT:
        return value
    message = f"The event's {name} is no text of at most {_MAX_TEXT} characters"
    raise CoverageCombineError(message, {"error_code": "InvalidEvent", "field": name})
