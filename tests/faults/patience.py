"""Waiting for something to become true, in the one place that has a clock.

No test measures time. A condition that never comes is told apart from a slow machine by
a deadline so generous that only a hang reaches it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

PATIENCE = 120.0  # seconds
_LOOKS = 0.01  # seconds between two looks

T = TypeVar("T")


def until(condition: Callable[[], T], what: str) -> T:
    """What the condition answers as soon as that is true; fails when it never is."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:.0f} s and never saw {what}")
        pause.wait(_LOOKS)
    return answer


def meanwhile(work: Callable[[], T]) -> Future[T]:
    """Do the work in a thread that does not keep the tests from ending if it hangs."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # handed on to whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def outcome(future: Future[T]) -> T | BaseException:
    """What the work came to: its result or its error. Fails when it never ends."""
    until(future.done, "the end of a call: it hangs")
    error = future.exception()
    return future.result() if error is None else error
