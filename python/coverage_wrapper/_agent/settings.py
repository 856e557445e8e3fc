"""The settings table, the same as `src/contract/settings.ts` (a test compares the two)."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False  # `typing` costs 3 ms of cold start
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Callable


class Settings:
    s3_bucket: str | None
    s3_prefix: str
    upload_timeout: float
    include_patterns: list[str]
    exclude_patterns: list[str]
    branch_coverage: bool
    log_level: str
    debug: bool
    enabled: bool
    granularity: str
    sample_rate: float
    upload: str
    upload_sources: bool
    health_check_path: str | None
    metrics: bool

    @property
    def level(self) -> str:
        return "DEBUG" if self.debug else self.log_level


def _text(value: str) -> str:
    return value


def _flag(value: str) -> bool | None:
    lower = value.lower()
    if lower in ("true", "1", "yes", "on"):
        return True
    return False if lower in ("false", "0", "no", "off") else None


def _patterns(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _choice(*values: str) -> tuple[Callable[[str], str | None], str]:
    def parse(value: str) -> str | None:
        return next((v for v in values if v.lower() == value.lower()), None)

    return parse, ", ".join(values)


def _number(low: float, high: float) -> tuple[Callable[[str], float | None], str]:
    def parse(value: str) -> float | None:
        try:
            number = float(value)
        except ValueError:
            return None
        return number if low <= number <= high else None

    return parse, f"a number from {low:g} to {high:g}"


def _bucket(value: str) -> str | None:
    return value if re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value) else None


_FLAG: tuple[Callable[[str], bool | None], str] = (_flag, "true or false")
_TEXT: tuple[Callable[[str], str | None], str] = (_text, "text")
_PATTERNS: tuple[Callable[[str], list[str]], str] = (_patterns, "comma-separated globs")
_BUCKET = (_bucket, "an S3 bucket name (3 to 63 lower-case letters, digits, dots, hyphens)")

DEFAULT_EXCLUDE_PATTERNS = ["**/node_modules/**"]

# attribute: variable, (parser, what is allowed), default
TABLE: dict[str, tuple[str, tuple[Callable[[str], Any], str], Any]] = {
    "s3_bucket": ("COVERAGE_S3_BUCKET", _BUCKET, None),
    "s3_prefix": ("COVERAGE_S3_PREFIX", _TEXT, "coverage/"),
    "upload_timeout": ("COVERAGE_UPLOAD_TIMEOUT", _number(0.1, 900), 30),
    "include_patterns": ("COVERAGE_INCLUDE_PATTERNS", _PATTERNS, []),
    "exclude_patterns": ("COVERAGE_EXCLUDE_PATTERNS", _PATTERNS, DEFAULT_EXCLUDE_PATTERNS),
    "branch_coverage": ("COVERAGE_BRANCH_COVERAGE", _FLAG, True),
    "log_level": ("COVERAGE_LOG_LEVEL", _choice("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    "debug": ("COVERAGE_DEBUG", _FLAG, False),
    "enabled": ("COVERAGE_ENABLED", _FLAG, True),
    "granularity": ("COVERAGE_GRANULARITY", _choice("block", "function"), "block"),
    "sample_rate": ("COVERAGE_SAMPLE_RATE", _number(0, 1), 1),
    "upload": ("COVERAGE_UPLOAD", _choice("every", "new"), "every"),
    "upload_sources": ("COVERAGE_UPLOAD_SOURCES", _FLAG, True),
    "health_check_path": ("COVERAGE_HEALTH_CHECK_PATH", _TEXT, None),
    "metrics": ("COVERAGE_METRICS", _FLAG, False),
}

OTHER_VARIABLES = (
    "COVERAGE_NEXT_WRAPPER",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_FILE",
    "COVERAGE_RCFILE",
    "COVERAGE_CORE",
    "COVERAGE_RUN",
)


def read_settings(env: Mapping[str, str] | None = None) -> tuple[Settings, list[str]]:
    """All settings, and what is wrong with the environment. Never raises; an empty value counts as unset."""
    env = os.environ if env is None else env
    settings, problems = Settings(), []
    known = {row[0] for row in TABLE.values()}
    for attribute, (name, (parse, allowed), default) in TABLE.items():
        value = env.get(name, "")
        parsed = parse(value) if value else default
        if value and parsed is None:
            problems.append(f'{name}="{value}" is not {allowed}')
            parsed = default
        setattr(settings, attribute, parsed)
    for name in env:
        if name.startswith("COVERAGE_") and name not in known and name not in OTHER_VARIABLES:
            problems.append(_unknown(name, known))
    return settings, problems


def _unknown(name: str, known: set[str]) -> str:
    import difflib  # only where somebody mistyped

    near = difflib.get_close_matches(name, sorted(known), 1, 0.7)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{name} is not a setting of this layer{hint}"
