"""The layer's own log lines: one JSON object per line, written at once. No event data, no credentials."""

from __future__ import annotations

import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RANKS = {"DEBUG": 0, "INFO": 1, "WARNING": 2, "ERROR": 3}


def iso_time(at: float) -> str:
    ms = round(at * 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000))}.{ms % 1000:03d}Z"


class Log:
    def __init__(self, level: str = "INFO", fd: int = 1) -> None:
        self.level = level
        self._fd = fd

    def write(self, level: str, message: str, **fields: Any) -> None:
        if _RANKS[level] < _RANKS[self.level]:
            return
        line = {
            "level": level,
            "timestamp": iso_time(time.time()),
            "source": "lambda-coverage",
            "message": message,
            **{name: value for name, value in fields.items() if value is not None},
        }
        function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        if function_name:
            line["function_name"] = function_name
        self.raw(line)

    def raw(self, line: dict[str, Any]) -> None:
        # A full pipe or a closed descriptor: a log line is not worth an exception.
        try:
            os.write(self._fd, f"{json.dumps(line)}\n".encode())
        except OSError:
            return

    def failure(self, message: str, error: BaseException, **fields: Any) -> None:
        """One line for a failure of ours; the stack trace only at DEBUG."""
        details: dict[str, Any] = {"cause": str(error), **fields}
        if self.level == "DEBUG":
            import traceback

            details["stack"] = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.write("ERROR", message, error_type=type(error).__name__, details=details)
