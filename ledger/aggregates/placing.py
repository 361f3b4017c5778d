"""Under which shield an entry is recorded; the label is `None` on the shared stream.

Some types are shielded by rule, whoever writes; and what names a concern, flag, report,
order or measure under a shield goes under that shield too (design, section 3).

All this is decided on what the writer sees, so that nothing they name takes an entry of
theirs to a shield they are outside of, and its place does not tell that there is one.
What names something they do not see is kept from the others under a shield of their
own, whether the thing is hidden or was never recorded: nobody can tell which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import count
from typing import Any

from ledger.access import may_see
from ledger.aggregates.case import Case
from ledger.aggregates.correction import target_of
from ledger.entry import Actor
from ledger.events.barnevern import (
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    TilbakemeldingReceived,
    TilbakemeldingReminded,
)
from ledger.events.concern import ConcernRaised
from ledger.events.correction import (
    EntryCorrected,
    EntryDisputed,
    ErasureRequested,
    LegalHoldPlaced,
    RestrictionApplied,
    SealingExecuted,
    Target,
)
from ledger.events.event import Event, Role, Stream, to_json
from ledger.events.people import ShieldingDecided, ShieldingLifted
from ledger.events.plan import MeasurePlanned
from ledger.events.supervision import FindingRaised

# The thing that they name is a new one.
FOLLOW_A_REPORT = (
    MeldingDeliveryStatus,
    TilbakemeldingReceived,
    TilbakemeldingReminded,
)
BRINGS_IN = (
    ConcernRaised,
    FindingRaised,
    LegalHoldPlaced,
    MeasurePlanned,
    RestrictionApplied,
)


def placement(
    case: Case,
    event: Event,
    *,
    by: Actor,
    named: str | None,
    visible: Case | None = None,
    secret: bytes = b"",
) -> str | None:
    """The label of the shield that the entry goes under, `None` for the shared stream.

    `named` is the shield that the request names. A decision on a shield goes under that
    shield, and the correction of a shielded entry under its shield, whatever is named.
    `visible` is the case as the writer sees it, `None` when that is all of it. A label
    that is made up can be told in advance only by who knows the case's `secret`.
    """
    # What an authority asks about goes where it lies, which tells it nothing.
    seen = case if visible is None or by.role is Role.SUPERVISOR else visible
    if isinstance(event, ShieldingDecided | ShieldingLifted):
        return event.shielding_id
    if isinstance(event, EntryCorrected | EntryDisputed):
        return _of_target(seen, event) or named
    if named is not None or event.STREAM is Stream.ACCESS:
        return named
    pointed_at = _of_entries(seen, _entries_named(event))
    if pointed_at is not None:
        return pointed_at
    if isinstance(event, FOLLOW_A_REPORT):
        return _of_report(seen, event.melding_id)
    already = _of_what_it_names(seen, event)
    if already is not None or not _is_kept_apart(seen, event, by):
        return already
    return _only_open_shield(case, by) or _new_label(case, event, by, secret)


def _is_kept_apart(seen: Case, event: Event, by: Actor) -> bool:
    """Whether an entry that follows no shield goes under one all the same."""
    if isinstance(event, MeldingTilBarnevernSent):
        return not _all_informed(seen, event)
    return event.SHIELDED_BY_RULE or _names_what_is_unseen(seen, event, by)


def _all_informed(case: Case, event: MeldingTilBarnevernSent) -> bool:
    """Whether every guardian was told of the report; nobody registered means no."""
    informed = {g.guardian_ref for g in event.guardians_informed if g.informed}
    return bool(case.people.guardians) and informed >= case.people.guardians.keys()


def _of_report(case: Case, melding_id: str) -> str | None:
    report = case.barnevern.reports.get(melding_id)
    return report.shield if report else None


def _of_what_it_names(case: Case, event: Event) -> str | None:
    """The shield of the concern, flag, report or measure that the event names."""
    named = (things.get(name) for name, things in _named_things(case, event))
    return next((thing.shield for thing in named if thing and thing.shield), None)


def _names_what_is_unseen(seen: Case, event: Event, by: Actor) -> bool:
    """Whether it speaks of a thing that is not among what the writer sees.

    Where a body is gone, the thing may have gone with it. The service sees everything.
    """
    if isinstance(event, BRINGS_IN) or seen.incomplete or by.role is Role.SYSTEM:
        return False
    return any(name not in things for name, things in _named_things(seen, event))


def _named_things(case: Case, event: Event) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Ids that the event names, each with the things of the case it is one of."""
    kind, _, about = (getattr(event, "about", None) or "").partition(":")
    for known, things in (
        ("concern", case.concern.concerns),
        ("flag", case.concern.flags),
        ("melding", case.barnevern.reports),
        ("order", case.barnevern.orders),
        ("measure", case.plan.measures),
        ("finding", case.supervision.findings),
        ("hold", case.correction.holds),
        ("restriction", case.correction.restrictions),
    ):
        named = getattr(event, f"{known}_id", None)
        if named:
            yield named, things
        if kind == known and about:
            yield about, things


def _of_target(seen: Case, event: EntryCorrected | EntryDisputed) -> str | None:
    target = target_of(seen, event.target)
    return target.shield if target else None


def _entries_named(event: Event) -> Iterable[str]:
    """Ids of the entries that an event asks about, or reaches."""
    if isinstance(event, FindingRaised):
        return event.entries
    if isinstance(event, RestrictionApplied | ErasureRequested | SealingExecuted):
        return (event.scope.entries if event.scope else None) or ()
    return ()


def _of_entries(seen: Case, ids: Iterable[str]) -> str | None:
    """The shield of the first shielded entry among those that are meant."""
    found = (target_of(seen, Target(entry=each)) for each in ids)
    return next((e.shield for e in found if e is not None and e.shield), None)


def _only_open_shield(case: Case, by: Actor) -> str | None:
    """The shield this person opened or decided on, when there is no doubt which.

    Not one that somebody else let them into: its readers may be whom this is about.
    """
    own = [
        label
        for label in case.people.open_shields()
        if may_see(case, by, label) and by.ref in case.people.shields[label].authors
    ]
    return own[0] if len(own) == 1 else None


def _new_label(case: Case, event: Event, by: Actor, secret: bytes) -> str:
    """A label that no shield has, always the same for the same event by the same.

    The writer is part of it: else an id that somebody else's hidden entry has would
    give another label than an id that nobody has.
    """
    own_id = getattr(event, "flag_id", None) or getattr(event, "melding_id", None)
    content = f"{event.NAME} {own_id}".encode() if own_id else to_json(event)
    whose = secret + sha256(by.ref.encode()).digest()
    labels = (_label(whose, number, content) for number in count())
    return next(label for label in labels if label not in case.people.shields)


def _label(whose: bytes, number: int, content: bytes) -> str:
    return f"shield-{sha256(whose + b'%d ' % number + content).hexdigest()[:16]}"
