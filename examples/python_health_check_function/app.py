"""A health endpoint beside the function's own routes."""

import json

from coverage_wrapper import coverage_handler
from coverage_wrapper.health_check import get_layer_info, health_check_handler


@coverage_handler
def lambda_handler(event, context):
    path = event.get("path")
    if path == "/health":
        return answer(200, health_check_handler())
    if path == "/version":
        return answer(200, get_layer_info())
    if path == "/orders":
        return answer(200, {"orders": []})
    return answer(404, {"error": f"nothing at {path}"})


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }
