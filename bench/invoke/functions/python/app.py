"""The benched handler: a little work in the service's own modules. SPEC_PATTERN=1 wraps it as the spec does."""

import json
import os

import service


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(service.serve(event))}


if os.environ.get("SPEC_PATTERN"):
    from spec_pattern import coverage_handler

    handler = coverage_handler(handler)
