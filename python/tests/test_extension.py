"""The extension's one connection, and that a registered extension is never given up."""

from __future__ import annotations

import http.server
import threading
import time

import pytest

from coverage_wrapper._agent.extension import Extension
from coverage_wrapper._agent.holding import Holder


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        self.server.connections += 1
        super().setup()

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(b"{}", {"lambda-extension-identifier": "one"})

    def do_GET(self):
        if self.server.refusals > 0:
            self.server.refusals -= 1
            self.close_connection = True
            return
        self.server.events += 1
        if self.server.events > 3:
            self.server.over.wait(5)
        self._answer(b'{"eventType":"OTHER"}', {})

    def _answer(self, body, headers):
        self.send_response(200)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def api(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    server.connections = server.events = server.refusals = 0
    server.over = threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{server.server_address[1]}")
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


class Environment:
    held = False

    def __init__(self):
        self.log, self.failures = self, []

    def failure(self, message, error):
        self.failures.append(message)


def served(api, environment):
    Holder(environment, Extension()).start()
    until = time.monotonic() + 5
    while api.events < 3 and time.monotonic() < until:
        time.sleep(0.01)
    environment.held = False
    return api.events


def test_registration_and_every_event_share_one_connection(api):
    assert served(api, Environment()) >= 3
    assert api.connections == 1


def test_an_api_that_drops_every_connection_for_a_while_is_asked_until_it_answers(api):
    environment = Environment()
    api.refusals = 5
    assert served(api, environment) >= 3
    assert environment.failures == ["The Extensions API gave no event"]
