"""The spec's decorator as it is described there: coverage.py started and stopped around each invocation, the
JSON report made and uploaded by boto3, the response waiting for it."""

import functools
import os
import tempfile
import time

import boto3
import coverage


def coverage_handler(func):
    @functools.wraps(func)
    def wrapper(event, context):
        cov = coverage.Coverage(data_file="/tmp/.coverage", branch=True, include=["/var/task/*"], config_file=False)
        cov.start()
        try:
            return func(event, context)
        finally:
            cov.stop()
            cov.save()
            upload(cov, context)

    return wrapper


def upload(cov, context):
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        try:
            cov.json_report(outfile=report.name)
        except coverage.CoverageException:
            return
        day = time.strftime("%Y/%m/%d", time.gmtime())
        key = f"coverage/{day}/{context.function_name}-{context.aws_request_id}.coverage"
        boto3.client("s3").put_object(Bucket=os.environ["COVERAGE_S3_BUCKET"], Key=key, Body=report.read())
