"""Combining Python coverage with coverage.py itself. One report over Python and JavaScript is made by the
`lambda-coverage combine` command or the combiner function (docs/decisions/python-combiner.md).
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ._agent.delivery import remedy_for
from ._agent.log import Log
from ._agent.object_keys import combined_key, normalise_prefix
from ._agent.settings import read_settings
from .combiner_event import combiner_request
from .error_handling import CoverageCombineError, S3UploadError

_DOWNLOADS_AT_ONCE = 16
_MAX_UNPACKED_BYTES = 64 * 1024 * 1024
_SOURCES = "sources"
_LOGGED_AT_MOST = 20


def combine_coverage_files(
    bucket_name: str, prefix: str = "coverage/", output_key: str | None = None
) -> dict[str, Any]:
    """Combines every coverage file below `prefix` into coverage.py's JSON report at `output_key`. What could
    not be used is counted in `files_skipped`, named by its key in `errors` and in the log. Raises
    CoverageCombineError where S3 says no and where there is nothing to report (no coverage is never 100 %),
    S3UploadError where the report cannot be stored."""
    started = time.monotonic()
    errors: list[str] = []
    folder = tempfile.mkdtemp(prefix="lambda-coverage-")
    try:
        named = _download(bucket_name, prefix, folder, errors)
        files = _read_all(named, errors)
        if not files:
            _warn(errors)
            raise CoverageCombineError(
                f"No Python coverage under s3://{bucket_name}/{prefix}", {"errors": errors[:20]}
            )
        merged = _merge(files, folder)
        _fetch_sources(bucket_name, folder, files, errors)
        report = _json_report(merged, folder, errors)
        key = output_key or combined_key(prefix, time.time())
        location = _put_report(json.dumps(report).encode(), bucket_name, key)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _warn(errors)
    return {
        "files_processed": len(files),
        "files_skipped": len(named) - len(files),
        "combined_coverage": report["totals"]["percent_covered"],
        "output_location": location,
        "processing_time_ms": round((time.monotonic() - started) * 1000),
        "errors": errors,
    }


def download_coverage_files(bucket_name: str, prefix: str) -> list[str]:
    """Downloads every `*.coverage` object below `prefix` into a new temporary folder, which is the caller's
    to remove. One that cannot be downloaded in 3 tries raises CoverageCombineError."""
    errors: list[str] = []
    named = _download(bucket_name, prefix, tempfile.mkdtemp(prefix="lambda-coverage-"), errors)
    if errors:
        raise CoverageCombineError(errors[0], {"errors": errors})
    return [path for _, path in named]


def merge_coverage_data(coverage_files: list[str]) -> str:
    """Merges coverage files into one data file of coverage.py (SQLite) beside the first of them. Files that
    are no Python coverage are left out and named in the log; none at all raises CoverageCombineError."""
    errors: list[str] = []
    files = _read_all([(os.path.basename(path), path) for path in coverage_files], errors)
    _warn(errors)
    if not files:
        raise CoverageCombineError("None of the files holds Python coverage", {"errors": errors})
    return _merge(files, os.path.dirname(os.path.abspath(coverage_files[0])))


def upload_combined_report(report: str, bucket_name: str, output_key: str) -> str:
    """Stores a report file; returns its S3 URI. Raises S3UploadError."""
    with open(report, "rb") as file:
        return _put_report(file.read(), bucket_name, output_key)


def coverage_combiner_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A Lambda handler: `bucket`, `prefix`, `output_key` of the event or of an EventBridge event's `detail`,
    the bucket of an S3 notification, else of the environment."""
    asked = combiner_request(event)
    output_key = asked.output_key or f"{normalise_prefix(asked.prefix)}combined-report.json"
    return combine_coverage_files(asked.bucket, asked.prefix, output_key)


def _warn(errors: list[str]) -> None:
    log = Log(read_settings(os.environ)[0].level)
    for error in errors[:_LOGGED_AT_MOST]:
        log.write("WARNING", f"Left out of the report: {error}")
    if len(errors) > _LOGGED_AT_MOST:
        log.write("WARNING", f"Left out of the report: {len(errors) - _LOGGED_AT_MOST} more; see `errors`")


def _s3() -> Any:
    import boto3  # in every Python runtime of Lambda; not at cold start
    from botocore.config import Config

    return boto3.client(
        "s3",
        config=Config(
            retries={"total_max_attempts": 3, "mode": "standard"}, max_pool_connections=_DOWNLOADS_AT_ONCE
        ),
    )


def _refusal(error: Exception, what: str, bucket: str, key: str) -> tuple[str, dict[str, Any]]:
    """Message and details of S3's answer, or of what kept it from answering."""
    answer = getattr(error, "response", None) or {}
    code = answer.get("Error", {}).get("Code") or type(error).__name__
    meta = answer.get("ResponseMetadata", {})
    details: dict[str, Any] = {
        "s3_key": key,
        "bucket": bucket,
        "error_code": code,
        "http_status": meta.get("HTTPStatusCode"),
        "retry_count": meta.get("RetryAttempts", 0) + 1,
    }
    tries = f" after {details['retry_count']} tries" if details["retry_count"] > 1 else ""
    return f"{what}{tries}: {error}", details


def _download(bucket: str, prefix: str, folder: str, errors: list[str]) -> list[tuple[str, str]]:
    """Key and path of each; one that could not be had is empty, and named in `errors`."""
    client = _s3()
    try:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [
            item["Key"]
            for page in pages
            for item in page.get("Contents", [])
            if item["Key"].endswith(".coverage")
        ]
    except Exception as error:
        message, details = _refusal(error, f"s3://{bucket}/{prefix} could not be listed", bucket, prefix)
        raise CoverageCombineError(message, details) from error

    def fetch(numbered: tuple[int, str]) -> tuple[str, str]:
        number, key = numbered
        path = os.path.join(folder, f"{number:06d}.coverage")
        try:
            body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except Exception as error:
            errors.append(_refusal(error, f"{key} could not be downloaded", bucket, key)[0])
            body = b""
        with open(path, "wb") as file:
            file.write(body)
        return key, path

    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        return list(pool.map(fetch, enumerate(keys)))


def _read_all(named: list[tuple[str, str]], errors: list[str]) -> list[dict[str, Any]]:
    files = []
    javascript: list[str] = []
    for name, path in named:
        if os.path.getsize(path) == 0 and any(error.startswith(f"{name} ") for error in errors):
            continue  # not downloaded, said already
        try:
            file = _read(path)
        except (OSError, ValueError, EOFError, zlib.error) as error:
            errors.append(f"{name} was skipped: {error}")
            continue
        if isinstance(file.get("lost"), dict):
            errors.append(f"{name} stands for coverage that is lost: {file['lost'].get('reason')}")
        if any(row.get("kind") == "v8" for row in file["scripts"]):
            javascript.append(name)
        else:
            files.append(file)
    if javascript:
        errors.append(
            f"{len(javascript)} files hold JavaScript coverage, which this function cannot report, the first "
            f"{javascript[0]}: use `lambda-coverage combine` or the Node.js layer's combiner function"
        )
    return files


def _read(path: str) -> dict[str, Any]:
    with open(path, "rb") as raw, gzip.open(raw) as unpacked:
        data = unpacked.read(_MAX_UNPACKED_BYTES + 1)
    if len(data) > _MAX_UNPACKED_BYTES:
        raise ValueError(f"larger than {_MAX_UNPACKED_BYTES} bytes")
    file = json.loads(data)
    if not isinstance(file, dict) or not str(file.get("format", "")).startswith("lambda-coverage/1"):
        raise ValueError("not a coverage file of this layer")
    if not isinstance(file.get("scripts"), list) or not all(_valid(row) for row in file["scripts"]):
        raise ValueError("fields that cannot be true")
    return file


def _valid(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("path"), str):
        return False
    if row.get("kind") != "python":
        return row.get("kind") == "v8"
    lines, arcs = row.get("lines"), row.get("arcs")
    return (
        isinstance(lines, list)
        and isinstance(arcs, list)
        and len(arcs) % 2 == 0
        and all(type(number) is int and abs(number) < 1 << 20 for number in [*lines, *arcs])
    )


def _names(files: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Script key: (name in the report, path). Two versions of one path get two names."""
    names: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for row in _rows(files):
        key = row.get("script")
        if not key or key in names:
            continue
        path = os.path.normpath(row["path"].lstrip("/"))
        if path.startswith(".."):
            path = path.replace("..", "_")
        name = path if path not in taken else f"{path}@{key[-69:-61]}"
        taken.add(name)
        names[key] = (name, path)
    return names


def _rows(files: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (row for file in files for row in file["scripts"])


def _merge(files: list[dict[str, Any]], folder: str) -> str:
    from coverage import CoverageData

    names = _names(files)
    path = os.path.join(folder, "combined.coverage-data")
    data = CoverageData(path)
    data.erase()
    with_arcs = any(row["arcs"] for row in _rows(files))
    for row in _rows(files):
        if not row.get("script"):
            continue
        name = os.path.join(folder, _SOURCES, names[row["script"]][0])
        if not with_arcs:
            data.add_lines({name: row["lines"]})
        elif row["arcs"]:
            data.add_arcs({name: list(zip(row["arcs"][::2], row["arcs"][1::2]))})
        else:
            # Taken without branches: (line, line) says to coverage.py that the line ran, and no more.
            data.add_arcs({name: [(line, line) for line in row["lines"]]})
    data.write()
    return path


def _fetch_sources(bucket: str, folder: str, files: list[dict[str, Any]], errors: list[str]) -> None:
    client = _s3()

    def fetch(item: tuple[str, tuple[str, str]]) -> None:
        key, (name, _) = item
        try:
            script = json.loads(gzip.decompress(client.get_object(Bucket=bucket, Key=key)["Body"].read()))
            path = os.path.join(folder, _SOURCES, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(script["source"])
        except Exception as error:
            errors.append(f"{name} is not reported: its script {key} could not be read: {error}")

    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        list(pool.map(fetch, _names(files).items()))


def _json_report(merged: str, folder: str, errors: list[str]) -> dict[str, Any]:
    from coverage import Coverage
    from coverage.exceptions import CoverageException

    out = os.path.join(folder, "report.json")
    cov = Coverage(data_file=merged, config_file=False, messages=False)
    cov.load()
    try:
        cov.json_report(outfile=out, ignore_errors=True)
    except CoverageException as error:
        raise CoverageCombineError(f"Nothing to report: {error}", {"errors": errors[:20]}) from error
    with open(out, encoding="utf-8") as file:
        report: dict[str, Any] = json.load(file)
    root = os.path.realpath(os.path.join(folder, _SOURCES)) + os.sep
    report["files"] = {
        os.path.realpath(name).removeprefix(root): entry for name, entry in report["files"].items()
    }
    return report


def _put_report(body: bytes, bucket: str, key: str) -> str:
    try:
        _s3().put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    except Exception as error:
        message, details = _refusal(error, f"{key} could not be stored in {bucket}", bucket, key)
        details["remedy"] = remedy_for(details["error_code"], bucket, key)
        raise S3UploadError(message, details) from error
    return f"s3://{bucket}/{key}"
