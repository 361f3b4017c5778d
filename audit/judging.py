"""Findings at the supervisor's desk: what stands out in a bundle that is proved.

The bundle is verified first, and only then read: what a finding rests on is what the
log holds, in the words that were signed. The process rules, the code lists and the
sentences come with the bundle's signed manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from audit.bundle import Bundle, EntryFiles, Listing, read_bundle
from audit.failures import ProofFailed
from audit.findings.entry import (
    ACCESS,
    CASE,
    REGISTRY,
    Entry,
    catalogue_name,
    local_day,
)
from audit.findings.history import History, history_of
from audit.findings.rules import Judgement, judge
from audit.proof import parse_proof
from audit.record import (
    ACCESS_KIND,
    REGISTRY_KIND,
    Envelope,
    parse_body,
    parse_envelope,
    split_preimage,
)
from audit.report import Report
from audit.verify import verify_bundle

_KINDS: Final = {ACCESS_KIND: ACCESS, REGISTRY_KIND: REGISTRY}


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a bundle; no judgement where it was not proved."""

    report: Report
    judgement: Judgement | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)


def judge_bundle(
    bundle: bytes | Path | str,
    policy_text: str,
    *,
    at: date | None = None,
    allow_unwitnessed: bool = False,
) -> Judged:
    """Verify a bundle and judge what it shows, open clocks on the day `at`.

    Without a day it is the one on which the bundle was made. Only a path that cannot be
    read raises `OSError`; whatever else fails stands in the report.
    """
    packed = bundle if isinstance(bundle, bytes) else Path(bundle).read_bytes()
    report = verify_bundle(packed, policy_text, allow_unwitnessed=allow_unwitnessed)
    if not report.ok:
        return Judged(report)
    try:
        shown = read_bundle(packed)
        judgement = judge(history_in(shown, at))
    except ProofFailed as failure:
        report.fail(failure)
    except Exception as fault:  # what falls over on data must not look like a result
        report.fail(ProofFailed("BUNDLE_UNEXPECTED", type(fault).__name__))
    else:
        return Judged(report, judgement, shown.manifest.labels or {})
    return Judged(report)


def history_in(bundle: Bundle, at: date | None = None) -> History:
    """The history that a verified bundle shows. Raises `ProofFailed`."""
    manifest = bundle.manifest
    if manifest.case is None or manifest.profile is None or manifest.codes is None:
        raise ProofFailed("MANIFEST_MALFORMED", "no case, rules or codes to judge by")
    return history_of(
        (entry for listing in manifest.streams for entry in _of(bundle, listing)),
        case=str(manifest.case),
        at=at or local_day(manifest.made_at),
        profiles=manifest.profile["versions"],
        codes=manifest.codes,
    )


def _of(bundle: Bundle, listing: Listing) -> Iterator[Entry]:
    for files in bundle.entries.get(listing.stream, {}).values():
        yield _entry(files, listing)


def _entry(files: EntryFiles, listing: Listing) -> Entry:
    """What the files of a proved entry say."""
    if files.envelope is None or files.proof is None:
        raise ProofFailed("MISSING_ENTRY")
    envelope = parse_envelope(files.envelope)
    position = parse_proof(files.proof).index + 1
    kind = _KINDS.get(listing.kind, CASE)
    if files.preimage is None:
        return _withheld(envelope, position, kind, listing.shield)
    body = parse_body(split_preimage(files.preimage)[1])
    return Entry(
        position=position,
        event=catalogue_name(body.type),
        data=body.event,
        person=body.actor["ref"],
        role=body.actor["role"],
        service=body.actor.get("service"),
        unit=body.actor.get("unit"),
        occurred_at=body.occurred_at,
        recorded_at=_recorded_at(envelope),
        shield=listing.shield,
        kind=kind,
        stream=str(listing.stream),
        version=envelope.header.version,
    )


def _withheld(
    envelope: Envelope, position: int, kind: str, shield: str | None
) -> Entry:
    return Entry.hidden(
        position=position,
        recorded_at=_recorded_at(envelope),
        shield=shield,
        kind=kind,
        stream=str(envelope.header.stream),
        version=envelope.header.version,
    )


def _recorded_at(envelope: Envelope) -> datetime:
    return datetime.fromtimestamp(envelope.header.iat_ms / 1000, UTC)
