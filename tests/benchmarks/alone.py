"""One thing in a fresh process of its own: its peak memory, and a core to itself."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Alone(Generic[T]):
    """What the task answered, and the most memory its process held, in 10^6 bytes."""

    value: T
    peak_mb: float


def run_alone(task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Alone[T]:
    """Call `task` in a process that did nothing before. Arguments must be picklable."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_measured, task, args, kwargs).result()


def pin_to_one_core() -> None:
    """Keep this process on one core, where the system lets us choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _measured(
    task: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]
) -> Alone[T]:
    return Alone(task(*args, **kwargs), _peak_bytes() / 1e6)


def _peak_bytes() -> int:
    """The most memory that was resident.

    Linux lets `ru_maxrss` begin at what the parent held when it started us; the high
    water mark of our own memory begins at nothing.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
