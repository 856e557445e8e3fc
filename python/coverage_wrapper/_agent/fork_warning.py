"""From 3.12 on a fork in a process of several threads warns. Where the second thread is the agent's, the
function would see a warning that it does not see without the layer, under `-W error` an exception.
"""

from __future__ import annotations

import os
import sys

MESSAGE = r"This process \(pid=\d+\) is multi-threaded, use of fork"

_watched = False


def keep_quiet_about_agent() -> None:
    global _watched
    if not _watched and sys.version_info >= (3, 12):
        _watched = True
        os.register_at_fork(before=_before_fork)


def _before_fork() -> None:
    """The interpreter counts threads, and warns, only after the fork."""
    try:
        threads = len(os.listdir("/proc/self/task"))
    except OSError:
        return
    if threads == 2:
        import warnings

        warnings.filterwarnings("ignore", MESSAGE, DeprecationWarning)
