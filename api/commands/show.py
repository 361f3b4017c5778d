"""`stafettlogg show`: a case as somebody may see it, and which cases there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import typer

from api import views
from api.commands.ending import command
from api.commands.typed import (
    AsJson,
    AsRole,
    By,
    Purpose,
    Service,
    TenantName,
    Unit,
    case_id,
    day,
    installation,
    label,
    point,
    reader,
)
from api.installation import OpenTenant
from api.printing import show as print_answer
from api.printing import table
from ledger.aggregates.guard import local_day
from ledger.application import Reading, utc_now
from ledger.entry import Actor, StreamKind
from ledger.projections.moment import PRESENT, Moment, entries_at
from ledger.projections.plain import as_json as plain
from ledger.projections.timeline import Depth

PAGE = 1000  # entries


class View(StrEnum):
    """What can be asked of a case."""

    STATE = "state"
    TIMELINE = "timeline"
    HANDOVERS = "handovers"
    GUIDE = "guide"
    CONSENTS = "consents"
    MEASURES = "measures"
    BARNEVERN = "barnevern"
    ACCESS = "access"
    ENTRIES = "entries"
    CHANGES = "changes"


class Asked(NamedTuple):
    """What a view is made from."""

    tenant: OpenTenant
    reading: Reading
    actor: Actor
    at: date
    everything: bool
    since: datetime | None


@command
def show_case(
    tenant: TenantName,
    case: Annotated[
        str | None,
        typer.Argument(
            metavar="CASE", parser=label, help="Id or label; without it, list cases."
        ),
    ] = None,
    view: Annotated[View, typer.Option(help="What to show.")] = View.STATE,
    everything: Annotated[
        bool, typer.Option("--all", help="Timeline: every entry, not only milestones.")
    ] = False,
    at: Annotated[
        date | None,
        typer.Option(parser=day, metavar="DATE", help="Judge open clocks then; today."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            parser=point, metavar="DAY|TIME", help="Only what had happened by then."
        ),
    ] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(
            parser=point, metavar="DAY|TIME", help="Only what was recorded by then."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=point,
            metavar="DAY|TIME",
            help="Changes: from then on; back in what was known, or in what had "
            "happened when --as-of is given alone.",
        ),
    ] = None,
    with_names: Annotated[
        bool, typer.Option("--names", help="Say who the refs are.")
    ] = False,
    by: By = None,
    role: AsRole = None,
    service: Service = None,
    unit: Unit = None,
    purpose: Purpose = "console",
    as_json: AsJson = False,
) -> None:
    """Show a case. Every reading is put on record before anything is printed."""
    if (since is None) == (view is View.CHANGES):
        raise typer.BadParameter("--view changes and --since go together")
    actor = reader(by, role, service, unit)
    moment = Moment(as_of, known_at)
    with installation() as opened:
        found = opened.tenant(tenant)
        if case is None:
            _show_list(found, as_json=as_json)
            return
        ledger = found.parts.ledger
        reading = ledger.read(
            case_id(case, ledger.index), by=actor, view=view.value, purpose=purpose
        ).at(moment)
        day = at or moment.day(local_day(utc_now()))
        asked = Asked(found, reading, actor, day, everything, since)
        answer, text = _VIEWS[view](asked)
    named = views.names(reading.entries) if with_names else {}
    people = {ref: str(called) for ref, called in named.items()}
    header = {"case": str(reading.case), "view": view.value, **plain(moment)}
    extra = {"people": people} if with_names else {}
    text = f"{text}\n{views.names_text(people)}" if with_names else text
    if moment != PRESENT:
        text = f"{views.moment_text(moment)}\n{text}"
    print_answer({**header, view.value: plain(answer), **extra}, text, as_json=as_json)


def _state(asked: Asked) -> tuple[Any, str]:
    view = views.state(asked.reading, asked.at)
    return view, views.state_text(view)


def _timeline(asked: Asked) -> tuple[Any, str]:
    depth = Depth.ALL if asked.everything else Depth.MILESTONES
    view = views.timeline(asked.reading, depth)
    return view, views.timeline_text(view)


def _handovers(asked: Asked) -> tuple[Any, str]:
    view = views.handovers(asked.reading, asked.at)
    return view, views.handovers_text(view)


def _guide(asked: Asked) -> tuple[Any, str]:
    view = views.guide(asked.reading, asked.at)
    return view, views.guide_text(view)


def _consents(asked: Asked) -> tuple[Any, str]:
    view = views.consents(asked.reading, asked.at)
    return view, views.consents_text(view)


def _measures(asked: Asked) -> tuple[Any, str]:
    view = views.measures(asked.reading, asked.at)
    return view, views.measures_text(view)


def _barnevern(asked: Asked) -> tuple[Any, str]:
    view = views.barnevern(asked.reading, asked.at)
    return view, views.barnevern_text(view)


def _access(asked: Asked) -> tuple[Any, str]:
    log = asked.tenant.lists.readings_of(asked.reading).entries
    view = views.access(entries_at(log, asked.reading.moment), asked.actor)
    return view, views.access_text(view)


def _entries(asked: Asked) -> tuple[Any, str]:
    view = views.told(asked.reading)
    return view, views.entries_text(view)


def _changes(asked: Asked) -> tuple[Any, str]:
    assert asked.since is not None, "it is asked for with the view"
    view = views.changes(asked.reading, asked.since, asked.at)
    return view, views.changes_text(view)


_VIEWS: Mapping[View, Callable[[Asked], tuple[Any, str]]] = {
    View.STATE: _state,
    View.TIMELINE: _timeline,
    View.HANDOVERS: _handovers,
    View.GUIDE: _guide,
    View.CONSENTS: _consents,
    View.MEASURES: _measures,
    View.BARNEVERN: _barnevern,
    View.ACCESS: _access,
    View.ENTRIES: _entries,
    View.CHANGES: _changes,
}


def _show_list(tenant: OpenTenant, *, as_json: bool) -> None:
    """List ids of cases, with labels where those are kept: nothing a case says."""
    index = tenant.parts.ledger.index
    labels = {index.case_id(each): each for each in tenant.folder.labels()}
    rows = [(str(case), labels.get(case)) for case in cases(tenant)]
    answer = [{"case": case, "label": label} for case, label in rows]
    text = table([(case, label or "") for case, label in rows], ("case", "label"))
    print_answer(
        {"cases": answer}, text if rows else "There is no case yet.", as_json=as_json
    )


def cases(tenant: OpenTenant) -> list[UUID]:
    """Every case, in the order they were begun; the first entry of each names it."""
    found: list[UUID] = []
    position = 0
    recorder, mapper = tenant.parts.recorder, tenant.parts.mapper
    while page := recorder.sealed_after(position, PAGE):
        for event in page:
            if event.topic == StreamKind.SHARED and event.originator_version == 1:
                found.append(mapper.to_domain_event(event).case)
        position = page[-1].position or 0
    return [case for case in found if case.int]  # an erased entry names none
