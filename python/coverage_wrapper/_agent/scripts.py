"""Which script each measured file is, and its script file: stored once per distinct source, off the caller's
path. Imported after the first response only.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import tokenize
from importlib import import_module

from .coverage_file import PYTHON_VERSION
from .delivery import gzip
from .object_keys import SCRIPTS_PREFIX, script_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .delivery import Delivery
    from .log import Log
    from .sources import Sources

MAX_SCRIPT_BYTES = 8 * 1024 * 1024
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MB_PER_CORE = 1769
# On a whole core, generously: measured are 0.05 s and 1.6e-6 s.
IMPORT_SECONDS = 0.07
PARSE_SECONDS_PER_BYTE = 2e-6
POSTPONED_WARNING = 10


class Script:
    def __init__(self, path: str, sha256: str | None, unmapped: str | None) -> None:
        self.path, self.sha256, self.unmapped = path, sha256, unmapped

    @property
    def key(self) -> str | None:
        return script_key(self.sha256) if self.sha256 else None


class Scripts:
    def __init__(self, sources: Sources, log: Log, upload: bool) -> None:
        self._sources, self._log, self._upload = sources, log, upload
        self._by_file: dict[str, Script] = {}
        self._waiting: dict[str, str] = {}  # sha256: file
        self._sizes: dict[str, int] = {}
        self._postponed = 0
        memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") or MB_PER_CORE)
        self._cpu_share = min(1.0, memory / MB_PER_CORE)

    def of(self, filename: str) -> Script:
        script = self._by_file.get(filename)
        if script is None:
            script = self._by_file[filename] = self._identify(filename)
            if script.sha256 and self._upload:
                self._waiting[script.sha256] = filename
        return script

    def store_waiting(self, delivery: Delivery, deadline: float) -> None:
        """As far as the deadline lets; the rest waits for a later invocation."""
        if not self._waiting:
            return
        # Environments of one function load the same files: one HEAD then answers for all of them.
        names = "\n".join(sorted(self._waiting))
        mark = f"{SCRIPTS_PREFIX}sets/{hashlib.sha256(names.encode()).hexdigest()}.json"
        several = len(self._waiting) > 2
        if several and delivery.exists(mark, deadline):
            self._waiting.clear()
            return
        for sha256, filename in sorted(self._waiting.items(), key=lambda item: self._sizes[item[1]]):
            key = script_key(sha256)
            if not delivery.exists(key, deadline):
                if not self._has_time(self._sizes[filename], deadline):
                    return
                body = self._body(filename, sha256)
                failure = "Failed to upload script file"
                if body is not None and not delivery.store_once(key, body, deadline, failure).ok:
                    return
            del self._waiting[sha256]
        if several:
            delivery.put_mark(mark, deadline)

    def _has_time(self, size: int, deadline: float) -> bool:
        """Parsing cannot be broken off: it starts only where it ends in time, by the function's share of a
        core. An answered invocation must not end as timed out because of it."""
        left = deadline - time.monotonic()
        if "coverage.parser" not in sys.modules:
            left -= IMPORT_SECONDS / self._cpu_share
            if left > 0:
                import_module("coverage.parser")
        if left > size * PARSE_SECONDS_PER_BYTE / self._cpu_share:
            return True
        self._postponed += 1
        if self._postponed == POSTPONED_WARNING:
            message = "Sources wait for time after a response: their coverage cannot be reported before"
            details = {"waiting": len(self._waiting), "remedy": "raise the function's timeout or memory"}
            self._log.write("WARNING", message, details=details)
        return False

    def _identify(self, filename: str) -> Script:
        path = self._sources.relative(filename)
        try:
            source = identity_text(read_source(filename)).encode()
        except (OSError, SyntaxError, UnicodeError) as error:
            return Script(path, None, f"the source could not be read: {type(error).__name__}")
        self._sizes[filename] = len(source)
        if len(source) > MAX_SCRIPT_BYTES:
            return Script(path, None, f"the source is larger than {MAX_SCRIPT_BYTES} bytes")
        return Script(path, hashlib.sha256(source).hexdigest(), None)

    def _body(self, filename: str, sha256: str) -> bytes | None:
        """None where it can never be made: said once."""
        from .coverage_file import script_file

        try:
            file = script_file(sha256, self._sources.relative(filename), read_source(filename))
        except Exception as error:
            self._log.failure(f"No script file for {filename}: its coverage cannot be reported", error)
            return None
        return gzip(json.dumps(file, separators=(",", ":")).encode())


def identity_text(source: str) -> str:
    """What is hashed: another version's parser finds other arcs in the same source."""
    return f"python{PYTHON_VERSION}\n{source}"


def read_source(filename: str) -> str:
    """The text as the interpreter read it: by its declared encoding, no byte-order mark, newlines as \\n."""
    with tokenize.open(filename) as file:
        return file.read()
