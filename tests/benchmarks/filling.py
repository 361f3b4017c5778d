"""Filling a ledger before it is measured: whole cases, each recorded in one call."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from ledger.events.event import Event
from ledger.recorder import RequestKey
from ledger.requests import asked_for
from ledger.tenant import Tenant
from ledger.writing import Writing
from tests.benchmarks import facts

CASE_LENGTH = 50  # entries of an ordinary case


def fill(tenant: Tenant, size: int) -> None:
    """Record cases of 50 entries until the log counts `size`."""
    missing = size - (tenant.recorder.max_notification_id() or 0)
    while missing > 0:
        open_case(tenant, min(missing, CASE_LENGTH))
        missing -= CASE_LENGTH


def open_case(tenant: Tenant, length: int) -> UUID:
    """Record a case of so many entries, decided one after the other, in one call."""
    case = uuid4()
    writing = Writing(tenant.ledger, tenant.ledger.load(case))
    requests = []
    for number, event in enumerate(facts.series(length)):
        now = datetime.now(UTC)
        writing.add(event, by=facts.TEACHER, occurred_at=now, now=now)
        requests.append(request_for(tenant, case, event, now, first=number))
    writing.commit(requests)
    return case


def request_for(
    tenant: Tenant, case: UUID, event: Event, at: datetime, *, first: int = 0
) -> RequestKey:
    """The keyed hashes of a request, as `CaseLedger` makes them."""
    index = tenant.ledger.index
    key = index.request_key(facts.TEACHER.ref, str(uuid4()))
    asked = asked_for(case, event, facts.TEACHER, at, None)
    return RequestKey(key, index.request_content(key, asked), first=first)
