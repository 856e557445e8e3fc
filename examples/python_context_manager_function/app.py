"""The context manager: only the scoring is measured, loading and cleaning up are not."""

import json

from coverage_wrapper import CoverageContext


def load(event):
    return [int(number) for number in event.get("numbers", [])]


def score(numbers):
    if not numbers:
        return 0
    total = sum(number for number in numbers if number > 0)
    return total * 2 if total > 100 else total


def clean_up(numbers):
    numbers.clear()


def lambda_handler(event, context):
    numbers = load(event)
    with CoverageContext():
        result = score(numbers)
    clean_up(numbers)
    return {"statusCode": 200, "body": json.dumps({"score": result})}
