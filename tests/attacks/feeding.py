"""Feeds a tenant's whole database to the auditor's `fsck`, as the command does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from audit.failures import ProofFailed
from audit.fsck import Damaged, Missing, StoredEntry, fsck
from audit.report import Report
from audit.tiles import Tiles
from ledger.keyring import KeyringError
from ledger.sealing import IntegrityFailure, SealedEvent
from ledger.tenant import Tenant

READ_AT_ONCE = 1000

Superuser = psycopg.Connection[tuple[Any, ...]]


def report_of(tenant: Tenant, superuser: Superuser, log: Path | None) -> Report:
    """What `fsck` says of all entries, heads, tiles and the checkpoint in `log`."""
    note = log / "checkpoint" if log is not None else None
    return fsck(
        _entries(tenant, superuser),
        policy=tenant.policy(),
        checkpoint=note.read_bytes() if note is not None and note.exists() else None,
        tiles=None if log is None else Tiles(log),
        heads=_heads(tenant, superuser),
        allow_unwitnessed=True,
    )


def _entries(tenant: Tenant, superuser: Superuser) -> Iterator[StoredEntry]:
    query = f"SELECT position, decided_at FROM {tenant.schema}.erasure"
    erased: dict[int, int] = dict(superuser.execute(query).fetchall())
    after = 0
    while rows := tenant.recorder.sealed_after(after, READ_AT_ONCE):
        for row in rows:
            assert row.position is not None
            yield StoredEntry(
                position=row.position,
                stream=row.stream,
                version=row.originator_version,
                kind=row.topic,
                envelope=row.state,
                leaf=None,
                body=_body(tenant, row, erased),
            )
        after = rows[-1].position or 0


def _body(
    tenant: Tenant, row: SealedEvent, erased: dict[int, int]
) -> bytes | Missing | Damaged:
    assert row.position is not None
    try:
        preimage = tenant.mapper.preimage(row)
    except (IntegrityFailure, KeyringError, ProofFailed):
        return Damaged()
    return Missing(erased.get(row.position)) if preimage is None else preimage


def _heads(tenant: Tenant, superuser: Superuser) -> list[tuple[UUID, int, bytes]]:
    query = f"SELECT stream, version, leaf FROM {tenant.schema}.stream_head"
    return [(s, v, bytes(leaf)) for s, v, leaf in superuser.execute(query).fetchall()]
