"""A document of the toolbox on paper, filled with what the case knows already.

The paper is a rendering: what counts are the events. It never holds a national number,
an address or anything from under a shield, but for the documents that live under one,
and those are shown to their audience alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from api import views
from api.pages.case_page import read
from api.pages.drawing import code_name, draw, service_name
from api.pages.people import People
from api.pages.plan import Plan, plan_of
from api.pages.route import PageRoute
from api.pages.standing import Child, child_of, due_heading, next_due
from api.pages.visitor import Looking, Visitor
from ledger.aggregates.case import Case, fold
from ledger.aggregates.deciding import FROM_OUTSIDE
from ledger.application import Reading
from ledger.codes import scale_named
from ledger.events import type_called
from ledger.loaded import RecordedEntry
from ledger.profiles import Profile
from ledger.projections.moment import entries_at
from ledger.projections.overview import Overview, overview
from ledger.refusals import NoCase, Refused
from ledger.toolbox import Document, documents
from ledger.toolbox.document import Field

router = APIRouter(prefix="/saker/{case}/papir", route_class=PageRoute)

HEADINGS = {
    "child_view": "paper.child_view",
    "consents": "paper.consents",
    "deadlines": "paper.deadlines",
    "goals": "paper.goals",
    "holder": "paper.holder",
    "level": "paper.level",
    "measures": "paper.measures",
}
SCALES = {
    "bti-barn": "paper.scale_bti_barn",
    "bti-foresatte": "paper.scale_bti_foresatte",
}
LINES = 3  # to write on by hand, for what the case does not know


@dataclass(frozen=True, slots=True)
class Line:
    """A field: its label and help, and what was recorded, or room to write."""

    label: str
    help: str
    required: bool
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the case knows already: a heading and its rows."""

    about: str  # a key of the texts
    rows: tuple[str, ...]


@router.get("")
def get_documents(visitor: Looking, case: UUID) -> Response:
    """Which documents there are for a case."""
    reading = _read(visitor, case)
    return draw(
        visitor,
        "papers.html",
        case=case,
        child=_child(reading, visitor),
        documents=[
            (document.id, getattr(document.name, visitor.t.language))
            for document in documents().values()
        ],
    )


@router.get("/{document}")
def get_document(visitor: Looking, case: UUID, document: str) -> Response:
    """One document, filled in as far as the case knows."""
    reading, found = _read(visitor, case), documents().get(document)
    if found is None:
        raise Refused((NoCase(),))
    recorded = _recorded(reading, found)
    entries = entries_at(recorded, reading.moment)
    sheet = _Sheet(found, entries, visitor, reading.rules)
    return draw(
        visitor,
        "paper.html",
        case=case,
        paper=found,
        name=getattr(found.name, visitor.t.language),
        child=child_of(entries, sheet.people, at=visitor.today),
        facts=list(sheet.facts()),
        lines=[sheet.line(field) for field in found.fields],
        scales=[(SCALES[scale], scale_named(scale)) for scale in found.scales],
        agendas=list(sheet.agendas()),
        blank=LINES,
        version=len(recorded),
        printed_at=visitor.known.tenant.parts.ledger.clock(),
    )


def _read(visitor: Visitor, case: UUID) -> Reading:
    """The case, for the staff; the family is given its papers by them."""
    if visitor.known.actor.role in FROM_OUTSIDE:
        raise Refused((NoCase(),))
    return read(visitor, case, "paper_page")


def _child(reading: Reading, visitor: Visitor) -> Child:
    people = People(views.names(reading.entries))
    return child_of(reading.entries, people, at=visitor.today)


def _recorded(reading: Reading, document: Document) -> Sequence[RecordedEntry]:
    """What a document is made of; a shield may also hold corrections of the rest."""
    if document.shielded:
        return reading.recorded
    return [entry for entry in reading.recorded if entry.shield is None]


