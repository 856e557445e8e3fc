"""Takes what ran since the last take, by coverage.py's C tracer or by sys.monitoring.

Importing coverage.py costs 55 ms of cold start and its `Coverage` writes SQLite. Its C tracer alone needs
0.4 ms and fills plain sets, so the agent loads that one extension module, by its file, and reads the sets.
Lines without branches need no tracer where the interpreter has sys.monitoring (3.12 on): each line reports
once and is then free.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from .recording import AnySources

    Snapshot = dict[str, set[int]]


class CollectorError(Exception):
    """This interpreter has no way to measure that the layer knows."""


def create_collector(sources: AnySources, branches: bool, repeat: bool = True) -> Collector:
    """`repeat`: a line that a take has seen is to be seen again by the next one that it runs in."""
    if not branches and sys.version_info >= (3, 12):
        return MonitoringCollector(sources, repeat)
    return TracerCollector(sources, branches)


class Collector:
    """`data` maps each measured file to a set of line numbers, or of packed arcs where `arcs` is true."""

    arcs = False

    def __init__(self, sources: AnySources) -> None:
        self.data: Snapshot = {}
        self.sources = sources
        self.running = False

    def start(self) -> None:
        """Also measures what the frames that are running now still have to do."""
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def widen(self) -> None:
        """`sources` measures more files than before: also of the frames that are running now."""
        raise NotImplementedError

    def intact(self) -> bool:
        """Whether the interpreter still reports to us; asked on the main thread."""
        return True

    def follows_every_thread(self) -> bool:
        return True

    def take(self) -> Snapshot:
        """What ran since the last take. Each step is one operation under the GIL, and the sets stay the same
        objects, so code that runs meanwhile on other threads loses nothing."""
        snapshot = {}
        for filename, points in list(self.data.items()):
            taken = points.copy()
            points.difference_update(taken)
            if taken:
                snapshot[filename] = taken
        return snapshot


def _running_frames() -> list[FrameType]:
    """From the outermost measured frame to the caller of `start`'s caller."""
    frames: list[FrameType] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]


class TracerCollector(Collector):
    def __init__(self, sources: AnySources, branches: bool) -> None:
        super().__init__(sources)
        self.arcs = branches
        self._module = _load_tracer()
        self._dispositions: dict[str, Any] = {}
        self._tracers: list[Any] = []
        self._main: Any = None

    def start(self) -> None:
        self.running = True
        # The tracer counts frames by their calls; the ones that run already are told to it, outermost first.
        frames = [*_running_frames(), sys._getframe()]
        measured = [self._measured(frame.f_code.co_filename) for frame in frames]
        frames = frames[measured.index(True) :] if True in measured else []
        sys._getframe().f_trace_lines = False  # these lines are not the pushed frame's
        self._main = self._new_tracer()
        for frame in frames:
            self._main(frame, "call", None)
        threading.settrace(self._trace_thread)

    def stop(self) -> None:
        self.running = False
        for tracer in self._tracers:
            tracer.stop()
        self._tracers.clear()
        threading.settrace(None)

    def widen(self) -> None:
        for filename, disposition in list(self._dispositions.items()):
            if not disposition.trace:
                del self._dispositions[filename]
        self._tracers.remove(self._main)
        self._main.stop()
        self.start()

    def intact(self) -> bool:
        return sys.gettrace() is self._main

    def follows_every_thread(self) -> bool:
        return "greenlet" not in sys.modules

    def _new_tracer(self) -> Any:
        tracer = self._module.CTracer()
        tracer.data = self.data
        tracer.trace_arcs = self.arcs
        tracer.should_trace = self._should_trace
        tracer.should_trace_cache = self._dispositions
        tracer.lock_data = tracer.unlock_data = _nothing
        tracer.warn = tracer.check_include = tracer.disable_plugin = _nothing
        tracer.concur_id_func = tracer.should_start_context = tracer.switch_context = None
        tracer.file_tracers = {}
        tracer.start()
        self._tracers.append(tracer)
        return tracer

    def _trace_thread(self, frame: FrameType, event: str, arg: Any) -> Any:
        """threading's only hook into a new thread; called once there."""
        sys.settrace(None)
        return self._new_tracer()(frame, event, arg) if self.running else None

    def _measured(self, filename: str) -> bool:
        try:
            return self.sources.measured(filename)
        except Exception:  # an exception here would surface in the function's own code
            return False

    def _should_trace(self, filename: str, frame: FrameType) -> Any:
        disposition = self._module.CFileDisposition()
        disposition.original_filename = disposition.canonical_filename = filename
        disposition.source_filename = filename
        disposition.trace = self._measured(filename)
        disposition.reason = ""
        disposition.file_tracer = None
        disposition.has_dynamic_filename = False
        return disposition


