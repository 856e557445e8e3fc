"""Configuration and results as values."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ._agent.contract import SETTINGS
from ._agent.log import iso_time
from ._agent.settings import Settings, read_settings
from .error_handling import CoverageInitializationError, MissingSettingError

_cached: tuple[tuple[str, ...], CoverageConfig] | None = None


@dataclass
class CoverageConfig:
    s3_bucket: str
    s3_prefix: str = "coverage/"
    upload_timeout: int = 30
    include_patterns: list[str] | None = None
    exclude_patterns: list[str] | None = None
    branch_coverage: bool = True
    debug: bool = False

    @classmethod
    def from_environment(cls) -> CoverageConfig:
        """From the COVERAGE_ variables; the same object as long as they stay the same. Raises
        MissingSettingError (also a ValueError) without a bucket, CoverageInitializationError for a value that
        is not allowed; the message names the variable, the value and what is allowed."""
        global _cached
        names = [row[0] for row in SETTINGS.values()]
        fingerprint = tuple(os.environ.get(name, "") for name in names)
        if _cached is not None and _cached[0] == fingerprint:
            return _cached[1]
        settings, problems = read_settings({name: os.environ.get(name, "") for name in names})
        if problems:
            raise CoverageInitializationError("; ".join(problems), {"problems": problems})
        if settings.s3_bucket is None:
            message = "COVERAGE_S3_BUCKET is not set: name the bucket that coverage is stored in"
            raise MissingSettingError(message, {"variable": "COVERAGE_S3_BUCKET"})
        timeout = settings.upload_timeout
        config = cls(
            s3_bucket=settings.s3_bucket,
            s3_prefix=settings.s3_prefix,
            upload_timeout=int(timeout) if timeout == int(timeout) else timeout,  # type: ignore[arg-type]
            include_patterns=settings.include_patterns or None,
            exclude_patterns=settings.exclude_patterns
            if os.environ.get("COVERAGE_EXCLUDE_PATTERNS")
            else None,
            branch_coverage=settings.branch_coverage,
            debug=settings.debug,
        )
        _cached = (fingerprint, config)
        return config

    def applied_to(self, settings: Settings) -> Settings:
        """The environment's settings with this configuration's values in their place."""
        settings.s3_bucket, settings.s3_prefix = self.s3_bucket, self.s3_prefix
        settings.upload_timeout = self.upload_timeout
        if self.include_patterns is not None:
            settings.include_patterns = self.include_patterns
        if self.exclude_patterns is not None:
            settings.exclude_patterns = self.exclude_patterns
        settings.branch_coverage, settings.debug = self.branch_coverage, self.debug
        return settings


@dataclass
class CoverageReportMetadata:
    """What is known of one stored coverage file. Percentages are not known at upload: a file holds what ran,
    and how much there is to run is known to combine."""

    function_name: str
    execution_id: str
    timestamp: datetime
    s3_key: str
    file_size: int
    coverage_percentage: float | None = None
    lines_covered: int | None = None
    lines_total: int | None = None
    branches_covered: int | None = None
    branches_total: int | None = None


@dataclass
class HealthCheckResponse:
    status: str
    coverage_enabled: bool
    layer_version: str
    s3_config: dict[str, Any]
    timestamp: datetime
    errors: list[str] | None = None
    warnings: list[str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the timestamp in ISO 8601, `errors` and `warnings` only where there are any."""
        fields: dict[str, Any] = {
            "status": self.status,
            "coverage_enabled": self.coverage_enabled,
            "layer_version": self.layer_version,
            "s3_config": self.s3_config,
            "timestamp": iso_time(self.timestamp.timestamp()),
        }
        for name, texts in (("errors", self.errors), ("warnings", self.warnings)):
            if texts:
                fields[name] = texts
        return fields