class _Sheet:
    """What stands on one sheet of paper."""

    def __init__(
        self,
        document: Document,
        entries: Sequence[RecordedEntry],
        visitor: Visitor,
        rules: Profile,
    ) -> None:
        self._document = document
        self._entries = entries
        self._t = visitor.t
        self._today = visitor.today
        self.people = People(views.names(entries))
        self._case: Case = fold(entries)
        self._view: Overview = overview(self._case, at=visitor.today, rules=rules)
        self._mark = rules.mark(self._view.level)

    def line(self, field: Field) -> Line:
        """A field with the last answer that is on record."""
        language = self._t.language
        return Line(
            label=getattr(field.label, language),
            help=getattr(field.help, language) if field.help else "",
            required=field.required,
            said=tuple(self._said(field.fills)) if field.fills else (),
        )

    def facts(self) -> Iterator[Fact]:
        """What the document shows of the case."""
        t = self._t
        for shown in self._document.shows:
            rows = tuple(getattr(self, f"_{shown}")())
            yield Fact(HEADINGS[shown], rows or (t("paper.nothing"),))

    def agendas(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each type of meeting, and what it goes through."""
        for agenda in self._document.agendas:
            name = code_name("meeting-types", agenda.type, self._t)
            yield name, getattr(agenda.items, self._t.language)

    def _said(self, fills: str) -> Iterator[str]:
        event, _, name = fills.partition(".")
        found = (
            getattr(entry.event, name)
            for entry in reversed(self._entries)
            if isinstance(entry.event, type_called(event))
        )
        value = next(found, None)
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None:
                yield self._worded(name, each)

    def _worded(self, name: str, value: Any) -> str:
        t = self._t
        if isinstance(value, bool):
            return t("paper.yes") if value else t("paper.no")
        if isinstance(value, date):
            return f"{value:%d.%m.%Y}"
        if hasattr(value, "model_dump"):
            parts = value.model_dump(exclude_none=True).values()
            return ", ".join(self._worded(name, part) for part in parts)
        if isinstance(value, str) and value in self.people:
            return self.people[value].titled
        if name == "services":
            return service_name(value, t)
        return t.code(f"values.{name}", str(value))

    # --- what the case knows ----------------------------------------------------------

    def _holder(self) -> Iterator[str]:
        holder = self._view.holder
        if holder is not None:
            service = service_name(holder.service, self._t)
            yield ", ".join(filter(None, (self.people[holder.ref].titled, service)))

    def _level(self) -> Iterator[str]:
        since = self._view.level_since
        yield f"{self._mark} ({since:%d.%m.%Y})" if since else self._mark

    def _goals(self) -> Iterator[str]:
        for goal in self._plan().goals:
            yield (
                f"{goal.text} («{goal.child_words}»)" if goal.child_words else goal.text
            )

    def _measures(self) -> Iterator[str]:
        for row in self._plan().active:
            who = row.person.short if row.person else ""
            due = f"{row.due:%d.%m.%Y}" if row.due else ""
            service = service_name(row.service, self._t)
            yield " · ".join(filter(None, (row.text, service, who, due)))

    def _deadlines(self) -> Iterator[str]:
        due = next_due(self._view, self._entries, self.people)
        if due is not None:
            yield f"{due_heading(due, self._t)}: {due.on:%d.%m.%Y}"
        for meeting in self._view.meetings:
            name = code_name("meeting-types", meeting.type, self._t)
            yield f"{name}: {meeting.on:%d.%m.%Y}"

    def _consents(self) -> Iterator[str]:
        for consent in self._view.consents:
            giver = self.people[consent.giver].short if consent.giver else ""
            services = ", ".join(service_name(s, self._t) for s in consent.services)
            until = f"{consent.valid_to:%d.%m.%Y}" if consent.valid_to else ""
            yield " · ".join(filter(None, (giver, services, until)))

    def _child_view(self) -> Iterator[str]:
        words = self._plan().last_words
        if words is not None:
            yield f"{words.said} ({words.on:%d.%m.%Y})"

    def _plan(self) -> Plan:
        return plan_of(self._case, self._entries, self.people, at=self._today)
