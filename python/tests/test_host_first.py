"""Whatever breaks inside the agent, the function's own results and errors are what they are without it."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from types import SimpleNamespace

import pytest

from coverage_wrapper import CoverageContext
from coverage_wrapper._agent import bootstrap, session
from coverage_wrapper._agent.environment import Environment
from coverage_wrapper._agent.holding import Holder
from coverage_wrapper._agent.invocation import Invocation
from coverage_wrapper._agent.log import Log
from coverage_wrapper._agent.settings import read_settings


@pytest.fixture
def agent(monkeypatch, tmp_path):
    """An environment whose log lines go to a file, and which starts no tracer."""
    log = os.open(tmp_path / "log", os.O_CREAT | os.O_WRONLY)
    settings, _ = read_settings(
        {"COVERAGE_S3_BUCKET": "bucket-name", "COVERAGE_HEALTH_CHECK_PATH": "/health"}
    )
    made = Environment(settings, Log("INFO", log), "late")
    monkeypatch.setattr(session, "_current", made)
    monkeypatch.setattr(session, "_decided", True)
    made.lines = lambda: [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    yield made
    made.off = "over"
    os.close(log)


def breaks(*_, **__):
    raise RuntimeError("the agent broke")


@pytest.mark.parametrize("method", ["begin", "end", "register", "store"])
def test_a_broken_agent_changes_neither_result_nor_error(agent, monkeypatch, method):
    monkeypatch.setattr(agent, method, breaks)

    def raises(event, context):
        raise KeyError("the function's own")

    assert bootstrap.wrap(lambda event, context: event["n"] + 1)({"n": 1}, None) == 2
    with pytest.raises(KeyError, match="the function's own"):
        bootstrap.wrap(raises)({}, None)
    assert {line["details"]["cause"] for line in agent.lines()} == {"the agent broke"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="an earlier interpreter puts the frame back")
def test_a_logged_stack_trace_holds_no_frame_of_ours(agent):
    def raises(event, context):
        raise KeyError("the function's own")

    def logged(handler):
        try:
            handler({}, None)
        except KeyError:
            return traceback.format_exc()

    assert logged(bootstrap.wrap(raises)) == logged(raises)


def test_the_interpreters_settings_are_restored_though_the_snapshot_near_the_deadline_fails(
    agent, monkeypatch
):
    before = sys.getswitchinterval()
    monkeypatch.setattr(agent, "store", breaks)
    with pytest.raises(RuntimeError):
        Holder(agent, None).hold({"requestId": "slow", "deadlineMs": time.time() * 1000 + 20})
    assert sys.getswitchinterval() == before


def test_a_tracer_that_does_not_start_costs_coverage_only(agent, monkeypatch):
    monkeypatch.setattr(agent.collector, "start", breaks)
    agent.start_collecting()
    assert agent.off == "the agent broke"
    assert bootstrap.wrap(lambda event, context: "fine")({}, None) == "fine"
    with CoverageContext():
        assert agent.lines()


def test_a_broken_health_check_lets_the_function_answer(agent, monkeypatch):
    monkeypatch.setattr(bootstrap, "_health_answer", breaks)
    assert bootstrap.wrap(lambda event, context: "own answer")({"path": "/health"}, None) == "own answer"


def test_a_health_check_answered_before_the_agents_thread_had_its_event_is_no_invocation(agent):
    context = SimpleNamespace(aws_request_id="one")
    assert bootstrap.wrap(breaks)({"path": "/health"}, context)["statusCode"] == 200
    answered = agent.current
    assert agent.invocation_of("one") is answered
    assert answered.closed
    # Lambda retries by the same request id.
    assert agent.invocation_of("one") is not answered


def test_a_retry_by_the_same_request_id_is_watched_though_coverage_went_off(agent):
    context = SimpleNamespace(aws_request_id="one")
    agent.held, agent.off = True, "another tracer runs"
    handler = bootstrap.wrap(lambda event, context: "fine")
    for _ in range(2):
        # The main thread comes first: the agent's thread would wait for an end that nobody tells.
        assert handler({}, context) == "fine"
        invocation = agent.invocation_of("one")
        assert invocation.ended.is_set()
        agent.store(invocation, "ok", 0)
    agent.held = False


def test_an_invocation_whose_storing_broke_is_closed_so_that_its_retry_is_another(agent, monkeypatch):
    monkeypatch.setattr(agent, "store", breaks)
    agent.held = True
    context = SimpleNamespace(aws_request_id="one")
    assert bootstrap.wrap(lambda event, context: "fine")({}, context) == "fine"
    broken = agent.current
    with pytest.raises(RuntimeError):
        Holder(agent, None).hold({"requestId": "one", "deadlineMs": time.time() * 1000 + 1000})
    assert bootstrap.wrap(lambda event, context: "fine")({}, context) == "fine"
    assert agent.current is not broken
    agent.held = False


def test_what_the_circuit_breaker_lets_go_by_is_owed(agent, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    agent.always = agent.held = True
    storage = agent.own.opened_storage()
    monkeypatch.setattr(storage.breaker, "should_collect", lambda: False)
    handler = bootstrap.wrap(lambda event, context: "fine")
    for request_id in ("one", "two"):
        handler({}, SimpleNamespace(aws_request_id=request_id))
        agent.store(agent.current, "ok", 0)
    (marker,) = (tmp_path / ".lambda-coverage" / "open").iterdir()
    assert json.loads(marker.read_text())["requestId"] == "two"
    agent.always = agent.held = False


def test_an_invocation_with_nothing_new_owes_nothing(agent, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    agent.own.settings.upload = "new"
    storage = agent.own.opened_storage()
    storage._sequence = 1
    invocation = Invocation("one")
    storage.mark_owed(invocation)
    storage.store(invocation, "ok", {}, time.monotonic(), time.monotonic(), False)
    assert list((tmp_path / ".lambda-coverage" / "open").iterdir()) == []
