"""Where a bucket is reached, the same as `src/agent/worker/delivery/endpoint.ts`.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

from urllib.parse import urlsplit

from .contract import PARTITIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_REGION = "us-east-1"


class Partition:
    def __init__(self, suffix: str, arn: str) -> None:
        self.suffix, self.arn = suffix, arn


def partition_of(region: str) -> Partition:
    # The last one's regions begin with anything.
    return next(Partition(suffix, arn) for start, suffix, arn in PARTITIONS if region.startswith(start))


class Endpoint:
    def __init__(self, tls: bool, host: str, port: int | None, path_prefix: str) -> None:
        self.tls, self.host, self.port, self.path_prefix = tls, host, port, path_prefix

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port or (443 if self.tls else 80)


def resolve_endpoint(bucket: str, region: str, env: Mapping[str, str]) -> Endpoint:
    custom = env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL")
    if custom and env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != "true":
        url = urlsplit(custom)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"endpoint {custom} is neither http nor https")
        # Path style: a custom host seldom resolves bucket names before it.
        return Endpoint(url.scheme == "https", url.hostname, url.port, f"{url.path.rstrip('/')}/{bucket}/")
    service = "s3-fips" if env.get("AWS_USE_FIPS_ENDPOINT") == "true" else "s3"
    stack = ".dualstack" if env.get("AWS_USE_DUALSTACK_ENDPOINT") == "true" else ""
    host = f"{service}{stack}.{region}.{partition_of(region).suffix}"
    # A dotted bucket name is not covered by the wildcard certificate of virtual hosts.
    if "." in bucket:
        return Endpoint(True, host, None, f"/{bucket}/")
    return Endpoint(True, f"{bucket}.{host}", None, "/")


def redirected_endpoint(origin: Endpoint, location: str) -> Endpoint | None:
    """A redirect leads within AWS, or stays on the custom endpoint's own host; None where it does neither."""
    url = urlsplit(location)
    if not url.hostname:
        return origin if location.startswith("/") else None
    same_host = url.hostname == origin.host and (url.scheme == "https") == origin.tls
    within_aws = url.scheme == "https" and url.hostname.endswith(
        tuple(f".{suffix}" for _, suffix, _ in PARTITIONS)
    )
    if not same_host and not within_aws:
        return None
    bucket = origin.path_prefix.rstrip("/").rpartition("/")[2]
    path_style = bucket and url.path.startswith(f"/{bucket}/")
    prefix = origin.path_prefix if same_host else f"/{bucket}/" if path_style else "/"
    return Endpoint(url.scheme == "https", url.hostname, url.port, prefix)
