"""What one configuration records: its settings, the files it measures, and where its coverage is stored.

A function has one by its environment's variables, and one for each other configuration that a CoverageContext
block names. Each numbers its files by itself, as an environment of its own: a report over one bucket and
prefix then sees no gaps.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .collector import Snapshot
    from .log import Log
    from .settings import Settings
    from .sources import Sources
    from .storage import Storage


class Recording:
    """Storage's context."""

    def __init__(
        self, settings: Settings, sources: Sources, log: Log, collected_from: str, late_files: set[str]
    ) -> None:
        self.settings, self.sources, self.log = settings, sources, log
        self.collected_from = collected_from
        # Files whose module level ran before the tracer started: what of it ran is unknown.
        self.late_files = late_files
        self.id = _uuid4()
        self.initialization_ms = 0.0
        self.arcs = settings.branch_coverage and settings.granularity == "block"
        self.storage: Storage | None = None
        # What the next file is to hold besides: what init ran, what the circuit breaker let go by.
        self.kept: Snapshot = {}
        # Whether something that ran since the file before was discarded.
        self.discarded = False
        # What loading ran; None where it is not known by itself.
        self.init: Snapshot | None = None
        # Whether a module may have been loaded without being recorded.
        self.loads_missed = False

    def begin_with(self, init: Snapshot) -> None:
        """The first file is to hold it."""
        self.init = self.part_of(init)
        self.kept = union(self.kept, self.init)

    def discard(self) -> None:
        self.discarded = self.loads_missed = True

    def part_of(self, snapshot: Snapshot) -> Snapshot:
        """What of it this configuration measures."""
        return {name: points for name, points in snapshot.items() if self.sources.measured(name)}

    def opened_storage(self) -> Storage:
        if self.storage is None:
            from .storage import Storage  # hashes and what stores: not at cold start

            self.storage = Storage(self)
        return self.storage

    def close(self) -> None:
        """An open socket would make the ending interpreter warn."""
        if self.storage is not None and self.storage.delivery is not None:
            self.storage.delivery.close()


class AnySources:
    """What the collector measures: all that any recording does."""

    def __init__(self, first: Sources) -> None:
        self.all = [first]

    def measured(self, filename: str) -> bool:
        return any(tuple(sources.measured(filename) for sources in self.all))


def union(a: Snapshot, b: Snapshot) -> Snapshot:
    return {name: a.get(name, set()) | b.get(name, set()) for name in {**a, **b}}


def _uuid4() -> str:
    raw = bytearray(os.urandom(16))
    raw[6], raw[8] = raw[6] & 0x0F | 0x40, raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
