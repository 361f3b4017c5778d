"""The barnevern chapter: reports, orders for information, and what came of them.

Hardly anything is guarded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ledger.aggregates.guard import Commands, Folds, complete, is_empty, no_guard
from ledger.aggregates.state import replace
from ledger.entry import Actor, Entry
from ledger.events.barnevern import (
    AvvergingspliktInvoked,
    BarnevernCaseStateNoted,
    BarnevernConsulted,
    InformationOrderAnswered,
    InformationOrderReceived,
    MeldepliktAssessed,
    MeldingDeliveryStatus,
    MeldingTilBarnevernSent,
    PoliceReported,
    SeriousIncidentNotified,
    TilbakemeldingReceived,
    TilbakemeldingReminded,
)
from ledger.events.event import Role
from ledger.profiles import Profile
from ledger.refusals import (
    NoLegalBasis,
    NoReporter,
    Refusal,
    UnknownTarget,
)

if TYPE_CHECKING:
    from ledger.aggregates.case import Case


@dataclass(frozen=True)
class Report:
    """A report to barnevern. `sent_at` is `None` for one only known by its answers."""

    sent_at: datetime | None = None
    reported_by: str | None = None
    status: str | None = None  # how far it has come
    answers: tuple[str, ...] = ()  # kinds of feedback, in order
    answered_at: datetime | None = None
    reminded_at: datetime | None = None
    shield: str | None = None


@dataclass(frozen=True)
class Order:
    """An order for information. `from_body` is `None` for one known by its answer."""

    from_body: str | None = None
    received_at: datetime | None = None
    due: date | None = None
    answered_on: date | None = None
    shield: str | None = None


@dataclass(frozen=True)
class Barnevern:
    """State of the chapter."""

    reports: Mapping[str, Report] = field(default_factory=dict)  # by melding_id
    orders: Mapping[str, Order] = field(default_factory=dict)  # by order_id
    contact_at: datetime | None = None  # first contact with barnevern or police
    knows_child: bool = False  # asked by name, reported to, or at work on it
    assessed_at: datetime | None = None  # when the duty to report was last assessed
    state: str | None = None  # of barnevern's own case, as last noted
    state_on: date | None = None
    incident_on: date | None = None  # when a grave incident was last told of


# --- commands -------------------------------------------------------------------------


def send_report(
    case: Case,
    event: MeldingTilBarnevernSent,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Report to barnevern, in somebody's name."""
    if is_empty(event.reported_by):
        yield NoReporter(("reported_by",))


