"""The history of a case in the plain form that findings are judged from.

The supervisor's program reads the same form from a bundle. So what is judged here and
there is the same, by the same functions: see `audit.findings`.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

from audit.findings import Entry, History
from audit.findings.entry import ACCESS, CASE, REGISTRY
from audit.findings.history import history_of
from ledger.application import Reading
from ledger.codes import code_list
from ledger.disclosing import disclosed_to
from ledger.entry import Actor, Erased, StreamKind
from ledger.events import catalogue_name, to_json
from ledger.loaded import RecordedEntry, position_of
from ledger.profiles import Rulebook
from ledger.recorder import Head
from ledger.tenant import Tenant

CODES = ("guardian-authorities",)
"""The code lists that rules ask."""

_KINDS = {StreamKind.ACCESS: ACCESS, StreamKind.REGISTRY: REGISTRY}


def history_read(tenant: Tenant, reading: Reading, at: date, *, by: Actor) -> History:
    """What a reading showed `by`, who has read it, and the registry; judged on a day.

    It is what the bundle of this reading shows: an entry that is not disclosed is a
    place. The reading is on record already. Raises `IntegrityFailure`.
    """
    disclosed = disclosed_to(tenant, reading, by)
    shields: dict[UUID, str | None] = {tenant.registry.stream: None}
    for stream in reading.streams:
        shields |= {stream.stream: stream.shield, stream.access: stream.shield}
    _, sealed, _ = tenant.recorder.advance([Head(each) for each in shields], [])
    return history_of(
        (
            plain_entry(
                tenant.mapper.to_domain_event(event),
                shield=shields[event.stream],
                disclosed=disclosed(event),
            )
            for event in sealed
        ),
        case=str(reading.case),
        at=at,
        profiles=versions_of(reading.book, reading.folded.profile)["versions"],
        codes=codes_of_rules(),
    )


def history_shown(reading: Reading, at: date) -> History:
    """What a reading shows at its moment, corrected already, and nothing beside it."""
    shields = {stream.stream: stream.shield for stream in reading.streams}
    entries = (
        plain_entry(entry, shield=shields[entry.stream], disclosed=True)
        for entry in reading.entries
    )
    by_then = tuple(e for e in entries if e.withheld or e.day <= at)
    return History(by_then, by_then, at, case=str(reading.case))


def versions_of(book: Rulebook, profile: str) -> dict[str, Any]:
    """Every version of a profile as plain data."""
    versions = (each for each in book.versions if each.id == profile)
    return {
        "id": profile,
        "versions": [version.model_dump(mode="json") for version in versions],
    }


def codes_of_rules() -> dict[str, Any]:
    """The code lists that findings are judged by, as plain data."""
    return {name: _plain_codes(name) for name in CODES}


def _plain_codes(name: str) -> list[dict[str, Any]]:
    return [
        {"code": code.code, "marks": sorted(code.marks)}
        for code in code_list(name).codes
    ]


def plain_entry(entry: RecordedEntry, *, shield: str | None, disclosed: bool) -> Entry:
    """A recorded entry as a bundle shows it; `shield` is that of its stream."""
    kind, event = _KINDS.get(entry.stream_kind, CASE), entry.event
    if isinstance(event, Erased) or not disclosed:
        return Entry.hidden(
            position=position_of(entry),
            recorded_at=entry.recorded_at,
            shield=shield,
            kind=kind,
            stream=str(entry.stream),
            version=entry.version,
        )
    return Entry(
        position=position_of(entry),
        event=catalogue_name(type(event)),
        data=json.loads(to_json(event)),
        person=entry.by.ref,
        role=entry.by.role.value,
        service=entry.by.service,
        unit=entry.by.unit,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        shield=shield,
        kind=kind,
        stream=str(entry.stream),
        version=entry.version,
    )
