"""Being told to stop: what is begun is ended well.

A handler of a signal may run while the main thread holds any lock, so it does no more
than put what came into a queue that is made for that.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event as Signal
from threading import Thread

KINDS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def signals() -> Iterator[SimpleQueue[object]]:
    """What Ctrl-C and SIGTERM put something into, instead of ending the process."""
    heard: SimpleQueue[object] = SimpleQueue()
    before = [signal.signal(kind, lambda kind, _: heard.put(kind)) for kind in KINDS]
    try:
        yield heard
    finally:
        for kind, handler in zip(KINDS, before, strict=True):
            signal.signal(kind, handler)


def work_until_told(works: Mapping[str, Callable[[Signal], None]]) -> None:
    """Do each of `works`, by name, in a thread of its own until somebody says stop.

    A work ends when its signal is set. One that ends by itself ends the others too, and
    what it raised is raised here. A second Ctrl-C or SIGTERM waits for none of them.
    """
    stop, errors = Signal(), list[BaseException]()
    with signals() as heard:

        def run(work: Callable[[Signal], None]) -> None:
            try:
                work(stop)
            except BaseException as error:  # handed to whoever waits below
                errors.append(error)
            finally:
                heard.put(None)

        threads = [
            Thread(target=run, args=(work,), name=name, daemon=True)
            for name, work in works.items()
        ]
        for thread in threads:
            thread.start()
        ended = 0
        while ended < len(threads):
            if heard.get() is None:
                ended += 1
            elif stop.is_set():
                raise KeyboardInterrupt
            stop.set()
    if errors:
        raise errors[0]
