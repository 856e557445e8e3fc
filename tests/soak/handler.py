"""A handler that ends as its event says. `counted` runs once a call, whatever comes after it."""

import os
import signal
import sys
import threading
import time

def counted(n):
    return n + 1


def branchy(n):
    """Branches that only some events reach: what `new` mode has to find."""
    if n % 3 == 0:
        return "fizz"
    if n % 5 == 0:
        return "late buzz" if n > 20 else "buzz"
    return "bazz" if n % 7 == 0 else "plain"


def value(event, context):
    return {"n": event["n"], "text": "x" * event["size"]}


def nothing(event, context):
    return None


def sleep(event, context):
    time.sleep(event["ms"] / 1000)
    return {"slept": event["ms"]}


def throw(event, context):
    raise TypeError(f"thrown {event['n']}")


def reject(event, context):
    try:
        raise KeyError(event["n"])
    except KeyError as error:
        raise ValueError(f"rejected {event['n']}") from error


def log(event, context):
    print(f"own line {event['n']}")
    print(f"own error line {event['n']}", file=sys.stderr)
    return "logged"


def compute(event, context):
    total = 0
    for i in range(event["size"] * 10):
        total = (total * 31 + i) % 1000003
    return total


def thread(event, context):
    found = []
    worker = threading.Thread(target=lambda: found.append(branchy(event["n"])))
    worker.start()
    worker.join()
    return found


def fork(event, context):
    child = os.fork()
    if child == 0:
        os._exit(3)
    return os.waitpid(child, 0)[1]


def wait(event, context):
    time.sleep(60)


def spin(event, context):
    while True:
        pass


def late(event, context):
    """By the deadline, not by the handler's begin: after a crash, init is part of the invocation."""
    time.sleep(max(0, context.get_remaining_time_in_millis() - event["reserveMs"]) / 1000)
    return "just in time"


def leave(event, context):
    sys.exit(7)


def abort(event, context):
    # The marker of an invocation is written some milliseconds after its begin: what dies before is not known.
    time.sleep(0.25)
    os._exit(9)


def kill(event, context):
    time.sleep(0.25)
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def term(event, context):
    time.sleep(0.25)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def handler(event, context):
    counted(event["n"])
    branchy(event["n"])
    return globals()[event["way"]](event, context)
