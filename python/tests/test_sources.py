"""What is measured, held against coverage.py's own reading of patterns and against pip's own records."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from coverage_wrapper._agent.sources import Sources

PATHS = [
    "app.py",
    "src/top.py",
    "src/core/deep.py",
    "src/vendor/x/third.py",
    "lib/src/top.py",
    "tests/test_app.py",
    "x/tests/test_deep.py",
]
PARTS = ["src", "core", "tests", "*", "**", "test_*", "*.py", "top.py", "app.py", "?ib"]


def test_patterns_are_read_as_coverage_py_reads_them(tmp_path, monkeypatch):
    # Not above: the tracer's C code fills in the first module that is made from its file.
    from coverage.exceptions import ConfigError
    from coverage.files import GlobMatcher, prep_patterns

    monkeypatch.chdir(tmp_path)
    dice = random.Random(7)
    compared = 0
    for _ in range(800):
        pattern = "/".join(dice.choice(PARTS) for _ in range(dice.randint(1, 3)))
        if "/" not in pattern and pattern[0] not in "*?":
            continue  # a bare name: in any folder here, in the working directory only there
        try:
            theirs = GlobMatcher(prep_patterns([pattern]))
        except ConfigError:
            continue
        sources = Sources(str(tmp_path), [pattern], [])
        for path in PATHS:
            full = f"{tmp_path}/{path}"
            # One that begins with a wildcard meets the whole path there; ours begin at the function's folder.
            matches = theirs.match(path if pattern[0] in "*?" else full)
            assert sources.measured(full) == matches, (pattern, path)
            compared += 1
    assert compared > 2000


def test_patterns_match_the_path_that_the_report_shows(tmp_path):
    sources = Sources(f"{tmp_path}", ["common/*"], [])
    seen = f"{tmp_path}/fn/../common/shared.py"
    assert (sources.measured(seen), sources.relative(seen)) == (True, "common/shared.py")
    assert not sources.measured(f"{tmp_path}/fn/app.py")
    assert sources.left_out() == [
        "1 files were left out because no include pattern names them, the first fn/app.py"
    ]


BACKEND = """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    stem = NAME.replace("-", "_") + "-1"
    with zipfile.ZipFile(os.path.join(folder, f"{stem}-py3-none-any.whl"), "w") as wheel:
        for path in FILES:
            wheel.writestr(path, "")
        wheel.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: 1\\n")
        wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        rows = "".join(f"{path},,\\n" for path in wheel.namelist())
        wheel.writestr(f"{stem}.dist-info/RECORD", rows)
    return f"{stem}-py3-none-any.whl"
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A function's folder into which pip has installed: a distribution whose namespace the function's code
    shares, and the team's own project from its folder."""
    root = tmp_path_factory.mktemp("task")
    shared, own = tmp_path_factory.mktemp("shared"), tmp_path_factory.mktemp("own")
    for project, name, files in (
        (shared, "mycorp-common", ["mycorp/common/money.py", "single.py"]),
        (own, "own-lib", ["own_lib/rules.py"]),
    ):
        (project / "pyproject.toml").write_text(PROJECT)
        (project / "backend.py").write_text(f"NAME = {name!r}\nFILES = {files!r}\n{BACKEND}")
    _pip("wheel", "--no-deps", "-w", str(shared), str(shared))
    _pip("install", "--no-deps", "-t", str(root), *map(str, shared.glob("*.whl")), str(own))
    return root


def _pip(*arguments):
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True)


def test_what_is_installed_beside_the_function_is_not_measured_but_what_shares_its_folder_is(installed):
    sources = Sources(str(installed), [], ["tests/*"])
    paths = ("app.py", "mycorp/orders.py", "mycorp/common/money.py", "single.py", "own_lib/rules.py")
    measured = [path for path in paths if sources.measured(f"{installed}/{path}")]
    assert measured == ["app.py", "mycorp/orders.py", "own_lib/rules.py"]
    named = Sources(str(installed), ["/opt/python/*.py", "mycorp/common/**"], [])
    assert named.measured("/opt/python/shared.py")
    assert named.measured(f"{installed}/mycorp/common/money.py")
    assert not named.measured(f"{installed}/app.py")
    assert not sources.measured("/opt/python/shared.py")
