"""What must hold of a ledger after any fault, read from the ledger itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import psycopg

from audit.report import Report
from ledger.checking import check_log
from ledger.events.access import AccessRecorded
from ledger.events.concern import ObservationRecorded
from ledger.index import CaseStream
from ledger.tenant import Tenant
from tests.faults.programs import MORNING, TEACHER, opening
from tests.tenants import OpenTenant


def open_cases(opened: OpenTenant, *labels: str) -> None:
    """Open a case of a child of its own for each label."""
    ledger = opened.opened().ledger
    for number, label in enumerate(labels):
        ledger.record(
            ledger.index.case_id(label),
            opening(f"148821{number:05}"),
            by=TEACHER,
            occurred_at=MORNING,
            key=f"open {label}",
        )


def checked(opened: OpenTenant) -> Report:
    """What `stafettlogg fsck` says of all that is stored, which must be nothing bad."""
    tenant = opened.opened()
    report = check_log(
        tenant,
        opened.pool(opened.schemas.ledger()),
        log=opened.log,
        policy=tenant.policy(),
        allow_unwitnessed=True,
    )
    assert report.ok, report.as_text()
    return report


def observations(tenant: Tenant, *labels: str) -> Counter[str]:
    """The words of every observation on record in these cases, with their number."""
    found: Counter[str] = Counter()
    for label in labels:
        loaded = tenant.ledger.load(tenant.ledger.index.case_id(label))
        found.update(
            entry.event.facts
            for entry in loaded.entries
            if isinstance(entry.event, ObservationRecorded)
        )
    return found


def readings(tenant: Tenant, streams: Iterable[CaseStream]) -> list[str]:
    """The purposes of all readings on record beside these streams, in order."""
    return [
        entry.event.purpose
        for entry in tenant.ledger.access_log(list(streams))
        if isinstance(entry.event, AccessRecorded)
    ]


def positions(opened: OpenTenant) -> list[int]:
    """Every position in the table of envelopes, in order."""
    query = f"SELECT position FROM {opened.schemas.schema}.envelope ORDER BY 1"
    with psycopg.connect(opened.schemas.databases.ledger) as superuser:
        return [row[0] for row in superuser.execute(query).fetchall()]


def check_acknowledged(
    opened: OpenTenant, acks: Iterable[dict[str, Any]], *labels: str
) -> Counter[str]:
    """All that was acknowledged is stored once, at the place that was told.

    Answers what is stored: it may be more, where an answer was lost.
    """
    tenant = opened.opened()
    stored = observations(tenant, *labels)
    assert set(stored.values()) <= {1}, "something is doubled"
    for ack in acks:
        assert stored[ack["acked"]] == 1, "something acknowledged is missing"
        (sealed,) = tenant.recorder.sealed_after(ack["position"] - 1, 1)
        assert sealed.leaf.hex() == ack["leaf"]
        assert sealed.originator_version == ack["version"]
    assert positions(opened) == list(range(1, len(positions(opened)) + 1))
    return stored
