"""From a snapshot to stored objects. Imported after the first response (or with the first marker)."""

from __future__ import annotations

import json
import os
import time

from .circuit_breaker import CircuitBreaker
from .coverage_file import COVERAGE_FORMAT, function_identity, script_coverage
from .temporary_files import Markers, Pending, default_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .collector import Snapshot
    from .delivery import Delivery, Result
    from .environment import Environment, Invocation
    from .scripts import Scripts

# Of skipped invocations (COVERAGE_UPLOAD=new), listed in the next file that is stored.
MAX_LISTED_INVOCATIONS = 1000


class Storage:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        directory = default_directory()
        self._markers = Markers(directory, environment.id)
        self._pending = Pending(directory)
        self.breaker = CircuitBreaker()
        self.delivery: Delivery | None = None
        self._scripts: Scripts | None = None
        self._sequence = 0
        self._stored_points: Snapshot = {}
        self._unlisted: list[dict[str, Any]] = []

    def mark_owed(self, invocation: Invocation) -> None:
        environment = self._environment
        self._markers.open(
            {
                "environmentId": environment.id,
                "sequence": self._sequence,
                "requestId": invocation.request_id,
                "startedAt": invocation.row("ok")["startedAt"],
                "key": environment.new_key(invocation),
                **self._identity(),
            }
        )

    def store(
        self, invocation: Invocation, outcome: str, snapshot: Snapshot, began: float, deadline: float
    ) -> Result | None:
        """`began`: when the snapshot was asked for, by `time.monotonic()`."""
        snapshot_ms = (time.monotonic() - began) * 1000
        delivery, scripts = self._parts()
        environment = self._environment
        self.mark_owed(invocation)
        self._unlisted.append(invocation.row(outcome))
        if environment.settings.upload == "new":
            snapshot = self._news(snapshot)
            if not snapshot and self._sequence > 0:
                del self._unlisted[:-MAX_LISTED_INVOCATIONS]
                delivery.retry_pending(deadline, self._lost_record)
                return None
        first = self._sequence == 0
        late_files = environment.late_files
        rows = []
        for filename in sorted({*snapshot, *(late_files if first else ())}):
            script = scripts.of(filename)
            row = script_coverage(
                script.path, script.key, snapshot.get(filename, set()), environment.collector.arcs
            )
            if script.unmapped:
                row["unmapped"] = script.unmapped
            if environment.collected_from == "late" or filename in late_files:
                row["collectedFrom"] = "late" if filename in late_files else "start"
            rows.append(row)
        head = {
            "key": environment.new_key(invocation),
            "environmentId": environment.id,
            "sequence": self._sequence,
            "requestId": invocation.request_id,
        }
        body = self._packed(self._file(environment.id, self._sequence, self._unlisted, rows))
        self._unlisted = []
        self._sequence += 1
        invocation.files += 1
        measures = {"snapshot": snapshot_ms, "finalization": (time.monotonic() - began) * 1000}
        if first:
            measures["initialization"] = environment.initialization_ms
        result = delivery.store_coverage(head, body, deadline, measures)
        self.breaker.report(result.stored)
        if result.stored:
            scripts.store_waiting(delivery, deadline)
            delivery.retry_pending(deadline, self._lost_record)
        return result

    def _parts(self) -> tuple[Delivery, Scripts]:
        if self.delivery is None or self._scripts is None:
            from .delivery import Delivery
            from .scripts import Scripts

            environment = self._environment
            settings = environment.settings
            self.delivery = Delivery(settings, environment.log, self._markers, self._pending)
            self._scripts = Scripts(environment.sources, environment.log, settings.upload_sources)
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
        environment = self._environment
        return {
            "function": function_identity(),
            "granularity": environment.settings.granularity,
            "collectedFrom": environment.collected_from,
        }

    def _file(
        self,
        environment_id: str,
        sequence: int,
        invocations: list[dict[str, Any]],
        rows: list[dict[str, Any]],
    ) -> dict[str, Any]:
        settings, env = self._environment.settings, os.environ
        patterns = {}
        if env.get("COVERAGE_INCLUDE_PATTERNS"):
            patterns["include"] = settings.include_patterns
        if env.get("COVERAGE_EXCLUDE_PATTERNS"):
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
