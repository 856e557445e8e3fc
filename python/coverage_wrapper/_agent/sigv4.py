"""AWS Signature Version 4, header form.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Credentials(NamedTuple):
        access_key_id: str
        secret_access_key: str
        session_token: str
else:
    from collections import namedtuple

    Credentials = namedtuple("Credentials", "access_key_id secret_access_key session_token")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def encode_key(key: str) -> str:
    """One object key as a path: each segment percent-encoded by RFC 3986, slashes kept."""
    return quote(key, safe="/-_.~")


def sign(
    method: str,
    path: str,
    headers: dict[str, str],
    payload_hash: str,
    region: str,
    service: str,
    credentials: Credentials,
    at: float,
    query: str = "",
) -> dict[str, str]:
    """The headers to send: those given (`host` among them), x-amz-date, session token, authorization."""
    amz_date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    headers = {**headers, "x-amz-date": amz_date}
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    canonical = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in canonical)
    lines = "".join(f"{name}:{value}\n" for name, value in canonical)
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload_hash}"
    scope = f"{amz_date[:8]}/{region}/{service}/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n{sha256(request.encode()).hex()}"
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return headers
