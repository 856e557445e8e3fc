"""The script file: what the parser found, under an identity that holds the version of Python."""

from __future__ import annotations

import textwrap

from coverage_wrapper._agent.coverage_file import parse_source
from coverage_wrapper._agent.scripts import identity_text, read_source

SOURCE = textwrap.dedent(
    '''\
    """A docstring."""
    import os

    class Shape:
        sides = (
            4
        )

        def area(self,
                 scale):
            """Of the shape."""
            return scale

        def stub(self): ...

    def outer(flag):
        def inner():
            return 1
        if flag:  # pragma: no branch
            return inner
        while True:
            break
    '''
)


def test_functions_have_the_line_that_says_whether_they_ran():
    assert parse_source(SOURCE)["functions"] == [
        ["Shape.area", 9, 12, 12],
        ["outer", 16, 22, 17],
        ["outer.inner", 17, 18, 18],
    ]


def test_module_level_lines_are_those_that_run_at_import():
    parsed = parse_source(SOURCE)
    assert parsed["moduleLines"] == [2, 4, 5, 9, 16]
    assert set(parsed["moduleLines"]) <= set(parsed["statements"])
    assert 14 in parsed["excluded"]
    assert {19, 21} <= set(parsed["noBranch"])
    assert parsed["multiline"][:4] == [6, 5, 7, 5]


def test_an_empty_file_parses():
    assert parse_source("")["statements"] == []


def test_the_source_is_read_as_the_interpreter_reads_it(tmp_path):
    path = tmp_path / "source.py"
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\ny = '\xc3\xa9'\r\n")
    assert read_source(str(path)) == "x = 1\ny = 'é'\n"
    path.write_bytes(b"# -*- coding: latin-1 -*-\ny = '\xe9'\n")
    assert read_source(str(path)).endswith("y = 'é'\n")
    assert identity_text("x\n").startswith("python3.")
