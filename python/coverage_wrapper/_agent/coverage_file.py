"""The coverage file and the script file, as in `src/contract/coverage-file.ts` and `script-file.ts`."""

from __future__ import annotations

import os
import sys

from .collector import unpack_arcs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

COVERAGE_FORMAT = "lambda-coverage/1"
SCRIPT_FORMAT = "lambda-coverage-script/1"
PYTHON_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def function_identity() -> dict[str, str]:
    env = os.environ
    return {
        "name": env.get("AWS_LAMBDA_FUNCTION_NAME", "unknown"),
        "version": env.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        "region": env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION", ""),
        "runtime": env.get("AWS_EXECUTION_ENV", "").replace("AWS_Lambda_", "") or f"python{PYTHON_VERSION}",
    }


def script_coverage(path: str, script: str | None, points: set[int], arcs: bool) -> dict[str, Any]:
    """One row of `scripts`: `points` are packed arcs, or lines where no more was asked for."""
    pairs = unpack_arcs(points)
    lines = sorted({line for pair in pairs for line in pair if line > 0})
    flat = [line for pair in pairs if pair[1] != 0 for line in pair] if arcs else []
    return {"kind": "python", "path": path, "script": script, "lines": lines, "arcs": flat}


def parse_source(source: str) -> dict[str, Any]:
    """What coverage.py's parser knows about a source; raises coverage's NotPython where it cannot be."""
    import ast

    import coverage
    from coverage.config import DEFAULT_EXCLUDE, DEFAULT_PARTIAL, DEFAULT_PARTIAL_ALWAYS
    from coverage.parser import PythonParser

    # As coverage.python.get_python_source gives it to the parser.
    text = source.replace("\f", " ")
    if text and not text.endswith("\n"):
        text += "\n"
    parser = PythonParser(text=text, exclude=_any_of(DEFAULT_EXCLUDE)) if text else None
    if parser is None:
        return {"statements": [], "excluded": [], "arcs": [], "python": PYTHON_VERSION}
    parser.parse_source()
    arcs = sorted(parser.arcs())
    multiline = sorted((line, first) for line, first in parser._multiline.items() if line != first)
    no_branch = parser.lines_matching(_any_of([*DEFAULT_PARTIAL, *DEFAULT_PARTIAL_ALWAYS]))
    jumps = [(*arc, *start, *end) for arc, (start, end) in sorted(parser._with_jump_fixers.items())]
    tree = ast.parse(text)
    module_lines = {parser.first_line(line) for line in _module_lines(tree)} & parser.statements
    optional: dict[str, Iterable[Any]] = {
        "multiline": _flat(multiline),
        "noBranch": sorted(no_branch),
        "withJumps": _flat(jumps),
        "moduleLines": sorted(module_lines),
        "functions": _functions(tree, parser),
    }
    return {
        "statements": sorted(parser.statements),
        "excluded": sorted(parser.excluded),
        "arcs": _flat(arcs),
        **{name: value for name, value in optional.items() if value},
        "python": PYTHON_VERSION,
        "coverage": coverage.__version__,
    }


def script_file(sha256: str, path: str, source: str) -> dict[str, Any]:
    return {
        "format": SCRIPT_FORMAT,
        "kind": "python",
        "sha256": sha256,
        "path": path,
        "source": source,
        **parse_source(source),
    }


def _functions(tree: Any, parser: Any) -> list[list[Any]]:
    """Name, line, last line, first statement of the body. One whose body is no statement (a docstring, `...`,
    excluded code) cannot be said to have run or not."""
    import ast

    found: list[list[Any]] = []

    def visit(node: Any, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{prefix}{child.name}."
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (parser.first_line(statement.lineno) for statement in child.body)
                first = next((line for line in lines if line in parser.statements), None)
                if first is not None and first > child.lineno:
                    found.append([name[:-1], child.lineno, child.end_lineno, first])
            visit(child, name)

    visit(tree, "")
    return found


def _any_of(patterns: list[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _flat(rows: Iterable[Iterable[int]]) -> list[int]:
    return [number for row in rows for number in row]


def _module_lines(tree: Any) -> set[int]:
    """First lines of the statements that run at import: those of the module and of class bodies."""
    import ast

    lines: set[int] = set()
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        lines.add(node.lineno)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            lines.update(decorator.lineno for decorator in node.decorator_list)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.stmt, ast.ExceptHandler)) or type(child).__name__ == "match_case":
                waiting.extend(child.body if type(child).__name__ == "match_case" else [child])  # type: ignore[attr-defined]
    return lines
