"""Object keys of the bucket, the same as `src/contract/object-keys.ts` (a test compares the two)."""

from __future__ import annotations

import re
import time

SCRIPTS_PREFIX = "coverage-scripts/"


def sanitise(text: str) -> str:
    """Replaces all that could steer or break a key; never empty, at most 200 characters."""
    safe = re.sub(r"[^A-Za-z0-9._$-]", "_", text)
    safe = re.sub(r"\.{2,}", lambda dots: "_" * len(dots.group()), safe)[:200]
    return "_" if safe in ("", ".") else safe


def normalise_prefix(prefix: str) -> str:
    trimmed = prefix.strip("/")
    return f"{trimmed}/" if trimmed else ""


def execution_id(at: float, request_id: str, n: int = 0) -> str:
    """`HHMMSSmmm-<request id>[-n]` in UTC; `at` in seconds since the epoch."""
    ms = int(at * 1000)
    clock = time.strftime("%H%M%S", time.gmtime(ms // 1000))
    return f"{clock}{ms % 1000:03d}-{sanitise(request_id)}{f'-{n}' if n else ''}"


def coverage_key(prefix: str, function_name: str, identity: str, at: float) -> str:
    """`{prefix}YYYY/MM/DD/{function}-{execution id}.coverage`, UTC."""
    day = time.strftime("%Y/%m/%d", time.gmtime(at))
    return f"{normalise_prefix(prefix)}{day}/{sanitise(function_name)}-{sanitise(identity)}.coverage"


def script_key(sha256: str) -> str:
    return f"{SCRIPTS_PREFIX}{sha256}.json"


def combined_key(prefix: str, at: float) -> str:
    """`{prefix}combined/<UTC time>.json`: the default place of a combined report."""
    return f"{normalise_prefix(prefix)}combined/{time.strftime('%Y-%m-%dT%H%M%SZ', time.gmtime(at))}.json"