def _nothing(*_: object) -> None:
    pass


_loaded: Any = None


def _load_tracer() -> Any:
    """The layer's own copy beside this file; in a development environment the installed package's. A copy,
    because the module's C code fills in only the first module object that is made from a file: a function
    that uses coverage.py itself would find its tracer empty."""
    global _loaded
    if _loaded is None:
        path = _tracer_path()
        loader = ExtensionFileLoader("coverage.tracer", path)
        spec = spec_from_loader("coverage.tracer", loader)
        assert spec is not None
        _loaded = module_from_spec(spec)
        loader.exec_module(_loaded)
    return _loaded


def _tracer_path() -> str:
    folders = [os.path.dirname(os.path.abspath(__file__))]
    while folders:
        folder = folders.pop()
        for suffix in EXTENSION_SUFFIXES:
            path = os.path.join(folder, f"tracer{suffix}")
            if os.path.exists(path):
                return path
        if folder.endswith("_agent"):
            found = find_spec("coverage")
            folders = list(found.submodule_search_locations or []) if found else []
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise CollectorError(f"the layer holds no tracer of coverage.py for Python {version} on this machine")


class MonitoringCollector(Collector):
    """Lines by sys.monitoring, https://peps.python.org/pep-0669/."""

    def __init__(self, sources: AnySources, repeat: bool) -> None:
        super().__init__(sources)
        self._repeat = repeat
        self._measured: dict[str, bool] = {}

    def start(self) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        tool, events = monitoring.COVERAGE_ID, monitoring.events
        try:
            monitoring.use_tool_id(tool, "lambda-coverage")
        except ValueError as error:
            raise CollectorError(f"sys.monitoring's coverage tool is in use: {error}") from None
        self.running = True
        monitoring.register_callback(tool, events.PY_START, self._started)
        monitoring.register_callback(tool, events.LINE, self._line)
        monitoring.set_events(tool, events.PY_START)
        monitoring.restart_events()
        for frame in _running_frames():
            self._started(frame.f_code, 0)

    def stop(self) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.running = False
        monitoring.set_events(monitoring.COVERAGE_ID, 0)
        monitoring.free_tool_id(monitoring.COVERAGE_ID)

    def widen(self) -> None:
        self._measured = {filename: True for filename, measured in self._measured.items() if measured}
        sys.monitoring.restart_events()  # type: ignore[attr-defined,unused-ignore]
        for frame in _running_frames():
            self._started(frame.f_code, 0)

    def take(self) -> Snapshot:
        snapshot = super().take()
        if self._repeat and self.running:
            sys.monitoring.restart_events()  # type: ignore[attr-defined,unused-ignore]
        return snapshot

    def _started(self, code: CodeType, offset: int) -> Any:
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        filename = code.co_filename
        measured = self._measured.get(filename)
        if measured is None:
            measured = self._measured[filename] = self.sources.measured(filename)
        if measured:
            self.data.setdefault(filename, set())
            monitoring.set_local_events(monitoring.COVERAGE_ID, code, monitoring.events.LINE)
        return monitoring.DISABLE

    def _line(self, code: CodeType, line: int) -> Any:
        self.data[code.co_filename].add(line)
        return sys.monitoring.DISABLE  # type: ignore[attr-defined,unused-ignore]


_LINE_BITS = 20
_LINE_MASK = (1 << _LINE_BITS) - 1


def unpack_arcs(packed: set[int]) -> list[tuple[int, int]]:
    """coverage.py's C tracer packs a pair of line numbers into one integer (ctracer/tracer.c)."""
    arcs = []
    for pair in packed:
        start, end = pair & _LINE_MASK, (pair >> _LINE_BITS) & _LINE_MASK
        arcs.append((-start if pair & (1 << 40) else start, -end if pair & (1 << 41) else end))
    return sorted(arcs)
