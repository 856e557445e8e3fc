"""PUT and HEAD of one bucket: signed, retried with exponential backoff and jitter, corrected for region and
clock, all within a deadline. Never raises. The rules are those of `src/agent/worker/delivery/s3-client.ts`.
"""

from __future__ import annotations

import binascii
import os
import random
import re
import socket
import time

from .contract import (
    CREDENTIAL_CODES,
    FIRST_BACKOFF_MS,
    LONG_BODY_BYTES,
    MAX_ATTEMPTS,
    MAX_CORRECTIONS,
    MIN_ATTEMPT_MS,
    REGION_CODES,
    RETRYABLE_CODES,
)
from .endpoint import DEFAULT_REGION, Endpoint, redirected_endpoint, resolve_endpoint
from .http_exchange import Answer, ExchangeError, exchange
from .name_lookup import addresses
from .sigv4 import Credentials, encode_key, sha256, sign

FIRST_BACKOFF_SECONDS = FIRST_BACKOFF_MS / 1000
# Below this no exchange can end in time.
MIN_ATTEMPT_SECONDS = MIN_ATTEMPT_MS / 1000
CONNECT_SECONDS = 1.0
# Longer idle than this, a socket may be dead without a word (NAT, load balancer): take a fresh one.
MAX_IDLE_SECONDS = 10.0


class Outcome:
    def __init__(self, ok: bool, attempts: int, code: str = "", message: str = "", status: int = 0) -> None:
        self.ok, self.attempts, self.code, self.message, self.status = ok, attempts, code, message, status


def read_credentials() -> Credentials | None:
    """The role's, as Lambda puts them into the environment; read anew for each request."""
    env = os.environ
    key, secret = env.get("AWS_ACCESS_KEY_ID"), env.get("AWS_SECRET_ACCESS_KEY")
    return Credentials(key, secret, env.get("AWS_SESSION_TOKEN", "")) if key and secret else None


