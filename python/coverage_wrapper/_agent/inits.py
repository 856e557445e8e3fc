"""What loading the function's modules ran, stored once per distinct content and named by each coverage file:
a report over a later window need not call module-level code never run. `src/contract/python-init-file.ts`
"""

from __future__ import annotations

import hashlib
import json

from .delivery import gzip
from .object_keys import init_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .delivery import Delivery

INIT_FORMAT = "lambda-coverage-init/1"


class Inits:
    def __init__(self, granularity: str) -> None:
        self._granularity = granularity
        self.references: list[dict[str, Any]] = []
        self._waiting: dict[str, bytes] = {}
        self._paths: set[str] = set()

    def knows(self, path: str) -> bool:
        """A module loads once."""
        return path in self._paths

    def note(self, extent: str, sequence: int, rows: list[dict[str, Any]]) -> None:
        """`sequence`: the file of this environment that holds them already."""
        self._paths.update(row["path"] for row in rows)
        scripts = [
            {
                "kind": "python",
                "path": row["path"],
                "script": row["script"],
                "collectedFrom": row.get("collectedFrom", "start"),
                "lines": row["lines"],
                "arcs": row["arcs"],
            }
            for row in rows
        ]
        file = {
            "format": INIT_FORMAT,
            "extent": extent,
            "granularity": self._granularity,
            "scripts": scripts,
        }
        body = json.dumps(file, separators=(",", ":")).encode()
        key = init_key(hashlib.sha256(body).hexdigest())
        self.references.append({"init": key, "sequence": sequence})
        self._waiting[key] = gzip(body)

    def store_waiting(self, delivery: Delivery, deadline: float) -> None:
        """As far as the deadline lets; the rest waits for a later invocation."""
        for key, body in list(self._waiting.items()):
            sent = delivery.store_once(key, body, deadline, "Failed to upload init file")
            if sent.status == 403:
                self._waiting.clear()  # not allowed: said once, not with every invocation
            if not sent.ok:
                return
            del self._waiting[key]
