"""What must hold before anything is written, and what an operator should be told.

A refusal here is about losing entries that were acknowledged; a caution is about
people's words ending up where they do not belong. `config check` prints both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

OLDEST_SERVER = 150000  # PostgreSQL 15, as `server_version_num` counts

_DB_FUNCTIONS = "POSTGRES_ENABLE_DB_FUNCTIONS"
_NO = frozenset({"", "n", "no", "f", "false", "off", "0"})

_MUST_BE_ON: Mapping[LiteralString, str] = {
    "fsync": "a crash may lose or damage entries",
    "full_page_writes": "a crash may damage pages beyond repair",
    "synchronous_commit": "a crash may lose entries that were acknowledged",
    "data_checksums": "a damaged page would be read as if it were sound",
}

_VALUES = "values of statements may reach the server's log"
_OUGHT_TO_BE: Mapping[LiteralString, tuple[str, str]] = {
    "log_statement": ("none", _VALUES),
    "log_min_duration_statement": ("-1", _VALUES),
    "log_min_error_statement": ("panic", _VALUES),
    "log_error_verbosity": ("terse", "the DETAIL of an error repeats values"),
    "log_parameter_max_length": ("0", _VALUES),
    "log_parameter_max_length_on_error": ("0", _VALUES),
}


class UnsafeSettings(RuntimeError):
    """Started like this, the ledger could lose entries; the text names each setting."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something an operator should know: the setting it is about, and why."""

    setting: str
    text: str


def refuse_unsafe_environment(environment: Mapping[str, str]) -> None:
    """Refuse an environment that switches the event store to its database functions.

    They insert without a lock, so a reader that follows the log skips entries. The
    variable also counts with the name of an application before it. Raises
    `UnsafeSettings`.
    """
    found = [
        name
        for name, value in sorted(environment.items())
        if (name == _DB_FUNCTIONS or name.endswith(f"_{_DB_FUNCTIONS}"))
        and value.strip().lower() not in _NO
    ]
    _refuse([f"{name} is set: readers of the log would skip entries" for name in found])


def refuse_unsafe_server(connection: psycopg.Connection[Any]) -> None:
    """Refuse a server that may lose or silently damage what it has acknowledged.

    Settings are read as this connection has them, so a role's or a database's own
    setting counts. Raises `UnsafeSettings` with everything that is wrong.
    """
    wrong = [
        f"{setting} is off: {text}"
        for setting, text in _MUST_BE_ON.items()
        if _setting(connection, setting) == "off"
    ]
    if connection.info.server_version < OLDEST_SERVER:
        version = _setting(connection, "server_version")
        wrong.append(
            f"server_version is {version}: PostgreSQL 15 is the oldest we know"
        )
    _refuse(wrong)


def cautions(
    ledger: psycopg.Connection[Any], keys: psycopg.Connection[Any]
) -> list[Caution]:
    """Answer what is not wrong but ought to be known, of the two databases.

    The keys have to be forgettable on their own: in one cluster with the ledger, every
    backup of the one holds the other.
    """
    found = [
        Caution(setting, f"{setting} is {value}: {text}")
        for setting, (quiet, text) in _OUGHT_TO_BE.items()
        if (value := _setting(ledger, setting)) != quiet
    ]
    if _system_identifier(ledger) == _system_identifier(keys):
        found.append(
            Caution(
                "STAFETTLOGG_KEY_DATABASE",
                "the keys lie in the ledger's own cluster: a backup of it keeps every"
                " key that is destroyed later",
            )
        )
    return found


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise UnsafeSettings("Refusing to start. " + ". ".join(wrong) + ".")


def _setting(connection: psycopg.Connection[Any], name: LiteralString) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row is not None else ""


def _system_identifier(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "SELECT system_identifier FROM pg_control_system()"
    ).fetchone()
    assert row is not None  # the function answers one row
    return int(row[0])
