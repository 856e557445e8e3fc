"""The errors that this package raises. Nothing of the agent's ever raises into a function."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CoverageError(Exception):
    """Base of them all. `details` says what it was about: key, bucket, setting, S3's error code."""

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = details or {}


class CoverageInitializationError(CoverageError):
    """A setting has a value that is not allowed, or coverage could not be started."""


class MissingSettingError(CoverageInitializationError, ValueError):
    """A required variable is not set."""


class S3UploadError(CoverageError):
    """S3 did not take an object. `details["error_code"]` is S3's own code, `details["remedy"]` what to do."""


class CoverageCombineError(CoverageError):
    """Coverage files could not be read, merged or reported."""
