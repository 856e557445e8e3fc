"""What outlives the process under /tmp: bounded, and never in doubt."""

from __future__ import annotations

import os
import subprocess
import sys

from coverage_wrapper._agent import temporary_files
from coverage_wrapper._agent.temporary_files import Markers, Pending


def head(sequence, environment="env-1"):
    return {"key": f"k{sequence}", "environmentId": environment, "sequence": sequence, "requestId": "r"}


def test_pending_files_come_back_oldest_first(tmp_path):
    pending = Pending(str(tmp_path))
    for n in (2, 0, 1):
        assert pending.save(head(n), b"body%d" % n, 1000 + n) == (True, [])
    loaded = [pending.load(name) for name in pending.names()]
    assert [(found[0]["key"], found[1]) for found in loaded] == [
        ("k0", b"body0"),
        ("k1", b"body1"),
        ("k2", b"body2"),
    ]


def test_the_oldest_goes_when_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(temporary_files, "MAX_PENDING_FILES", 3)
    pending = Pending(str(tmp_path))
    dropped = [pending.save(head(n), b"x", 1000 + n)[1] for n in range(5)]
    assert [[gone["sequence"] for gone in each] for each in dropped] == [[], [], [], [0], [1]]
    assert len(pending.names()) == 3


def test_the_oldest_goes_when_there_is_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(temporary_files, "MAX_PENDING_BYTES", 1000)
    pending = Pending(str(tmp_path))
    assert pending.save(head(0), b"x" * 2000, 1)[0] is False
    pending.save(head(1), b"x" * 500, 2)
    kept, dropped = pending.save(head(2), b"x" * 500, 3)
    assert (kept, [gone["sequence"] for gone in dropped]) == (True, [1])


def test_a_damaged_file_is_removed(tmp_path):
    pending = Pending(str(tmp_path))
    pending.save(head(0), b"whole", 1)
    (name,) = pending.names()
    path = tmp_path / "pending" / name
    path.write_bytes(path.read_bytes()[:-1])
    assert pending.load(name) is None
    assert pending.names() == []


def test_a_directory_that_cannot_be_written_loses_the_file_and_no_more(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert Pending(str(blocked)).save(head(0), b"x", 1) == (False, [])
    Markers(str(blocked), "env-1").open(head(0))


def test_markers_of_dead_processes_are_lost_own_and_living_ones_are_not(tmp_path):
    directory = str(tmp_path)
    own = Markers(directory, "env-own")
    own.open(head(0, "env-own"))
    source = (
        "import sys; from coverage_wrapper._agent.temporary_files import Markers;"
        "Markers(sys.argv[1], 'env-dead').open("
        "{'environmentId': 'env-dead', 'sequence': 3, 'requestId': 'r', 'key': 'k'})"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", source, directory], check=True, env=env)
    assert [(gone["environmentId"], gone["sequence"], gone["reason"]) for gone in own.lost()] == [
        ("env-dead", 3, "killed")
    ]
    own.mark_lost("env-own", 0, "fallback-full")
    assert {gone["environmentId"]: gone["reason"] for gone in own.lost()} == {
        "env-dead": "killed",
        "env-own": "fallback-full",
    }
    for gone in own.lost():
        own.close(gone["environmentId"], gone["sequence"])
    assert own.lost() == []
