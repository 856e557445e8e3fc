"""The module that `_HANDLER` names under the exec wrapper, and what wraps every handler.

The file's name matters: the runtime client strips frames of `/bootstrap.py` from the head of stack traces
(it means its own), so error payloads hold no frame of the layer.
"""

from __future__ import annotations

import os
import sys
import time

from . import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from .environment import Environment

    Handler = Callable[..., Any]

HANDLER_VARIABLE = "LAMBDA_COVERAGE_HANDLER"


def wrap(function: Handler) -> Handler:
    """The same function to its caller, with its invocations watched."""
    watching = session.current()
    if watching is not None:
        began = time.perf_counter()
        watching.guarded("Registering as an extension", watching.register)
        watching.own.initialization_ms += (time.perf_counter() - began) * 1000

    def handler(*args: Any, **kwargs: Any) -> Any:
        env = session.current()
        if env is None:
            return function(*args, **kwargs)
        event, context = args[0] if args else None, args[1] if len(args) > 1 else kwargs.get("context")
        invocation = env.guarded("Watching an invocation", env.begin, context)
        if invocation is None or invocation.watched:
            return function(*args, **kwargs)  # the latter: a wrapped handler called by another one
        invocation.watched = True
        outcome = "crash"
        try:
            answer = env.guarded("The health check", _health_answer, env, event)
            if answer is not None:
                invocation.closed = True
            else:
                answer = function(*args, **kwargs)
            outcome = "ok"
            return answer
        except BaseException as error:
            if isinstance(error, Exception):
                outcome = "error"
            _leave_out_own_frame(error)
            raise
        finally:
            env.guarded("Coverage of this invocation", env.end, invocation, outcome, context)

    return handler


def _leave_out_own_frame(error: BaseException) -> None:
    """Of a stack trace that a decorator around ours logs. Before 3.11 `raise` puts the frame back; there the
    client leaves it out, see above."""
    if sys.version_info >= (3, 11) and error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def _health_answer(env: Environment, event: Any) -> Any:
    """API Gateway v1 and ALB say `path`, API Gateway v2 and function URLs `rawPath`."""
    path = env.own.settings.health_check_path
    if path is None or not isinstance(event, dict) or path not in (event.get("rawPath"), event.get("path")):
        return None
    from ..health_check import health_response

    return health_response()


def _load() -> Handler:
    """The user's handler by the client's own loader, so that load errors are the client's."""
    os.environ["_HANDLER"] = name = os.environ.pop(HANDLER_VARIABLE)
    env = session.start("start")
    if env is not None:
        env.start_collecting()
    load = _client_loader()
    try:
        handler = load(name)
    except AttributeError as error:
        # The client would read an AttributeError from here as "handler missing"; the user's module raised it.
        same = type("AttributeError", (Exception,), {})(*error.args)
        raise same.with_traceback(error.__traceback__) from None
    return handler if env is None else wrap(handler)


def _client_loader() -> Callable[[str], Handler]:
    """`_get_handler` of whichever client is asking for our handler right now."""
    frame = sys._getframe(2)
    while frame.f_back is not None and "_get_handler" not in frame.f_globals:
        frame = frame.f_back
    loader: Callable[[str], Handler] | None = frame.f_globals.get("_get_handler")
    if loader is None:
        raise RuntimeError("coverage_wrapper._agent.bootstrap.handler is for Lambda's runtime client only")
    return loader


def __getattr__(name: str) -> Handler:
    if name == "handler" and HANDLER_VARIABLE in os.environ:
        return _load()
    raise AttributeError(name)
