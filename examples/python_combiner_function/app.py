"""Combines what Python functions stored: event `{"bucket", "prefix", "output_key"}`, each with a default."""

from coverage_wrapper.combiner import coverage_combiner_handler

lambda_handler = coverage_combiner_handler
