"""Which files belong to distributions that were installed beside the function's code, by their own records.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Distributions:
    """Names of top folders are read at once; a distribution's list of files only where a file below one of
    its folders is loaded, since the function's own code may share that folder."""

    def __init__(self, root: str) -> None:
        self._root = root
        # Top-level name: the records of the distributions that have it, None for one without a list of files.
        self._claims: dict[str, list[str | None]] = {}
        self._files: dict[str, set[str]] = {}
        for info in _infos(root):
            record = _record(info)
            for name in _top_level_names(info, record):
                self._claims.setdefault(name, []).append(record)

    def hold(self, path: str) -> bool:
        """`path`: relative to the folder."""
        claims = self._claims.get(path.split("/", 1)[0], ())
        return any(record is None or path in self._files_of(record) for record in claims)

    def _files_of(self, record: str) -> set[str]:
        files = self._files.get(record)
        if files is None:
            files = self._files[record] = set(_paths(record, self._root))
        return files


def _infos(root: str) -> Iterator[str]:
    try:
        entries = os.listdir(root)
    except OSError:
        return
    for entry in entries:
        info = os.path.join(root, entry)
        if entry.endswith((".dist-info", ".egg-info")) and not _from_local_folder(info):
            yield info


def _from_local_folder(info: str) -> bool:
    """`pip install -t . ./shared`: the team's own code, that another build step has copied."""
    try:
        with open(os.path.join(info, "direct_url.json"), encoding="utf-8") as file:
            return '"dir_info"' in file.read()
    except (OSError, UnicodeError):
        return False


def _record(info: str) -> str | None:
    for name in ("RECORD", "installed-files.txt"):
        path = os.path.join(info, name)
        if os.path.isfile(path):
            return path
    return None


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _paths(record: str, root: str) -> Iterator[str]:
    """Python files only, relative to the folder; installed-files.txt's are relative to the info."""
    base = "" if record.endswith("RECORD") else os.path.relpath(os.path.dirname(record), root)
    for line in _lines(record):
        path = line[1 : line.find('"', 1)] if line.startswith('"') else line.split(",", 1)[0].strip()
        if path.endswith(".py"):
            yield os.path.normpath(os.path.join(base, path))


def _top_level_names(info: str, record: str | None) -> set[str]:
    """top_level.txt names modules, lists of files their paths."""
    names = {line.strip() for line in _lines(os.path.join(info, "top_level.txt"))}
    if not names and record is not None:
        return {path.split("/", 1)[0] for path in _paths(record, os.path.dirname(info))}
    return {part for name in names if name for part in (name.split("/", 1)[0], f"{name}.py")}
