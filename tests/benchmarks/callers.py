"""Callers: threads that each do the same thing again and again for a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from threading import Barrier, Thread
from time import perf_counter

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Window:
    """How many calls were done in how many seconds."""

    done: int
    seconds: float


def per_second(calls: Sequence[Call], seconds: float) -> float:
    """Calls done a second, when each of `calls` is repeated by a thread of its own."""
    window = repeated(calls, seconds)
    return window.done / window.seconds


def repeated(calls: Sequence[Call], seconds: float) -> Window:
    """Repeat each of `calls` in a thread of its own until `seconds` are over.

    The time runs until the last caller has its last answer, so nothing is counted that
    was only begun. Raises what a call raised.
    """
    began: list[float] = []
    ready = Barrier(len(calls), action=lambda: began.append(perf_counter()))
    callers = [_Caller(call) for call in calls]
    threads = [Thread(target=c.run, args=(ready, began, seconds)) for c in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for caller in callers:
        if caller.error is not None:
            raise caller.error
    ended = max(caller.ended for caller in callers)
    return Window(sum(caller.done for caller in callers), ended - began[0])


def median_ms(call: Call, seconds: float, before: Call | None = None) -> float:
    """The median time of a call; `before` runs ahead of each and is not counted."""
    taken: list[float] = []
    until = perf_counter() + seconds
    while not taken or perf_counter() < until:
        if before is not None:
            before()
        started = perf_counter()
        call()
        taken.append(perf_counter() - started)
    return median(taken) * 1000


class _Caller:
    """One thread's part."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.done = 0
        self.ended = 0.0
        self.error: BaseException | None = None

    def run(self, ready: Barrier, began: Sequence[float], seconds: float) -> None:
        ready.wait()  # until all are here; whoever comes last notes the time
        until = began[0] + seconds
        self.ended = perf_counter()
        try:
            while self.ended < until:
                self._call()
                self.done += 1
                self.ended = perf_counter()
        except BaseException as error:  # told by the thread that waits for us
            self.error = error