def follow_report(
    case: Case,
    event: MeldingDeliveryStatus | TilbakemeldingReceived | TilbakemeldingReminded,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Record what became of a report that was sent."""
    if event.melding_id not in case.barnevern.reports:
        yield UnknownTarget(("melding_id",))


def note_case_state(
    case: Case,
    event: BarnevernCaseStateNoted,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Record where barnevern's own case stands, and from whom it is known."""
    yield from complete(source=event.source)


def receive_order(
    case: Case,
    event: InformationOrderReceived,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Record an order for information, with the section that it rests on."""
    if is_empty(event.section):
        yield NoLegalBasis(("section",))


def answer_order(
    case: Case,
    event: InformationOrderAnswered,
    /,
    *,
    by: Actor,
    at: datetime,
    rules: Profile,
) -> Iterator[Refusal]:
    """Hand over what an order asks for."""
    if event.order_id not in case.barnevern.orders:
        yield UnknownTarget(("order_id",))


COMMANDS: Commands = {
    BarnevernConsulted: no_guard,
    MeldepliktAssessed: no_guard,
    MeldingTilBarnevernSent: send_report,
    MeldingDeliveryStatus: follow_report,
    TilbakemeldingReceived: follow_report,
    TilbakemeldingReminded: follow_report,
    InformationOrderReceived: receive_order,
    InformationOrderAnswered: answer_order,
    BarnevernCaseStateNoted: note_case_state,
    PoliceReported: no_guard,
    AvvergingspliktInvoked: no_guard,
    SeriousIncidentNotified: no_guard,
}


# --- folds ----------------------------------------------------------------------------


def _contact(state: Barnevern, entry: Entry[Any]) -> Barnevern:
    first = state.contact_at or entry.occurred_at
    return replace(state, contact_at=first)


def _known_child(state: Barnevern, entry: Entry[Any]) -> Barnevern:
    """Others let barnevern in; what it writes itself does not (decision 19)."""
    lets_in = entry.by.role is not Role.BARNEVERN
    known = state.knows_child or lets_in
    return replace(_contact(state, entry), knows_child=known)


def _consulted(state: Barnevern, entry: Entry[BarnevernConsulted]) -> Barnevern:
    anonymous = entry.event.anonymous
    return _contact(state, entry) if anonymous else _known_child(state, entry)


def _assessed(state: Barnevern, entry: Entry[MeldepliktAssessed]) -> Barnevern:
    return replace(state, assessed_at=entry.occurred_at)


def _sent(state: Barnevern, entry: Entry[MeldingTilBarnevernSent]) -> Barnevern:
    event = entry.event
    report = replace(
        _report(state, event.melding_id, entry),
        sent_at=entry.occurred_at,
        reported_by=event.reported_by,
    )
    return _with_report(_known_child(state, entry), event.melding_id, report)


def _carried(state: Barnevern, entry: Entry[MeldingDeliveryStatus]) -> Barnevern:
    known = _report(state, entry.event.melding_id, entry)
    report = replace(known, status=entry.event.status)
    return _with_report(state, entry.event.melding_id, report)


def _answered(state: Barnevern, entry: Entry[TilbakemeldingReceived]) -> Barnevern:
    event = entry.event
    known = _report(state, event.melding_id, entry)
    report = replace(
        known,
        answers=(*known.answers, event.kind),
        answered_at=entry.occurred_at,
    )
    return _with_report(_known_child(state, entry), event.melding_id, report)


def _reminded(state: Barnevern, entry: Entry[TilbakemeldingReminded]) -> Barnevern:
    known = _report(state, entry.event.melding_id, entry)
    report = replace(known, reminded_at=entry.occurred_at)
    return _with_report(state, entry.event.melding_id, report)


def _ordered(state: Barnevern, entry: Entry[InformationOrderReceived]) -> Barnevern:
    event = entry.event
    order = replace(
        _order(state, event.order_id, entry),
        from_body=event.from_body,
        received_at=entry.occurred_at,
        due=event.due,
    )
    return replace(state, orders={**state.orders, event.order_id: order})


def _order_answered(
    state: Barnevern, entry: Entry[InformationOrderAnswered]
) -> Barnevern:
    event = entry.event
    order = replace(_order(state, event.order_id, entry), answered_on=event.on)
    return replace(state, orders={**state.orders, event.order_id: order})


def _order(state: Barnevern, order_id: str, entry: Entry[Any]) -> Order:
    return state.orders.get(order_id) or Order(shield=entry.shield)


def _incident(state: Barnevern, entry: Entry[SeriousIncidentNotified]) -> Barnevern:
    return replace(state, incident_on=entry.event.on)


def _state_noted(state: Barnevern, entry: Entry[BarnevernCaseStateNoted]) -> Barnevern:
    event = entry.event
    return replace(_known_child(state, entry), state=event.state, state_on=event.on)


def _report(state: Barnevern, melding_id: str, entry: Entry[Any]) -> Report:
    return state.reports.get(melding_id) or Report(shield=entry.shield)


def _with_report(state: Barnevern, melding_id: str, report: Report) -> Barnevern:
    return replace(state, reports={**state.reports, melding_id: report})


FOLDS: Folds = {
    BarnevernConsulted: _consulted,
    MeldepliktAssessed: _assessed,
    MeldingTilBarnevernSent: _sent,
    MeldingDeliveryStatus: _carried,
    TilbakemeldingReceived: _answered,
    TilbakemeldingReminded: _reminded,
    InformationOrderReceived: _ordered,
    InformationOrderAnswered: _order_answered,
    BarnevernCaseStateNoted: _state_noted,
    PoliceReported: _contact,
    AvvergingspliktInvoked: _contact,
    SeriousIncidentNotified: _incident,
}
