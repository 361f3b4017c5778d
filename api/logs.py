"""What the service tells of its work: a JSON object a line, on standard error.

Nothing of a case may get there, so a line is made of an allow-list of fields, and of
values that can be codes, counts and names of ours; everything else is dropped. Errors
and lines of libraries are told by their kind and place, never by their text.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

from api.complaints import complaint_about, place_of

FIELDS: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        # of a request
        "method",
        "route",
        "status",
        "ms",
        "tenant",
        "request",
        "code",
        # of processes and standing work
        "process",
        "pid",
        "child",
        "ended",
        "seconds",
        "count",
        # of what went wrong, and of what libraries say
        "error",
        "where",
        "logger",
        "said",
    }
)

OURS: Final = frozenset({"api", "ledger", "stafettlogg"})
"""Loggers of our own, whose texts hold no word of a case."""

log: Any = structlog.get_logger()
"""Tells an event with fields: `log.info("request", status=200)`."""


def be_silent() -> None:
    """Tell nothing, as a process does that is no service."""
    structlog.configure(processors=[_drop])


def _drop(*_: object) -> EventDict:
    raise structlog.DropEvent


def configure(level: str, *, process: str) -> None:
    """Let this process tell what it does, and libraries through the same list."""
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _Signed(process),
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


def only_allowed(_: WrappedLogger, __: str, told: EventDict) -> EventDict:
    """Drop fields that are not on the list, and values that are not plain."""
    return {
        name: value
        for name, value in told.items()
        if name in FIELDS and isinstance(value, str | int | float | bool)
    }


def about(error: Exception) -> dict[str, str]:
    """The fields that tell an error: its code, its kind, and the line of ours."""
    return {
        "code": complaint_about(error).code,
        "error": type(error).__name__,
        "where": place_of(error),
    }


class _Signed:
    """Adds which process speaks."""

    def __init__(self, process: str) -> None:
        self._who = {"process": process, "pid": os.getpid()}

    def __call__(self, _: WrappedLogger, __: str, told: EventDict) -> EventDict:
        return {**self._who, **told}


class _Libraries(logging.Handler):
    """Passes on where a library spoke and how loudly; what it said, if it is ours."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        fields = about(error) if isinstance(error, Exception) else {}
        place = {"logger": record.name, "where": f"{record.module}:{record.lineno}"}
        if record.name.partition(".")[0] in OURS:
            fields["said"] = record.getMessage()
        log.log(record.levelno, "library", **{**place, **fields})


be_silent()  # until it is configured
