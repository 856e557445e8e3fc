"""From a snapshot to stored objects. Imported after the first response (or with the first marker)."""

from __future__ import annotations

import json
import os
import time

from .circuit_breaker import CircuitBreaker
from .contract import DEFAULT_EXCLUDE_PATTERNS
from .coverage_file import COVERAGE_FORMAT, function_identity, script_coverage
from .inits import Inits
from .object_keys import coverage_key, execution_id
from .temporary_files import Markers, Pending, default_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .collector import Snapshot
    from .delivery import Delivery, Result
    from .invocation import Invocation
    from .recording import Recording
    from .scripts import Script, Scripts

# Of invocations without a file of their own, listed in the next file that is stored.
MAX_LISTED_INVOCATIONS = 1000
NOTHING_REMEDY = "look at COVERAGE_INCLUDE_PATTERNS and COVERAGE_EXCLUDE_PATTERNS, and at where the code lies"


class Storage:
    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        directory = default_directory()
        self._markers = Markers(directory, recording.id)
        self._pending = Pending(directory)
        self.breaker = CircuitBreaker()
        self.delivery: Delivery | None = None
        self._scripts: Scripts | None = None
        self._sequence = 0
        self._stored_points: Snapshot = {}
        self._unlisted: list[dict[str, Any]] = []
        self._inits = Inits(recording.settings.granularity)

    def mark_owed(self, invocation: Invocation) -> None:
        recording = self._recording
        self._markers.open(
            {
                "environmentId": recording.id,
                "sequence": self._sequence,
                "requestId": invocation.request_id,
                "startedAt": invocation.row("ok")["startedAt"],
                "key": self._new_key(invocation),
                "bucket": recording.settings.s3_bucket,
                **self._identity(),
            }
        )

    def owe_nothing(self) -> None:
        """The invocation is over, and there is nothing of it to store."""
        self._markers.close(self._recording.id, self._sequence)

    def note_unstored(self, invocation: Invocation, outcome: str) -> None:
        """Listed in the next file that is stored."""
        self._unlisted.append(invocation.row(outcome))
        del self._unlisted[:-MAX_LISTED_INVOCATIONS]

    def store(
        self,
        invocation: Invocation,
        outcome: str,
        snapshot: Snapshot,
        began: float,
        deadline: float,
        exact: bool,
    ) -> Result | None:
        """`began`: when the snapshot was asked for, by `time.monotonic()`."""
        snapshot_ms = (time.monotonic() - began) * 1000
        recording = self._recording
        delivery, _ = self._parts()
        self.mark_owed(invocation)
        self.note_unstored(invocation, outcome)
        first = self._sequence == 0
        inits = self._noted_inits(snapshot, first)
        if recording.settings.upload == "new":
            snapshot = self._news(snapshot)
            if not snapshot and self._sequence > 0:
                self.owe_nothing()
                delivery.retry_pending(deadline, self._lost_record)
                return None
        rows = self._rows(snapshot, first)
        if first and not rows:
            self._say_why_nothing()
        file = self._file(recording.id, self._sequence, self._unlisted, rows)
        if exact:
            file["exact"] = True
        if inits:
            file["inits"] = inits
        measures = {"snapshot": snapshot_ms}
        if first:
            measures["initialization"] = recording.initialization_ms
        self._unlisted = []
        return self._deliver(invocation, file, measures, began, deadline)

    def _deliver(
        self,
        invocation: Invocation,
        file: dict[str, Any],
        measures: dict[str, float],
        began: float,
        deadline: float,
    ) -> Result:
        delivery, scripts = self._parts()
        head = {
            "key": self._new_key(invocation),
            "bucket": self._recording.settings.s3_bucket,
            "environmentId": self._recording.id,
            "sequence": self._sequence,
            "requestId": invocation.request_id,
        }
        body = self._packed(file)
        self._sequence += 1
        invocation.files += 1
        measures["finalization"] = (time.monotonic() - began) * 1000
        result = delivery.store_coverage(head, body, deadline, measures)
        self.breaker.report(result.stored)
        if result.stored:
            scripts.store_waiting(delivery, deadline)
            self._inits.store_waiting(delivery, deadline)
            delivery.retry_pending(deadline, self._lost_record)
        return result

    def _rows(self, snapshot: Snapshot, first: bool) -> list[dict[str, Any]]:
        """One per path: a file may have been imported by two names."""
        recording = self._recording
        late_paths = {recording.sources.relative(name) for name in recording.late_files}
        late_names = recording.late_files if first else ()
        _, scripts = self._parts()
        by_path: dict[str, tuple[Script, set[int]]] = {}
        for filename in sorted(
            {*snapshot, *(name for name in late_names if recording.sources.measured(name))}
        ):
            script = scripts.of(filename)
            points = snapshot.get(filename, set())
            _, known = by_path.get(script.path, (script, set()))
            by_path[script.path] = (script, known | points)
        rows = []
        for path, (script, points) in sorted(by_path.items()):
            row = script_coverage(path, script.key, points, recording.arcs)
            if script.unmapped:
                row["unmapped"] = script.unmapped
            if recording.collected_from == "late" or path in late_paths:
                row["collectedFrom"] = "late" if path in late_paths else "start"
            rows.append(row)
        return rows

    def _noted_inits(self, snapshot: Snapshot, first: bool) -> list[dict[str, Any]]:
        """Of what loading ran: all at once before the first invocation, and each module that loads later."""
        recording = self._recording
        inits, relative = self._inits, recording.sources.relative
        if first and recording.init:
            inits.note("load", 0, self._rows(recording.init, True))
        if not recording.loads_missed:
            new = {name: points for name, points in snapshot.items() if not inits.knows(relative(name))}
            if new:
                inits.note("first-file", self._sequence, self._rows(new, False))
        return self._inits.references

    def _say_why_nothing(self) -> None:
        recording = self._recording
        reasons = recording.sources.left_out() or ["no Python file of the function's folder ran"]
        recording.log.write(
            "WARNING", f"Nothing is measured: {'; '.join(reasons)}", details={"remedy": NOTHING_REMEDY}
        )

    def _new_key(self, invocation: Invocation) -> str:
        name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown")
        identity = execution_id(invocation.started_at, invocation.request_id, invocation.files)
        return coverage_key(self._recording.settings.s3_prefix, name, identity, invocation.started_at)

    def _parts(self) -> tuple[Delivery, Scripts]:
        if self.delivery is None or self._scripts is None:
            from .delivery import Delivery
            from .scripts import Scripts

            recording = self._recording
            settings = recording.settings
            self.delivery = Delivery(settings, recording.log, self._markers, self._pending)
            self._scripts = Scripts(recording.sources, recording.log, settings.upload_sources)
        return self.delivery, self._scripts

    def _news(self, snapshot: Snapshot) -> Snapshot:
        """What this environment has not stored yet; from then on it counts as stored (or pending)."""
        news = {}
        for filename, points in snapshot.items():
            stored = self._stored_points.setdefault(filename, set())
            fresh = points - stored
            stored |= fresh
            if fresh:
                news[filename] = fresh
        return news

    def _identity(self) -> dict[str, Any]:
        return {
            "function": function_identity(),
            "granularity": self._recording.settings.granularity,
            "collectedFrom": self._recording.collected_from,
        }

    def _file(
        self,
        environment_id: str,
        sequence: int,
        invocations: list[dict[str, Any]],
        rows: list[dict[str, Any]],
    ) -> dict[str, Any]:
        settings = self._recording.settings
        patterns = {}
        if settings.include_patterns:
            patterns["include"] = settings.include_patterns
        if settings.exclude_patterns != DEFAULT_EXCLUDE_PATTERNS:
            patterns["exclude"] = settings.exclude_patterns
        return {
            "format": COVERAGE_FORMAT,
            "environment": {"id": environment_id, "sequence": sequence},
            "invocations": invocations,
            **self._identity(),
            **patterns,
            "scripts": rows,
        }

    def _lost_record(self, marker: dict[str, Any]) -> bytes:
        record = self._file(marker["environmentId"], marker["sequence"], [], [])
        for name in ("function", "granularity", "collectedFrom"):
            record[name] = marker.get(name, record[name])
        record["lost"] = {"reason": marker["reason"]}
        return json.dumps(record, separators=(",", ":")).encode()

    @staticmethod
    def _packed(file: dict[str, Any]) -> bytes:
        from .delivery import gzip

        return gzip(json.dumps(file, separators=(",", ":")).encode())
