"""Under which shield an entry is recorded; the label is `None` on the shared stream.

Some types are shielded by rule, whoever writes; and what names a concern, flag, report
or measure that lies under a shield goes under that shield too (design, section 3).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from ledger.access import may_see
from ledger.aggregates.case import Case
from ledger.aggregates.correction import target_of
from ledger.entry import Actor
from ledger.events.barnevern import (
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    TilbakemeldingReceived,
)
from ledger.events.correction import EntryCorrected
from ledger.events.event import Event, to_json
from ledger.events.people import ShieldingDecided, ShieldingLifted


def placement(case: Case, event: Event, *, by: Actor, named: str | None) -> str | None:
    """The label of the shield that the entry goes under, `None` for the shared stream.

    `named` is the shield that the request names. A decision on a shield goes under that
    shield, whatever is named.
    """
    if isinstance(event, ShieldingDecided | ShieldingLifted):
        return event.shielding_id
    if named is not None:
        return named
    if isinstance(event, MeldingDeliveryStatus | TilbakemeldingReceived):
        return _of_report(case, event.melding_id)
    already = _of_what_it_names(case, event)
    if already is not None or not event.SHIELDED_BY_RULE:
        return already
    if isinstance(event, MeldingTilBarnevernSent) and _all_informed(case, event):
        return None
    return _only_open_shield(case, by) or _new_label(event)


def _all_informed(case: Case, event: MeldingTilBarnevernSent) -> bool:
    """Whether every guardian was told of the report; nobody registered means no."""
    informed = {g.guardian_ref for g in event.guardians_informed if g.informed}
    return bool(case.people.guardians) and informed >= case.people.guardians.keys()


def _of_report(case: Case, melding_id: str) -> str | None:
    report = case.barnevern.reports.get(melding_id)
    return report.shield if report else None


def _of_what_it_names(case: Case, event: Event) -> str | None:
    """The shield of the concern, flag, report or measure that the event names."""
    if isinstance(event, EntryCorrected):
        target = target_of(case, event.target)
        return target.shield if target else None
    kind, _, about = (getattr(event, "about", None) or "").partition(":")
    for known, key, ids in (
        ("concern", "concern_id", case.concern.concerns),
        ("flag", "flag_id", case.concern.flags),
        ("melding", "melding_id", case.barnevern.reports),
        ("measure", "measure_id", case.plan.measures),
    ):
        named: Any = ids.get(getattr(event, key, None) or "")
        spoken_of: Any = ids.get(about) if kind == known else None
        shield = (named and named.shield) or (spoken_of and spoken_of.shield)
        if shield:
            return str(shield)
    return None


def _only_open_shield(case: Case, by: Actor) -> str | None:
    """The shield this person writes under, when there is no doubt which."""
    seen = [label for label in case.people.open_shields() if may_see(case, by, label)]
    return seen[0] if len(seen) == 1 else None


def _new_label(event: Event) -> str:
    """A label of its own, always the same for the same event."""
    own_id = getattr(event, "flag_id", None) or getattr(event, "melding_id", None)
    content = f"{event.NAME} {own_id}".encode() if own_id else to_json(event)
    return f"shield-{sha256(content).hexdigest()[:16]}"
