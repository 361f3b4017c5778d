"""What is counted and timed, as Prometheus reads it.

Labels are route templates, methods, statuses, codes and names of tenants and views:
never an id, a name, the type of an event or anything that a person has written. Started
by `serve`, all its processes count into one folder and any of them answers for all; a
web process on its own answers for itself.
"""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"  # the metrics library's own setting
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

REGISTRY: Final = CollectorRegistry()

REQUESTS: Final = Counter(
    "stafettlogg_requests_total",
    "Requests answered.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
SECONDS: Final = Histogram(
    "stafettlogg_request_seconds",
    "Time from a request's head to the end of its answer.",
    ("method", "route"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
IN_FLIGHT: Final = Gauge(
    "stafettlogg_requests_in_flight",
    "Requests not yet answered.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
REFUSED: Final = Counter(
    "stafettlogg_refusals_total",
    "Answers that were problems, by code.",
    ("code",),
    registry=REGISTRY,
)
SHED: Final = Counter(
    "stafettlogg_requests_shed_total",
    "Requests answered 503, to come again.",
    registry=REGISTRY,
)
DENIED: Final = Counter(
    "stafettlogg_reads_denied_total",
    "Reads of what the reader may not see, or what does not exist.",
    registry=REGISTRY,
)
WRITTEN: Final = Counter(
    "stafettlogg_writes_acknowledged_total",
    "Writes answered as recorded.",
    registry=REGISTRY,
)
SWEPT: Final = Counter(
    "stafettlogg_swept_total",
    "Request keys deleted when their time was over.",
    ("tenant",),
    registry=REGISTRY,
)
TURNED: Final = Counter(
    "stafettlogg_days_recorded_total",
    "Entries recorded because a day had come.",
    ("tenant",),
    registry=REGISTRY,
)
TURNS_FAILED: Final = Counter(
    "stafettlogg_days_failed_total",
    "Cases in which that failed, counted anew in each round.",
    ("tenant",),
    registry=REGISTRY,
)
NOTICES: Final = Counter(
    "stafettlogg_notices_total",
    "Notices by what became of them: sent, dropped, or failed for now.",
    ("tenant", "end"),
    registry=REGISTRY,
)


def as_text() -> bytes:
    """All that was counted, by this process or by all that share its folder."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    every = CollectorRegistry()
    multiprocess.MultiProcessCollector(every)  # type: ignore[no-untyped-call]
    return generate_latest(every)


def forget_process(pid: int, folder: str) -> None:
    """Take the gauges of a process that is gone out of those that are added up."""
    multiprocess.mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
