"""The decorator: every invocation is measured, the upload happens after the response."""

import json

from coverage_wrapper import coverage_handler

GREETINGS = {"de": "Hallo", "en": "Hello", "fr": "Bonjour"}


@coverage_handler
def lambda_handler(event, context):
    name = event.get("name")
    if not name:
        return {"statusCode": 400, "body": json.dumps({"error": "a name is missing"})}
    greeting = GREETINGS.get(event.get("language", "en"))
    if greeting is None:
        return {"statusCode": 404, "body": json.dumps({"error": "no such language"})}
    return {"statusCode": 200, "body": json.dumps({"message": f"{greeting}, {name}"})}
