"""Delivery of coverage files and script files to S3, within a deadline, whatever S3 and the network do.
Nothing here raises: every outcome is counted and logged. Imported after the first response only.
"""

from __future__ import annotations

import os
import re
import time
import zlib

from .contract import METRIC_UNITS, NETWORK_CODES, REMEDIES, UNREACHABLE
from .endpoint import partition_of
from .log import Log
from .object_keys import lost_key
from .s3_client import Outcome, S3Client
from .temporary_files import Markers, Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .settings import Settings

# Nothing is ever overwritten: the bucket's policy may refuse whoever does not say so.
FILE_HEADERS = {"content-type": "application/json", "content-encoding": "gzip", "if-none-match": "*"}


def gzip(data: bytes) -> bytes:
    """Without the gzip module, 3 ms of imports. The header's time is 0: equal data gives equal bytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


class Result:
    def __init__(self, outcome: str, sent: Outcome, key: str, size: int, upload_ms: float) -> None:
        self.outcome, self.sent, self.key, self.size, self.upload_ms = outcome, sent, key, size, upload_ms

    @property
    def stored(self) -> bool:
        return self.outcome == "stored"


class Delivery:
    def __init__(self, settings: Settings, log: Log, markers: Markers, pending: Pending) -> None:
        assert settings.s3_bucket is not None
        self._settings, self._log = settings, log
        self._bucket = settings.s3_bucket
        self._client = S3Client(self._bucket)
        self._markers, self._pending = markers, pending
        self.s3 = "unknown"
        self.last_error: Outcome | None = None
        self.last_result: Result | None = None
        self.stored_files = self.dropped_files = 0
        self.pending_files = len(pending.names())

    def store_coverage(
        self, head: dict[str, Any], body: bytes, deadline: float, measures: dict[str, float]
    ) -> Result:
        """`head`: key, environmentId, sequence, requestId. What cannot be stored now lies under /tmp."""
        started = time.monotonic()
        sent = self._put(head["key"], body, deadline)
        upload_ms = _ms(time.monotonic() - started)
        outcome = self._note_stored(head) if sent.ok else self._keep(head, body)
        result = Result(outcome, sent, head["key"], len(body), upload_ms)
        self.last_result = result
        self._log_result(head, result, measures)
        if self._settings.metrics:
            self._write_metrics(result, measures)
        return result

    def store_once(self, key: str, body: bytes, deadline: float, failure: str) -> Outcome:
        """An object whose name is the hash of its content: there already is as good as stored."""
        sent = self._client.send("PUT", key, deadline, FILE_HEADERS, body)
        sent.ok = sent.ok or sent.status == 412
        if not sent.ok:
            self._note_outcome(sent)
            self._log_failure(failure, key, sent, outcome="retried later")
        return sent

    def close(self) -> None:
        self._client.close()

    def exists(self, key: str, deadline: float) -> bool:
        """HEAD needs s3:GetObject and answers 403 for a missing key without s3:ListBucket: anything but 200
        means put, unless there."""
        return self._client.send("HEAD", key, deadline, max_attempts=1).ok

    def put_mark(self, key: str, deadline: float) -> None:
        """An empty object that says by its key alone; a lost one costs a few HEADs elsewhere."""
        headers = {"content-type": "application/json", "if-none-match": "*"}
        self._client.send("PUT", key, deadline, headers, b"{}", 1)

    def retry_pending(self, deadline: float, lost_record: Callable[[dict[str, Any]], bytes]) -> None:
        """What earlier invocations and earlier processes of this sandbox left."""
        for name in self._pending.names():
            loaded = self._pending.load(name)
            if loaded is None or self._is_elsewhere(loaded[0]):
                continue
            if not self._put(loaded[0]["key"], loaded[1], deadline, 1).ok:
                return
            self._pending.remove(name)
            self._note_stored(loaded[0])
            self.pending_files = len(self._pending.names())
        for marker in self._markers.lost():
            if self._is_elsewhere(marker):
                continue
            key = lost_key(marker["key"], marker["sequence"])
            if not self._put(key, gzip(lost_record(marker)), deadline, 1).ok:
                return
            self._markers.close(marker["environmentId"], marker["sequence"])
            self._log.write(
                "WARNING",
                "Coverage of an earlier invocation is lost",
                request_id=marker["requestId"],
                details={"s3_key": key, "reason": marker["reason"]},
            )

    def _is_elsewhere(self, head: dict[str, Any]) -> bool:
        """Another configuration's of this function, with a bucket of its own."""
        return bool(head.get("bucket", self._bucket) != self._bucket)

    def _put(self, key: str, body: bytes, deadline: float, max_attempts: int = 3) -> Outcome:
        sent = self._client.send("PUT", key, deadline, FILE_HEADERS, body, max_attempts)
        if sent.status == 412:
            # Only this sandbox makes such a key: an earlier try has arrived, and its answer has not.
            sent = Outcome(True, sent.attempts, status=sent.status)
        self._note_outcome(sent)
        return sent

    def _note_outcome(self, sent: Outcome) -> None:
        self.s3 = "ok" if sent.ok else "failing"
        self.last_error = None if sent.ok else sent

    def _note_stored(self, head: dict[str, Any]) -> str:
        self.stored_files += 1
        self._markers.close(head["environmentId"], head["sequence"])
        return "stored"

    def _keep(self, head: dict[str, Any], body: bytes) -> str:
        kept, dropped = self._pending.save(head, body, time.time())
        for lost in [*dropped, *([] if kept else [head])]:
            self.dropped_files += 1
            self._markers.mark_lost(lost["environmentId"], lost["sequence"], "fallback-full")
        self.pending_files = len(self._pending.names())
        return "pending" if kept else "dropped"

    def _log_result(self, head: dict[str, Any], result: Result, measures: dict[str, float]) -> None:
        if not result.stored:
            more = {
                "outcome": result.outcome,
                "pending_files": self.pending_files,
                "dropped_files": self.dropped_files,
            }
            self._log_failure(
                "Failed to upload coverage file", result.key, result.sent, head["requestId"], **more
            )
            return
        operations = {
            "coverage_initialization": measures.get("initialization"),
            "coverage_finalization": measures.get("finalization"),
            "s3_upload": result.upload_ms,
        }
        self._log.write(
            "INFO",
            "Coverage file uploaded successfully",
            type="Performance",
            operation="s3_upload",
            duration_ms=result.upload_ms,
            s3_key=result.key,
            file_size=result.size,
            upload_time_ms=result.upload_ms,
            operations=[
                {"operation": name, "duration_ms": round(ms, 2)}
                for name, ms in operations.items()
                if ms is not None
            ],
            request_id=head["requestId"],
        )

    def _log_failure(
        self, message: str, key: str, sent: Outcome, request_id: str | None = None, **more: object
    ) -> None:
        details = {
            "s3_key": key,
            "bucket": self._bucket,
            "error_code": sent.code,
            "error_message": sent.message,
            **({"http_status": sent.status} if sent.status else {}),
            "retry_count": sent.attempts,
            **more,
        }
        remedy = remedy_for(sent.code, self._bucket, key)
        if remedy:
            details["remedy"] = remedy
        self._log.write(
            "ERROR",
            f"{message}: {sent.code}",
            error_type="S3UploadError",
            details=details,
            request_id=request_id,
        )

    def _write_metrics(self, result: Result, measures: dict[str, float]) -> None:
        values = {
            "FilesStored": float(result.stored),
            "FilesFailed": float(not result.stored),
            "FilesPending": self.pending_files,
            "UploadTime": result.upload_ms,
            "FileSize": result.size,
            "SnapshotTime": measures.get("snapshot"),
            "InitTimeAdded": measures.get("initialization"),
            "MemoryUsed": _memory_bytes(),
        }
        present = {name: value for name, value in values.items() if value is not None}
        metrics = [{"Name": name, "Unit": METRIC_UNITS[name]} for name in present]
        spec = {"Namespace": "LambdaCoverage", "Dimensions": [["FunctionName"]], "Metrics": metrics}
        self._log.raw(
            {
                "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [spec]},
                "source": "lambda-coverage",
                "FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown"),
                **present,
            }
        )


def remedy_for(code: str, bucket: str, key: str) -> str | None:
    if code in NETWORK_CODES:
        return UNREACHABLE
    # The grant that the whole prefix needs, not one day's folder.
    prefix = re.sub(r"(\d{4}/\d{2}/\d{2}/)?[^/]*$", "", key)
    partition = partition_of(os.environ.get("AWS_REGION", "")).arn
    remedy = REMEDIES.get(code)
    return remedy.format(bucket=bucket, prefix=prefix, partition=partition) if remedy else None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _memory_bytes() -> float | None:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None
