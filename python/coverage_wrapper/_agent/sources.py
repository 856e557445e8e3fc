"""Which files are measured: the function's own code, not what was installed into it."""

from __future__ import annotations

import os
import re


class Sources:
    """Measured is what lies under the task root, except installed distributions (a `pip install -t .` puts
    them beside the function's modules) and what the exclude patterns name. Where include patterns are set,
    measured is what they name, wherever it lies: installed code and other layers too."""

    def __init__(self, root: str, include: list[str], exclude: list[str]) -> None:
        self.root = root.rstrip("/") + "/"
        compiled = compile_globs(include)
        # A pattern that only combine can read: measure all, so that nothing it names is missing.
        self._include = compiled if len(compiled) == len(include) else []
        self._exclude = compile_globs(exclude)
        self._installed = _installed_names(self.root)
        self._own_code = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/"

    def measured(self, filename: str) -> bool:
        if not filename.endswith(".py") or filename.startswith(("<", self._own_code)):
            return False
        path = self.relative(filename)
        if any(pattern.match(path) for pattern in self._exclude):
            return False
        if self._include:
            return any(pattern.match(path) for pattern in self._include)
        own = path != filename and "site-packages/" not in path
        return own and path.split("/", 1)[0] not in self._installed

    def relative(self, filename: str) -> str:
        """Relative to the task root, absolute outside it."""
        return filename[len(self.root) :] if filename.startswith(self.root) else filename


def compile_globs(globs: list[str]) -> list[re.Pattern[str]]:
    """`*`, `?`, `**` as in `src/agent/glob.ts`. More is left to combine, which has a full matcher."""
    return [re.compile(_regex(glob)) for glob in globs if not re.search(r"[\[\]{}()!+@\\|]", glob)]


_PARTS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _regex(glob: str) -> str:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return f"/?{''.join(_PARTS.get(part) or re.escape(part) for part in parts)}$"


def _installed_names(root: str) -> set[str]:
    """Top-level names of the distributions beside the function's code, by their own records."""
    names: set[str] = set()
    try:
        entries = os.listdir(root)
    except OSError:
        return names
    for entry in entries:
        if entry.endswith((".dist-info", ".egg-info")):
            names.update(_recorded_names(os.path.join(root, entry)))
    return names


def _recorded_names(info: str) -> set[str]:
    names = {os.path.basename(info)}
    for record in ("top_level.txt", "RECORD"):
        try:
            with open(os.path.join(info, record), encoding="utf-8", errors="replace") as lines:
                first_parts = {line.split(",", 1)[0].strip().split("/", 1)[0] for line in lines}
        except OSError:
            continue
        # top_level.txt names modules, RECORD files.
        names.update(part for name in first_parts if name not in ("", "..") for part in (name, f"{name}.py"))
        break
    return names
