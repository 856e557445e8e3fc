"""Coverage of deployed Python Lambda functions. See docs/python.md.

Names load when they are first asked for. `coverage_handler` and `CoverageContext` start the agent then, in
init, before the runtime's first event.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._version import __version__
    from .combiner import (
        combine_coverage_files,
        coverage_combiner_handler,
        download_coverage_files,
        merge_coverage_data,
        upload_combined_report,
    )
    from .error_handling import (
        CoverageCombineError,
        CoverageError,
        CoverageInitializationError,
        S3UploadError,
    )
    from .health_check import get_coverage_status, get_layer_info, health_check_handler
    from .models import CoverageConfig, CoverageReportMetadata, HealthCheckResponse
    from .s3_uploader import generate_s3_key, get_s3_config, upload_coverage_file
    from .wrapper import CoverageContext, coverage_handler, finalize_coverage, initialize_coverage

__all__ = [
    "CoverageCombineError",
    "CoverageConfig",
    "CoverageContext",
    "CoverageError",
    "CoverageInitializationError",
    "CoverageReportMetadata",
    "HealthCheckResponse",
    "S3UploadError",
    "__version__",
    "combine_coverage_files",
    "coverage_combiner_handler",
    "coverage_handler",
    "download_coverage_files",
    "finalize_coverage",
    "generate_s3_key",
    "get_coverage_status",
    "get_layer_info",
    "get_s3_config",
    "health_check_handler",
    "initialize_coverage",
    "merge_coverage_data",
    "upload_combined_report",
    "upload_coverage_file",
]

_MODULES = {
    "wrapper": ("CoverageContext", "coverage_handler", "finalize_coverage", "initialize_coverage"),
    "health_check": ("get_coverage_status", "get_layer_info", "health_check_handler"),
    "s3_uploader": ("generate_s3_key", "get_s3_config", "upload_coverage_file"),
    "combiner": (
        "combine_coverage_files",
        "coverage_combiner_handler",
        "download_coverage_files",
        "merge_coverage_data",
        "upload_combined_report",
    ),
    "models": ("CoverageConfig", "CoverageReportMetadata", "HealthCheckResponse"),
    "error_handling": (
        "CoverageCombineError",
        "CoverageError",
        "CoverageInitializationError",
        "S3UploadError",
    ),
    "_version": ("__version__",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            value = getattr(import_module(f".{module}", __name__), name)
            if name in ("coverage_handler", "CoverageContext"):
                from .wrapper import prepare

                prepare(name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
