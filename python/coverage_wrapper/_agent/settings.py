"""Reads the settings of contract.py, which is generated from `src/contract/settings.ts`."""

from __future__ import annotations

import os
import re

from .contract import OTHER_VARIABLES, SETTINGS

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


def _bucket(value: str) -> str | None:
    return value if re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value) else None


_PARSERS: dict[str, Callable[[str], Any]] = {
    "text": _text,
    "flag": _flag,
    "patterns": _patterns,
    "bucket": _bucket,
}


def _parse(kind: Any, allowed: str, value: str) -> Any:
    """None where the value is not allowed."""
    if kind == "choice":
        return next((each for each in allowed.split(", ") if each.lower() == value.lower()), None)
    if isinstance(kind, str):
        return _PARSERS[kind](value)
    try:
        number = float(value)
    except ValueError:
        return None
    return number if kind[0] <= number <= kind[1] else None


def read_settings(env: Mapping[str, str] | None = None) -> tuple[Settings, list[str]]:
    """All settings, and what is wrong with the environment. Never raises; an empty value counts as unset."""
    env = os.environ if env is None else env
    settings, problems = Settings(), []
    known = {row[0] for row in SETTINGS.values()}
    for attribute, (name, kind, allowed, default) in SETTINGS.items():
        value = env.get(name, "")
        parsed = _parse(kind, allowed, value) if value else default
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
