"""What is counted and timed, as Prometheus reads it."""

from __future__ import annotations

from prometheus_client import multiprocess


def forget_process(pid: int, folder: str) -> None:
    """Take the gauges of a process that is gone out of those that are added up."""
    multiprocess.mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
