"""Takes are deltas, nothing that runs meanwhile is lost, and running frames can be joined."""

from __future__ import annotations

import importlib
import sys
import textwrap
import threading

import pytest

from coverage_wrapper._agent.collector import create_collector, unpack_arcs
from coverage_wrapper._agent.sources import Sources

MODULE = """
def f(x):
    if x:
        return 1
    return 2

def loop(stop):
    n = 0
    while not stop.is_set():
        n += 1
    return n
"""


@pytest.fixture
def task_root(tmp_path, monkeypatch):
    (tmp_path / "measured.py").write_text(textwrap.dedent(MODULE).lstrip())
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("measured", None)


@pytest.fixture(params=[True, False], ids=["branches", "lines"])
def collector(request, task_root):
    before = sys.gettrace()
    made = create_collector(Sources(str(task_root), [], []), request.param)
    made.start()
    yield made
    made.stop()
    sys.settrace(before)


def lines(collector, snapshot, name="measured.py"):
    points = next((points for file, points in snapshot.items() if file.endswith(name)), set())
    flat = {line for arc in unpack_arcs(points) for line in arc} if collector.arcs else points
    return sorted(line for line in flat if line > 0)


def test_each_take_holds_what_ran_since_the_last_one(collector):
    measured = importlib.import_module("measured")
    assert lines(collector, collector.take()) == [1, 6]
    measured.f(1)
    assert lines(collector, collector.take()) == [2, 3]
    assert collector.take() == {}
    measured.f(0)
    measured.f(1)
    assert lines(collector, collector.take()) == [2, 3, 4]


def test_a_thread_that_runs_on_loses_nothing(collector):
    measured = importlib.import_module("measured")
    stop = threading.Event()
    thread = threading.Thread(target=measured.loop, args=(stop,))
    thread.start()
    seen = set()
    for _ in range(50):
        seen.update(lines(collector, collector.take()))
    stop.set()
    thread.join()
    seen.update(lines(collector, collector.take()))
    assert seen == {1, 6, 7, 8, 9, 10}
