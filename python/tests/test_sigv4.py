"""Signatures held against AWS's published examples and against botocore."""

from __future__ import annotations

import calendar
import random
import time

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from coverage_wrapper._agent.sigv4 import Credentials, encode_key, sha256, sign

EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "")
AT = calendar.timegm((2013, 5, 24, 0, 0, 0))
HOST = "examplebucket.s3.amazonaws.com"

# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
PUBLISHED = [
    (
        "GET",
        "/test.txt",
        {"range": "bytes=0-9"},
        b"",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        "PUT",
        "/test%24file.text",
        {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
        b"Welcome to Amazon S3.",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "signature"), PUBLISHED)
def test_published_examples(method, path, headers, body, signature):
    digest = sha256(body).hex()
    signed = sign(
        method,
        path,
        {"host": HOST, "x-amz-content-sha256": digest, **headers},
        digest,
        "us-east-1",
        "s3",
        EXAMPLE,
        AT,
    )
    assert signed["authorization"].endswith(f"Signature={signature}")


def test_as_botocore_signs(monkeypatch):
    dice = random.Random(1)
    for _ in range(100):
        key = "".join(dice.choice("aZ09-_.~/ é+=$&()*'!@:,") for _ in range(dice.randint(1, 30)))
        body = bytes(dice.randrange(256) for _ in range(dice.randrange(50)))
        token = dice.choice(["", "token/with+signs=="])
        path = f"/bucket/{encode_key(key)}"
        digest = sha256(body).hex()
        headers = {
            "host": "s3.example.com",
            "x-amz-content-sha256": digest,
            "content-type": "application/json",
        }
        at = 1_700_000_000 + dice.randrange(10**8)
        ours = sign("PUT", path, headers, digest, "eu-west-1", "s3", Credentials("AKID", "secret", token), at)
        request = AWSRequest(
            "PUT", f"https://s3.example.com{path}", {"content-type": "application/json"}, body
        )
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        request.context["timestamp"] = stamp
        auth = S3SigV4Auth(BotoCredentials("AKID", "secret", token or None), "s3", "eu-west-1")
        monkeypatch.setattr(auth, "_modify_request_before_signing", lambda _: None)
        request.headers["X-Amz-Date"] = stamp
        request.headers["X-Amz-Content-SHA256"] = digest
        if token:
            request.headers["X-Amz-Security-Token"] = token
        canonical = auth.canonical_request(request)
        to_sign = auth.string_to_sign(request, canonical)
        assert ours["authorization"].endswith(f"Signature={auth.signature(to_sign, request)}"), key
