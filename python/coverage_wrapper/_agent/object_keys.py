"""Object keys of the bucket, the same as `src/contract/object-keys.ts` (a test compares the two)."""

from __future__ import annotations

import re
import time

SCRIPTS_PREFIX = "coverage-scripts/"
INITS_PREFIX = "coverage-inits/"


def sanitise(text: str) -> str:
    """Replaces all that could steer or break a key; never empty, at most 200 characters."""
    safe = re.sub(r"[^A-Za-z0-9._$-]", "_", text[:200])
    safe = re.sub(r"\.{2,}", lambda dots: "_" * len(dots.group()), safe)
    return re.sub(r"^\.|\.\Z", "_", safe) or "_"


def normalise_prefix(prefix: str) -> str:
    """No leading slash, a trailing one unless empty, no `.` and `..`: S3 refuses keys that climb."""
    trimmed = re.sub(r"(?<![^/])\.\.?(/|\Z)", "", prefix).strip("/")
    return f"{trimmed}/" if trimmed else ""


def execution_id(at: float, request_id: str, n: int = 0) -> str:
    """`HHMMSSmmm-<request id>[-n]` in UTC; `at` in seconds since the epoch."""
    ms = round(at * 1000)
    clock = time.strftime("%H%M%S", time.gmtime(ms // 1000))
    identity = f"{sanitise(request_id[:150])}{f'-{n}' if n else ''}"
    return f"{clock}{ms % 1000:03d}-{_without_times(identity)}"


def _without_times(identity: str) -> str:
    """The last `-HHMMSSmmm-` of a key begins its execution id: nothing after it may look like another."""
    return re.sub(r"(^|-)(\d{9})(?=-)", r"\1\2_", identity, flags=re.ASCII)


def coverage_key(prefix: str, function_name: str, identity: str, at: float) -> str:
    """`{prefix}YYYY/MM/DD/{function}-{execution id}.coverage`, UTC."""
    day = time.strftime("%Y/%m/%d", time.gmtime(round(at * 1000) // 1000))
    safe = sanitise(identity)
    clock = safe[:10] if re.match(r"\d{9}-", safe, re.ASCII) else ""
    name = f"{sanitise(function_name)}-{clock}{_without_times(safe[len(clock) :])}"
    return f"{normalise_prefix(prefix)}{day}/{name}.coverage"


def lost_key(key: str, sequence: int) -> str:
    """The record that a coverage file's sequence is lost: nothing is ever overwritten."""
    return f"{key[: -len('.coverage')]}-lost-{sequence}.coverage"


def script_key(sha256: str) -> str:
    return f"{SCRIPTS_PREFIX}{sha256}.json"


def init_key(sha256: str) -> str:
    return f"{INITS_PREFIX}{sha256}.json"


def combined_key(prefix: str, at: float) -> str:
    """`{prefix}combined/<UTC time>.json`: the default place of a combined report."""
    stamp = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime(round(at * 1000) // 1000))
    return f"{normalise_prefix(prefix)}combined/{stamp}.json"
