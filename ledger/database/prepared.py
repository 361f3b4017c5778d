"""One statement, prepared once a connection and called with values packed already.

The driver's cursor works out types and formats anew for every call; with two dozen
parameters that is most of the client's work. Waiting, limits of time and errors are the
driver's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

_BINARY = 1
_numbers = count(1)


class PreparedCall:
    """A statement with parameters `$1`, `$2`, … of fixed types, in binary both ways."""

    def __init__(self, name: str, statement: bytes, types: Sequence[int]) -> None:
        # Numbered: a connection may serve several recorders of one schema.
        self._name = f"{next(_numbers)}/{name}".encode()
        self._statement = statement
        self._types = list(types)
        self._formats = [_BINARY] * len(self._types)
        self._prepared: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def __call__(
        self, connection: psycopg.Connection[Any], values: Sequence[bytes]
    ) -> PGresult:
        """Call it on a connection that commits by itself; the one result.

        Raises what the driver raises, `UniqueViolation` and lost connections included.
        """
        if connection not in self._prepared:
            connection.pgconn.send_prepare(self._name, self._statement, self._types)
            _answer(connection, ExecStatus.COMMAND_OK)
            self._prepared.add(connection)
        connection.pgconn.send_query_prepared(
            self._name, values, param_formats=self._formats, result_format=_BINARY
        )
        return _answer(connection, ExecStatus.TUPLES_OK)


def rows_of(connection: psycopg.Connection[Any], result: PGresult) -> list[Any]:
    """The rows of an answer as tuples, each value read as the driver reads it."""
    reader = Transformer.from_context(connection)
    reader.set_pgresult(result)
    return reader.load_rows(0, result.ntuples, tuple)


def _answer(connection: psycopg.Connection[Any], expected: ExecStatus) -> PGresult:
    result: PGresult
    (result,) = connection.wait(execute(connection.pgconn))
    if result.status != expected:
        raise error_from_result(result, connection.info.encoding)
    return result
