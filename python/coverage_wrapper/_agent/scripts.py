"""Which script each measured file is, and its script file: stored once per distinct source, off the caller's
path. Imported after the first response only.
"""

from __future__ import annotations

import hashlib
import json
import tokenize
from functools import partial

from .coverage_file import PYTHON_VERSION
from .delivery import gzip
from .object_keys import SCRIPTS_PREFIX, script_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .delivery import Delivery
    from .log import Log
    from .sources import Sources

MAX_SCRIPT_BYTES = 8 * 1024 * 1024


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
        for sha256, filename in list(self._waiting.items()):
            if not delivery.store_script(sha256, partial(self._body, filename, sha256), deadline):
                return
            del self._waiting[sha256]
        if several:
            delivery.put_mark(mark, deadline)

    def _identify(self, filename: str) -> Script:
        path = self._sources.relative(filename)
        try:
            source = identity_text(read_source(filename)).encode()
        except (OSError, SyntaxError, UnicodeError) as error:
            return Script(path, None, f"the source could not be read: {type(error).__name__}")
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
