"""Names, signatures, defaults and fields of the specification's API reference."""

from __future__ import annotations

import dataclasses
import inspect
from datetime import datetime, timezone
from typing import get_type_hints

import pytest

import coverage_wrapper
from coverage_wrapper import combiner, error_handling, health_check, models, s3_uploader

EMPTY = inspect.Parameter.empty

SIGNATURES = [
    (coverage_wrapper.coverage_handler, {"func": EMPTY}),
    (coverage_wrapper.CoverageContext.__init__, {"self": EMPTY, "config": None}),
    (
        coverage_wrapper.CoverageContext.__exit__,
        dict.fromkeys(("self", "exc_type", "exc_val", "exc_tb"), EMPTY),
    ),
    (health_check.health_check_handler, {}),
    (health_check.get_coverage_status, {}),
    (health_check.get_layer_info, {}),
    (
        combiner.combine_coverage_files,
        {"bucket_name": EMPTY, "prefix": "coverage/", "output_key": None},
    ),
    (combiner.download_coverage_files, {"bucket_name": EMPTY, "prefix": EMPTY}),
    (combiner.merge_coverage_data, {"coverage_files": EMPTY}),
    (
        s3_uploader.upload_coverage_file,
        {"coverage_data": EMPTY, "function_name": EMPTY, "execution_id": EMPTY, "config": None},
    ),
    (
        s3_uploader.generate_s3_key,
        {"function_name": EMPTY, "execution_id": EMPTY, "prefix": "coverage/", "timestamp": None},
    ),
    (s3_uploader.get_s3_config, {}),
    (models.CoverageConfig.from_environment, {}),
]


@pytest.mark.parametrize(
    ("function", "parameters"), SIGNATURES, ids=lambda value: getattr(value, "__name__", "")
)
def test_signature(function, parameters):
    found = {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}
    assert found == parameters


NO_DEFAULT = object()
FIELDS = {
    models.CoverageConfig: {
        "s3_bucket": NO_DEFAULT,
        "s3_prefix": "coverage/",
        "upload_timeout": 30,
        "include_patterns": None,
        "exclude_patterns": None,
        "branch_coverage": True,
        "debug": False,
    },
    models.CoverageReportMetadata: {
        **dict.fromkeys(("function_name", "execution_id", "timestamp", "s3_key", "file_size"), NO_DEFAULT),
        **dict.fromkeys(
            (
                "coverage_percentage",
                "lines_covered",
                "lines_total",
                "branches_covered",
                "branches_total",
            )
        ),
    },
    models.HealthCheckResponse: {
        **dict.fromkeys(
            ("status", "coverage_enabled", "layer_version", "s3_config", "timestamp"), NO_DEFAULT
        ),
        "errors": None,
        "warnings": None,
    },
}


@pytest.mark.parametrize("model", FIELDS, ids=lambda model: model.__name__)
def test_fields_and_defaults(model):
    found = {
        field.name: NO_DEFAULT if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(model)
    }
    assert found == FIELDS[model]
    assert set(get_type_hints(model)) >= set(found)


def test_errors():
    error = error_handling.S3UploadError("no", {"s3_key": "k"})
    assert (str(error), error.details) == ("no", {"s3_key": "k"})
    assert error_handling.CoverageError("no").details == {}
    for name in ("CoverageInitializationError", "S3UploadError", "CoverageCombineError"):
        assert issubclass(getattr(error_handling, name), error_handling.CoverageError)


def test_configuration_from_the_environment(monkeypatch):
    monkeypatch.setenv("COVERAGE_S3_BUCKET", "bucket-name")
    monkeypatch.setenv("COVERAGE_INCLUDE_PATTERNS", "src/*, lib/*")
    monkeypatch.setenv("COVERAGE_BRANCH_COVERAGE", "false")
    config = models.CoverageConfig.from_environment()
    assert config == models.CoverageConfig(
        "bucket-name", include_patterns=["src/*", "lib/*"], branch_coverage=False
    )
    assert models.CoverageConfig.from_environment() is config
    monkeypatch.setenv("COVERAGE_UPLOAD_TIMEOUT", "soon")
    with pytest.raises(error_handling.CoverageInitializationError, match='COVERAGE_UPLOAD_TIMEOUT="soon"'):
        models.CoverageConfig.from_environment()


def test_a_missing_bucket_is_a_value_error(monkeypatch):
    monkeypatch.delenv("COVERAGE_S3_BUCKET", raising=False)
    with pytest.raises(ValueError, match="COVERAGE_S3_BUCKET is not set"):
        s3_uploader.get_s3_config()


def test_s3_configuration(monkeypatch):
    monkeypatch.setenv("COVERAGE_S3_BUCKET", "bucket-name")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert s3_uploader.get_s3_config() == {
        "bucket": "bucket-name",
        "prefix": "coverage/",
        "timeout": 30,
        "region": "eu-west-1",
    }


def test_key():
    at = datetime(2024, 1, 15, 23, 30, tzinfo=timezone.utc)
    assert s3_uploader.generate_s3_key("fn", "abc", "team/", at) == "team/2024/01/15/fn-abc.coverage"
    assert s3_uploader.generate_s3_key("../fn", "a/b").endswith("/__/fn-a_b.coverage") is False


def test_health_without_the_layer_at_work(monkeypatch):
    monkeypatch.setenv("COVERAGE_S3_BUCKET", "bucket-name")
    health = health_check.health_check_handler()
    assert list(health) == [
        "status",
        "coverage_enabled",
        "layer_version",
        "s3_config",
        "timestamp",
        "errors",
    ]
    assert (health["status"], health["coverage_enabled"]) == ("unhealthy", False)
    assert health["s3_config"] == {"bucket": "bucket-name", "prefix": "coverage/", "status": "unknown"}
    assert set(health_check.get_coverage_status()) == {"initialized", "active", "config"}
    assert set(health_check.get_layer_info()) == {
        "version",
        "python_version",
        "coverage_version",
        "dependencies",
    }


def test_the_decorator_leaves_a_function_as_it_is_without_a_bucket(monkeypatch):
    monkeypatch.delenv("COVERAGE_S3_BUCKET", raising=False)

    @coverage_wrapper.coverage_handler
    def handler(event, context):
        """Says so."""
        return event

    assert (handler.__name__, handler.__doc__, handler({"a": 1}, None)) == ("handler", "Says so.", {"a": 1})
