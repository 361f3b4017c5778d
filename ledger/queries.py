"""The statements by which one tenant's schema is written and read, composed once."""

from __future__ import annotations

from typing import Final, LiteralString

from psycopg import sql

from ledger.arrays import BIGINTS, BYTEAS, INTEGER, INTS, TEXTS, UUIDS
from ledger.database.prepared import PreparedCall


class Queries:
    """The statements of one schema, composed once."""

    def __init__(self, schema: str) -> None:
        names: dict[str, sql.Composable] = {
            table: sql.Identifier(schema, table) for table in _TABLES
        }
        names["sealed"] = sql.SQL(SEALED)
        names["bodies"] = sql.SQL(BODIES).format(**names)

        def compose(text: LiteralString) -> bytes:
            # Rendered once: the driver caches what it learns of a query by its bytes.
            return sql.SQL(text).format(**names).as_bytes(None)

        numbered = ", ".join(f"${n}" for n in range(1, len(APPEND_TYPES) + 1))
        names["arguments"] = sql.SQL(numbered)
        self.append = PreparedCall(
            f"append/{schema}",
            compose("SELECT base, refused FROM {append}({arguments})"),
            APPEND_TYPES,
        )
        self.hold = compose("SELECT {hold}()")
        self.heads = compose(
            "SELECT h.stream, h.version, h.leaf, e.state FROM {stream_head} h"
            " JOIN {envelope} e USING (stream, version) WHERE h.stream = ANY(%s)"
        )
        self.place = compose(
            "SELECT position, state FROM {envelope} WHERE stream = %s AND version = %s"
        )
        self.places = compose(
            "SELECT e.stream, e.version, e.state FROM {envelope} e"
            " JOIN unnest(%s::uuid[], %s::bigint[]) AS p(stream, version)"
            " USING (stream, version)"
        )
        self.position = compose("SELECT position FROM {head}")
        self.state_of_log = compose("SELECT position, erasures FROM {head}")
        self.erased = compose(
            "SELECT stream, position FROM {envelope} JOIN {erasure} USING (position)"
        )
        self.of_stream = compose(_OF_STREAM + " ORDER BY version LIMIT %s")
        self.of_stream_down = compose(_OF_STREAM + " ORDER BY version DESC LIMIT %s")
        self.notifications = compose(
            "SELECT stream, version, topic, state, position FROM {envelope}"
            " WHERE position > %s AND position <= coalesce(%s::bigint, position)"
            " AND topic = ANY(coalesce(%s::text[], ARRAY[topic]))"
            " ORDER BY position LIMIT %s"
        )
        self.sealed = compose(
            "SELECT {sealed} FROM {envelope} e {bodies}"
            " WHERE e.position > %s ORDER BY e.position LIMIT %s"
        )
        self.sealed_at = compose(
            "SELECT {sealed} FROM {envelope} e {bodies}"
            " WHERE e.position = ANY(%s) ORDER BY e.position"
        )
        self.requests = compose(
            "SELECT key, content, first, last FROM {request} WHERE key = ANY(%s)"
        )
        self.index = compose(
            "SELECT key, sealed FROM {keyed_index} WHERE key = ANY(%s)"
        )
        self.advance = PreparedCall(
            f"advance/{schema}",
            compose(_ADVANCE),
            (BYTEAS, UUIDS, BIGINTS),  # index keys; streams and their versions
        )


_ADVANCE: Final = (
    "SELECT h.erasures, i.keys, i.sealed, n.* FROM {head} h"
    " CROSS JOIN (SELECT array_agg(key) AS keys, array_agg(sealed) AS sealed"
    "               FROM {keyed_index} WHERE key = ANY($1)) i"
    " LEFT JOIN (SELECT {sealed}"
    "             FROM unnest($2, $3) AS s(stream, version)"
    "               JOIN {envelope} e ON e.stream = s.stream"
    "                AND e.version > s.version {bodies}) n ON true"
    " ORDER BY n.position"
)


_TABLES: Final = (
    "append",
    "body",
    "envelope",
    "erasure",
    "head",
    "hold",
    "keyed_index",
    "request",
    "stream_head",
)
SEALED: Final = (
    "e.position, e.stream, e.version, e.topic, e.state,"
    " b.key_id, b.nonce, b.ciphertext, x.position IS NOT NULL"
)
"""The columns of a sealed event; the last says whether its body was erased."""
BODIES: Final = (
    "LEFT JOIN {body} b USING (position) LEFT JOIN {erasure} x USING (position)"
)
APPEND_TYPES: Final = (
    *(INTEGER, INTS, UUIDS, BIGINTS, BYTEAS),  # calls; what they were decided on
    *(UUIDS, BIGINTS, TEXTS, BYTEAS, UUIDS, BYTEAS, BYTEAS),  # entries
    *(INTS, UUIDS, BIGINTS, BYTEAS),  # heads
    *(BYTEAS, BYTEAS, INTS, INTS, INTS),  # requests
    *(BYTEAS, BYTEAS, INTEGER),  # index rows; grants
)
"""Types of the arguments of `append`, in its order."""
_OF_STREAM: Final = (
    "SELECT stream, version, topic, state FROM {envelope} WHERE stream = %s"
    " AND version > coalesce(%s::bigint, -1)"
    " AND version <= coalesce(%s::bigint, version)"
)
