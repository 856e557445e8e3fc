"""Host names within a time of ours: the system's resolver alone may take ten seconds where no server answers.

A lookup that takes too long goes on in its thread, and the next try waits for the same one.
"""

from __future__ import annotations

import _thread
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Address = tuple[int, Any]


class _Lookup:
    def __init__(self, host: str, port: int) -> None:
        self.found: list[Address] = []
        self.error: OSError | None = None
        self.done = _thread.allocate_lock()
        self.done.acquire()
        # Not by `threading`: its hook would trace the agent.
        _thread.start_new_thread(self._run, (host, port))

    def _run(self, host: str, port: int) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            self.found = [(family, address) for family, _, _, _, address in found]
        except OSError as error:
            self.error = error
        except Exception as error:  # a thread's exception would be the function's log's
            self.error = OSError(str(error))
        finally:
            self.done.release()


_under_way: dict[tuple[str, int], _Lookup] = {}


def addresses(host: str, port: int, seconds: float) -> list[Address]:
    """Raises OSError: what the resolver says, or a timeout."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return [(int(family), (host, port))]
    lookup = _under_way.get((host, port)) or _Lookup(host, port)
    _under_way[(host, port)] = lookup
    if not lookup.done.acquire(timeout=max(0.0, seconds)):
        raise socket.timeout(f"the name {host} was not resolved within {seconds:.1f} s")
    lookup.done.release()
    _under_way.pop((host, port), None)
    if lookup.error is not None:
        raise lookup.error
    return lookup.found
