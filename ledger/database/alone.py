"""One process a task and tenant: whoever holds the advisory lock does the work.

The lock belongs to a connection of its own, so it is free as soon as its holder is
gone, however that came about, and anybody may see whether somebody is at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from ledger.database.bounded import LOST, connected_as


class Task(StrEnum):
    """What is done for a tenant beside answering requests."""

    PUBLISH = "publish"
    FOLLOW = "follow"
    SWEEP = "sweep"


class AlreadyAtWork(Exception):
    """Another process does this for the tenant."""


_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
_HELD = """
SELECT FROM pg_locks
 WHERE locktype = 'advisory' AND granted AND objsubid = 1
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (classid::bigint << 32) | objid::bigint = hashtextextended(%s, 0)
"""


@contextmanager
def alone(pool: ConnectionPool[Any], task: Task, schema: str) -> Iterator[None]:
    """Do a task that nobody else does meanwhile. Raises `AlreadyAtWork`.

    The pool says only how to connect: none of its connections is kept from others.
    """
    name = (_name(task, schema),)
    with connected_as(pool) as connection:
        row = connection.execute(_LOCK, name).fetchone()
        if row is None or not row[0]:
            raise AlreadyAtWork(f"another process is at it already: {task}")
        try:
            yield
        finally:  # by its end alone, the connection would free it a moment later
            with suppress(*LOST):
                connection.execute(_UNLOCK, name)


def is_done_by_somebody(
    connection: psycopg.Connection[Any], task: Task, schema: str
) -> bool:
    """Whether a process does the task just now."""
    row = connection.execute(_HELD, (_name(task, schema),)).fetchone()
    return row is not None


def _name(task: Task, schema: str) -> str:
    return f"stafettlogg/{task}/{schema}"
