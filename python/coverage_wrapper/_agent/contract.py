# Generated from src/contract by `npm run docs:generate`; `npm run docs:check` fails where it is stale.
# fmt: off
# ruff: noqa: E501
from __future__ import annotations

DEFAULT_EXCLUDE_PATTERNS = ["**/node_modules/**"]

# attribute: variable, kind, what is allowed, default
SETTINGS = {
    "s3_bucket": ("COVERAGE_S3_BUCKET", "bucket", "an S3 bucket name (3 to 63 lower-case letters, digits, dots, hyphens)", None),
    "s3_prefix": ("COVERAGE_S3_PREFIX", "text", "text", "coverage/"),
    "upload_timeout": ("COVERAGE_UPLOAD_TIMEOUT", [0.1, 900], "a number from 0.1 to 900", 30),
    "include_patterns": ("COVERAGE_INCLUDE_PATTERNS", "patterns", "comma-separated globs", []),
    "exclude_patterns": ("COVERAGE_EXCLUDE_PATTERNS", "patterns", "comma-separated globs", ["**/node_modules/**"]),
    "branch_coverage": ("COVERAGE_BRANCH_COVERAGE", "flag", "true or false", True),
    "log_level": ("COVERAGE_LOG_LEVEL", "choice", "DEBUG, INFO, WARNING, ERROR", "INFO"),
    "debug": ("COVERAGE_DEBUG", "flag", "true or false", False),
    "enabled": ("COVERAGE_ENABLED", "flag", "true or false", True),
    "collector": ("COVERAGE_COLLECTOR", "choice", "auto, probes, v8", "auto"),
    "granularity": ("COVERAGE_GRANULARITY", "choice", "block, function", "block"),
    "exact_windows": ("COVERAGE_EXACT_WINDOWS", "flag", "true or false", True),
    "stacks": ("COVERAGE_STACKS", "flag", "true or false", False),
    "sample_rate": ("COVERAGE_SAMPLE_RATE", [0, 1], "a number from 0 to 1", 1),
    "upload": ("COVERAGE_UPLOAD", "choice", "every, new", "every"),
    "upload_sources": ("COVERAGE_UPLOAD_SOURCES", "flag", "true or false", True),
    "health_check_path": ("COVERAGE_HEALTH_CHECK_PATH", "text", "text", None),
    "metrics": ("COVERAGE_METRICS", "flag", "true or false", False),
}

OTHER_VARIABLES = ["COVERAGE_NEXT_WRAPPER", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE", "COVERAGE_RCFILE", "COVERAGE_CORE", "COVERAGE_RUN"]

MAX_ATTEMPTS = 3
MAX_CORRECTIONS = 3
FIRST_BACKOFF_MS = 100
MIN_ATTEMPT_MS = 20
LONG_BODY_BYTES = 262144
RETRYABLE_CODES = ["RequestTimeout", "SlowDown", "ConditionalRequestConflict", "OperationAborted", "BadDigest", "XAmzContentSHA256Mismatch", "InternalError", "ServiceUnavailable"]
CREDENTIAL_CODES = ["ExpiredToken", "InvalidToken", "InvalidAccessKeyId", "TokenRefreshRequired"]
REGION_CODES = ["AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "Http400"]
NETWORK_CODES = ["Timeout", "ConnectTimeout", "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEOUT", "ETIMEDOUT"]
UNREACHABLE = "check the route to S3: a function in a VPC needs an S3 gateway endpoint or NAT"
REMEDIES = {
    "AccessDenied": "allow s3:PutObject on arn:{partition}:s3:::{bucket}/{prefix}* for the function's role",
    "Http403": "allow s3:PutObject on arn:{partition}:s3:::{bucket}/{prefix}* for the function's role",
    "NoSuchBucket": "create the bucket {bucket} or correct COVERAGE_S3_BUCKET",
    "ExpiredToken": "nothing: the next environment gets fresh credentials",
    "NoCredentials": "let the function run with a role; its credentials come from the environment",
    "SignatureDoesNotMatch": "check that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together",
    "NoBudget": "raise the function's timeout: no time was left before its deadline",
}
# Beginning of the region's name, DNS suffix, name in ARNs.
PARTITIONS = (
    ("cn-", "amazonaws.com.cn", "aws-cn"),
    ("us-gov-", "amazonaws.com", "aws-us-gov"),
    ("eusc-", "amazonaws.eu", "aws-eusc"),
    ("us-iso-", "c2s.ic.gov", "aws-iso"),
    ("us-isob-", "sc2s.sgov.gov", "aws-iso-b"),
    ("eu-isoe-", "cloud.adc-e.uk", "aws-iso-e"),
    ("us-isof-", "csp.hci.ic.gov", "aws-iso-f"),
    ("", "amazonaws.com", "aws"),
)
METRIC_UNITS = {
    "FilesStored": "Count",
    "FilesFailed": "Count",
    "FilesPending": "Count",
    "UploadTime": "Milliseconds",
    "FileSize": "Bytes",
    "SnapshotTime": "Milliseconds",
    "InitTimeAdded": "Milliseconds",
    "MemoryUsed": "Bytes",
}