class S3Client:
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._socket: socket.socket | None = None
        self._connected_to: tuple[str, int] | None = None
        self._idle_since = (0.0, 0.0)
        self._learned: dict[str, str | Endpoint] = {}
        self._configured: tuple[str | None, ...] = ()
        self._clock_offset = 0.0

    def send(
        self,
        method: str,
        key: str,
        deadline: float,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        max_attempts: int = MAX_ATTEMPTS,
    ) -> Outcome:
        last = Outcome(False, 0, "NoBudget", "no time was left to try")
        attempts = corrections = 0
        while attempts < max_attempts:
            credentials = read_credentials()
            if credentials is None:
                message = (
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set in the function's environment"
                )
                return Outcome(False, attempts, "NoCredentials", message)
            left = deadline - time.monotonic()
            if left < MIN_ATTEMPT_SECONDS:
                break
            attempts += 1
            # One hanging server must not eat the time of the next try; the last try gets all that is left.
            # A long body may need all the time there is: cut short each time it would never arrive.
            whole = attempts == max_attempts or len(body) > LONG_BODY_BYTES
            patience = left if whole else max(left * 0.6, min(left, 0.3))
            step, last = self._attempt(method, key, headers or {}, body, credentials, patience)
            last.attempts = attempts
            if step in ("done", "fail") or (step == "credentials" and credentials == read_credentials()):
                break
            if step in ("correct", "credentials"):
                corrections += 1
                if corrections > MAX_CORRECTIONS:
                    break
                attempts -= 1
                continue
            pause = FIRST_BACKOFF_SECONDS * 2 ** (attempts - 1) * (0.5 + random.random() / 2)
            if attempts == max_attempts or time.monotonic() + pause + MIN_ATTEMPT_SECONDS > deadline:
                break
            time.sleep(pause)
        return last

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _attempt(
        self,
        method: str,
        key: str,
        headers: dict[str, str],
        body: bytes,
        credentials: Credentials,
        patience: float,
    ) -> tuple[str, Outcome]:
        reused = False
        try:
            region, endpoint = self._target()
            path = f"{endpoint.path_prefix}{encode_key(key)}"
            digest = sha256(body)
            payload_hash = digest.hex()
            all_headers = {
                "host": endpoint.host_header,
                "x-amz-content-sha256": payload_hash,
                "content-length": str(len(body)),
                **headers,
            }
            if method == "PUT":
                # A bucket with Object Lock takes nothing without one.
                all_headers["x-amz-checksum-sha256"] = binascii.b2a_base64(digest, newline=False).decode()
            at = time.time() + self._clock_offset
            signed = sign(method, path, all_headers, payload_hash, region, "s3", credentials, at)
            deadline = time.monotonic() + patience
            connection, reused = self._connect(endpoint, patience)
            answer = exchange(connection, method, path, signed, body, deadline)
            if not answer.keeps_alive:
                self.close()
            self._idle_since = (time.monotonic(), time.time())
            return self._next_step(answer, method, endpoint)
        except ExchangeError as error:
            self.close()
            # A kept-alive socket that was already dead says nothing against the server.
            dead = reused and not error.answered and error.code in ("ECONNRESET", "EPIPE")
            return "correct" if dead else "retry", Outcome(False, 0, error.code, str(error))
        except (OSError, ValueError) as error:
            self.close()
            code = _connect_code(error)
            return "fail" if isinstance(error, ValueError) else "retry", Outcome(False, 0, code, str(error))

    def _target(self) -> tuple[str, Endpoint]:
        env = os.environ
        configured = tuple(
            env.get(name)
            for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
        )
        if configured != self._configured:
            self._configured, self._learned = configured, {}
        region = self._learned.get("region") or configured[0] or configured[1] or DEFAULT_REGION
        assert isinstance(region, str)
        endpoint = self._learned.get("endpoint")
        if not isinstance(endpoint, Endpoint):
            endpoint = resolve_endpoint(self._bucket, region, env)
        return region, endpoint

    def _connect(self, endpoint: Endpoint, patience: float) -> tuple[socket.socket, bool]:
        # Over a freeze either clock may stand still.
        idle = max(time.monotonic() - self._idle_since[0], abs(time.time() - self._idle_since[1]))
        if self._socket is not None and (idle > MAX_IDLE_SECONDS or self._connected_to != endpoint.address):
            self.close()
        if self._socket is not None:
            return self._socket, True
        self._socket, self._connected_to = _open(endpoint, min(CONNECT_SECONDS, patience)), endpoint.address
        return self._socket, False

    def _next_step(self, answer: Answer, method: str, endpoint: Endpoint) -> tuple[str, Outcome]:
        if 200 <= answer.status < 300:
            return "done", Outcome(True, 0, status=answer.status)
        code = _element(answer, "Code") or f"Http{answer.status}"
        message = _element(answer, "Message") or f"{method} answered {answer.status}"
        outcome = Outcome(False, 0, code[:80], message[:300], answer.status)
        region = answer.headers.get("x-amz-bucket-region") or _element(answer, "Region")
        if region and not re.fullmatch(r"[a-z0-9-]{1,40}", region):
            region = None
        if answer.status in (301, 302, 307, 308):
            return ("correct" if self._redirect(answer, region, endpoint) else "fail"), outcome
        if answer.status == 400 and region and code in REGION_CODES:
            self._learned = {"region": region}
            return "correct", outcome
        if code == "RequestTimeTooSkewed":
            return ("correct" if self._set_clock(answer) else "fail"), outcome
        if code in CREDENTIAL_CODES:
            return "credentials", outcome
        again = answer.status >= 500 or answer.status in (409, 429) or code in RETRYABLE_CODES
        return "retry" if again else "fail", outcome

    def _redirect(self, answer: Answer, region: str | None, endpoint: Endpoint) -> bool:
        location = answer.headers.get("location")
        moved = redirected_endpoint(endpoint, location) if location else None
        if region is None and moved is None:
            return False
        if region:
            self._learned["region"] = region
        if moved:
            self._learned["endpoint"] = moved
        else:
            self._learned.pop("endpoint", None)
        return True

    def _set_clock(self, answer: Answer) -> bool:
        text = _element(answer, "ServerTime")
        try:
            if text:
                import calendar

                server = float(calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")))
            else:
                from email.utils import parsedate_to_datetime

                server = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
        except (ValueError, TypeError):
            return False
        self._clock_offset = server - time.time()
        return True


def _open(endpoint: Endpoint, seconds: float) -> socket.socket:
    """Name lookup, connection and handshake together within `seconds`."""
    until = time.monotonic() + seconds
    refused: OSError = socket.timeout("no connection in time")
    for family, address in addresses(*endpoint.address, seconds):
        left = until - time.monotonic()
        if left <= 0:
            break
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(left)
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not endpoint.tls:
                return connection
            import ssl

            context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
            connection.settimeout(max(0.001, until - time.monotonic()))
            return context.wrap_socket(connection, server_hostname=endpoint.host)
        except OSError as error:
            connection.close()
            refused = error
    raise refused


def _element(answer: Answer, name: str) -> str | None:
    """S3's error documents are flat."""
    found = re.search(f"<{name}>([^<]*)</{name}>", answer.body.decode("utf-8", "replace"))
    return found.group(1) if found else None


def _connect_code(error: Exception) -> str:
    import errno

    if isinstance(error, socket.timeout):
        return "ConnectTimeout"
    if isinstance(error, socket.gaierror):
        return "ENOTFOUND"
    number = error.errno if isinstance(error, OSError) else None
    return errno.errorcode.get(number or 0, type(error).__name__)
