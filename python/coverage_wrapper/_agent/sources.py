"""Which files are measured: the function's own code, not what was installed into it."""

from __future__ import annotations

import os
import re

from .distributions import Distributions


class Sources:
    """Measured is what lies under the task root, except installed distributions (a `pip install -t .` puts
    them beside the function's modules) and what the exclude patterns name. Where include patterns are set,
    measured is what they name, wherever it lies: installed code and other layers too."""

    def __init__(
        self,
        root: str,
        include: list[str],
        exclude: list[str],
        distributions: Distributions | None = None,
    ) -> None:
        self.root = root.rstrip("/") + "/"
        compiled = compile_globs(include)
        # A pattern that only combine can read: measure all, so that nothing it names is missing.
        self._include = compiled if len(compiled) == len(include) else []
        self._exclude = compile_globs(exclude)
        self.distributions = distributions or Distributions(self.root)
        self._own_code = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/"
        self._known: dict[str, bool] = {}
        # Why: (how many files, the first of them).
        self._left_out: dict[str, tuple[int, str]] = {}

    def with_patterns(self, include: list[str], exclude: list[str]) -> Sources:
        """The same folder by other patterns."""
        return Sources(self.root, include, exclude, self.distributions)

    def measured(self, filename: str) -> bool:
        known = self._known.get(filename)
        if known is None:
            known = self._known[filename] = self._decide(filename)
        return known

    def _decide(self, filename: str) -> bool:
        if not filename.endswith(".py") or filename.startswith("<"):
            return False
        path = canonical(filename)
        if path.startswith(self._own_code):
            return False
        reason = self._why_left_out(self.relative(path))
        if reason is not None and path.startswith(self.root):
            count, first = self._left_out.get(reason, (0, self.relative(path)))
            self._left_out[reason] = (count + 1, first)
        return reason is None

    def relative(self, filename: str) -> str:
        """As the report shows it: relative to the task root, absolute outside it, no `..` in it."""
        path = canonical(filename)
        return path[len(self.root) :] if path.startswith(self.root) else path

    def left_out(self) -> list[str]:
        """What a report with nothing in it must say of the function's own folder; one sentence per reason."""
        return [
            f"{count} files were left out because {reason}, the first {first}"
            for reason, (count, first) in self._left_out.items()
        ]

    def _why_left_out(self, path: str) -> str | None:
        if any(pattern.match(path) for pattern in self._exclude):
            return "an exclude pattern names them"
        if self._include:
            matches = any(pattern.match(path) for pattern in self._include)
            return None if matches else "no include pattern names them"
        if os.path.isabs(path):
            return "they lie outside the function's folder"
        if "site-packages/" in path or self.distributions.hold(path):
            return "they belong to an installed distribution"
        return None


def canonical(filename: str) -> str:
    """One path per file: `sys.path` may hold `fn/..`, and code objects then carry it."""
    return os.path.abspath(filename)


def compile_globs(globs: list[str]) -> list[re.Pattern[str]]:
    """`*`, `?`, `**` as in `src/agent/collect/glob.ts`. More is left to combine, which has a full matcher."""
    return [re.compile(_regex(glob)) for glob in globs if not re.search(r"[\[\]{}()!+@\\|]", glob)]


_PARTS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _regex(glob: str) -> str:
    """As coverage.py reads it: `dir/*` is all below dir, a leading `*/` any folder or none; one without a
    slash names files in any folder."""
    glob = glob.removeprefix("./")
    if "/" not in glob:
        glob = f"**/{glob}"
    glob = re.sub(r"^\*/", "**/", glob)
    glob = re.sub(r"/\*$", "/**", glob)
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return f"/?{''.join(_PARTS.get(part) or re.escape(part) for part in parts)}$"
