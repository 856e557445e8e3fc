"""What outlives the process in the sandbox's /tmp: pending coverage files, and an open marker for each file
that is owed, so that the next process knows what a killed one took with it.
"""

from __future__ import annotations

import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Marker = dict[str, Any]

MAX_PENDING_FILES = 32
MAX_PENDING_BYTES = 16 * 1024 * 1024
MAX_MARKERS = 256


def default_directory() -> str:
    return os.path.join(os.environ.get("TMPDIR") or "/tmp", ".lambda-coverage")


def _write_atomically(directory: str, name: str, data: bytes) -> bool:
    """False where /tmp is full or read-only."""
    temporary = os.path.join(directory, f".{name}.{os.getpid()}")
    try:
        os.makedirs(directory, 0o700, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, os.path.join(directory, name))
    except OSError:
        _remove(temporary)
        return False
    return True


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        return  # gone already, or on a file system that keeps it: the next listing sees it


def _names(directory: str, suffix: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(directory) if name.endswith(suffix) and name[0] != ".")
    except OSError:
        return []


class Pending:
    """One file each: a JSON line (key, environmentId, sequence, requestId, bytes), then the gzip'd body.
    Bounded: the oldest goes first."""

    def __init__(self, directory: str) -> None:
        self._directory = os.path.join(directory, "pending")

    def names(self) -> list[str]:
        return _names(self._directory, ".pending")

    def load(self, name: str) -> tuple[Marker, bytes] | None:
        try:
            with open(os.path.join(self._directory, name), "rb") as file:
                head = json.loads(file.readline())
                body = file.read()
        except (OSError, ValueError):
            head, body = {}, b""
        if head.get("bytes") == len(body) and body:
            return head, body
        self.remove(name)  # cut off by a full /tmp: nothing in it can be stored
        return None

    def save(self, head: Marker, body: bytes, at: float) -> tuple[bool, list[Marker]]:
        """Whether it is kept, and the heads of those that had to go for it."""
        data = json.dumps({**head, "bytes": len(body)}).encode() + b"\n" + body
        dropped: list[Marker] = []
        if len(data) > MAX_PENDING_BYTES:
            return False, dropped
        names = self.names()
        total = len(data) + sum(self._size(name) for name in names)
        while names and (len(names) >= MAX_PENDING_FILES or total > MAX_PENDING_BYTES):
            oldest = names.pop(0)
            total -= self._size(oldest)
            loaded = self.load(oldest)
            self.remove(oldest)
            if loaded:
                dropped.append(loaded[0])
        name = f"{int(at * 1000):015d}-{head['sequence']}-{_safe(head['environmentId'])}.pending"
        return _write_atomically(self._directory, name, data), dropped

    def remove(self, name: str) -> None:
        _remove(os.path.join(self._directory, name))

    def _size(self, name: str) -> int:
        try:
            return os.path.getsize(os.path.join(self._directory, name))
        except OSError:
            return 0


# Environments of this process: each recording numbers its files by itself.
_living: set[str] = set()


class Markers:
    def __init__(self, directory: str, own_environment: str) -> None:
        self._directory = os.path.join(directory, "open")
        _living.add(own_environment)
        self._open: dict[str, Marker] = {}

    def open(self, marker: Marker) -> None:
        """One for each file that is owed, by the last invocation that it is to hold."""
        name = self._name(marker["environmentId"], marker["sequence"])
        known = self._open.get(name)
        if known is not None and known["requestId"] == marker["requestId"]:
            return
        if known is None and len(self._open) >= MAX_MARKERS:
            return
        self._open[name] = {**marker, "pid": os.getpid()}
        _write_atomically(self._directory, name, json.dumps(self._open[name]).encode())

    def close(self, environment_id: str, sequence: int) -> None:
        name = self._name(environment_id, sequence)
        self._open.pop(name, None)
        _remove(os.path.join(self._directory, name))

    def mark_lost(self, environment_id: str, sequence: int, reason: str) -> None:
        name = self._name(environment_id, sequence)
        marker = self._open.get(name)
        if marker is not None:
            marker["reason"] = reason
            _write_atomically(self._directory, name, json.dumps(marker).encode())

    def lost(self) -> list[Marker]:
        """Marked lost, or left open by dead processes of this sandbox; each with its `reason`."""
        found = []
        for name in _names(self._directory, ".open"):
            try:
                with open(os.path.join(self._directory, name), encoding="utf-8") as file:
                    marker = json.load(file)
            except (OSError, ValueError):
                _remove(os.path.join(self._directory, name))
                continue
            living = marker["environmentId"] in _living
            if "reason" in marker or not (living or _is_alive(marker["pid"])):
                found.append({"reason": "killed", **marker})
        return found

    @staticmethod
    def _name(environment_id: str, sequence: int) -> str:
        return f"{_safe(environment_id)}-{sequence}.open"


def _safe(text: str) -> str:
    return re.sub(r"[^\w-]", "_", text, flags=re.ASCII)


def _is_alive(pid: int) -> bool:
    """Outside Lambda several processes may share a temporary directory."""
    if pid == os.getpid():
        return False  # a reused number: the marker's environment is not ours
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
