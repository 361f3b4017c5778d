"""A case as text for a terminal: state, timeline, handovers, access, entries.

People stand as refs; `names_text` says who they are, for those who ask. Days are
calendar days in Europe/Oslo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.printing import indented, table
from ledger.aggregates.deciding import FAMILY
from ledger.aggregates.guard import LOCAL
from ledger.application import Reading
from ledger.entry import Actor, Erased
from ledger.events import catalogue_name
from ledger.events.access import (
    AccessDenied,
    AccessRecorded,
    BreakGlassUsed,
    CommandRefused,
)
from ledger.events.concern import CaseOpened
from ledger.events.event import Event
from ledger.events.moving import (
    ChildBorn,
)
from ledger.events.people import GuardianChanged, GuardianRegistered
from ledger.judging import history_shown
from ledger.loaded import RecordedEntry
from ledger.projections.barnevern import BarnevernView, Clock
from ledger.projections.barnevern import barnevern as clocks
from ledger.projections.changes import Changes, Closed, Difference, Value
from ledger.projections.changes import changes as compared
from ledger.projections.consents import Cell, ConsentMatrix, consent_matrix
from ledger.projections.corrections import Correction
from ledger.projections.disputes import disputes
from ledger.projections.guide import Guide, Step
from ledger.projections.guide import guide as advice
from ledger.projections.handovers import Gap, Handovers, Period, Proposal, Transition
from ledger.projections.handovers import handovers as chronology
from ledger.projections.measures import MeasureLine, MeasureView
from ledger.projections.measures import measures as plan
from ledger.projections.moment import Moment
from ledger.projections.overview import Due, Holder, Overview, overview
from ledger.projections.plain import as_json as plain
from ledger.projections.timeline import Depth, Row, Timeline
from ledger.projections.timeline import timeline as story

NONE = "–"


def local(moment: datetime) -> str:
    """A moment to the minute, where the case is led."""
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def _day(day: date | None) -> str:
    return NONE if day is None else day.isoformat()


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(codes) or NONE


# --- views by the profile's days ------------------------------------------------------


def state(reading: Reading, at: date) -> Overview:
    """Where the case stands on a day."""
    return overview(reading.state, at=at, rules=reading.rules)


def guide(reading: Reading, at: date) -> Guide:
    """What the profile says is the next step, what is due and what is missing."""
    return advice(
        reading.state, at=at, rules=reading.rules, home_waits=reading.home_waits
    )


def handovers(reading: Reading, at: date) -> Handovers:
    """The chronology of the baton up to a day."""
    rules = reading.rules
    return chronology(
        reading.entries,
        at=at,
        first_holder_days=rules.first_holder_days,
        holder_without_log_days=rules.holder_without_log_days,
        handover_lapse_days=rules.handover_lapse_days,
    )


def consents(reading: Reading, at: date) -> ConsentMatrix:
    """Who allows which service to know what, on a day."""
    return consent_matrix(reading.state, at=at, rules=reading.rules)


def measures(reading: Reading, at: date) -> MeasureView:
    """Goals and measures, who answers, by when, and what they did."""
    return plan(reading.state, at=at)


def barnevern(reading: Reading, at: date) -> BarnevernView:
    """What barnevern was told, and what is waited for on a day."""
    return clocks(history_shown(reading, at), rules=reading.rules)


def timeline(reading: Reading, depth: Depth) -> Timeline:
    """What happened, in short or in full."""
    late = reading.rules.recording_lag_days
    return story(
        reading.recorded, moment=reading.moment, depth=depth, late_after_days=late
    )


def changes(reading: Reading, since: datetime, today: date) -> Changes:
    """What is otherwise at the reading's moment than it was before."""
    return compared(
        reading.recorded,
        since=reading.moment.back_to(since),
        until=reading.moment,
        today=today,
        rules=reading.rules,
    )


# --- moments --------------------------------------------------------------------------


def moment_text(moment: Moment) -> str:
    """Which past is shown."""
    parts = []
    if moment.as_of is not None:
        parts.append(f"as of {local(moment.as_of)}")
    if moment.known_at is not None:
        parts.append(f"as known at {local(moment.known_at)}")
    return ", ".join(parts).capitalize() or "Now"


# --- state ----------------------------------------------------------------------------


def state_text(view: Overview) -> str:
    """Where the case stands."""
    lines = [
        ("Case", _standing(view)),
        ("Level", f"{view.level}, since {_day(view.level_since or view.opened_on)}"),
        ("Log", _log(view)),
        ("Stafettholder" if view.is_open else "Last holder", _holder(view.holder)),
        ("Guardians", _codes(view.guardians)),
        ("Child heard", _child_heard(view)),
        *_open_parts(view),
        *_due_lines(view),
    ]
    if view.incomplete:
        lines.append(("Incomplete", "the body of an entry is gone"))
    return table(lines)


def _standing(view: Overview) -> str:
    opened = f"opened {_day(view.opened_on)}, profile {view.profile}"
    if view.is_open:
        return f"open; {opened}"
    if view.opened_on is None and view.closed_on is None:
        return "nothing on record"
    return f"closed {_day(view.closed_on)} ({view.closing_reason or NONE}); {opened}"


def _log(view: Overview) -> str:
    if view.log_opened_on is None:
        return "not opened"
    ended = "" if view.log_is_open else ", ended"
    return f"opened {_day(view.log_opened_on)}{ended}"


def _holder(holder: Holder | None) -> str:
    if holder is None:
        return "nobody"
    service = f" ({holder.service})" if holder.service else ""
    until = f", interim until {_day(holder.until)}" if holder.interim else ""
    return f"{holder.ref}{service} since {_day(holder.since)}{until}"


def _child_heard(view: Overview) -> str:
    if view.child_heard_on is None:
        return "not yet"
    is_current = view.child_heard_since_decision or not view.is_open
    return _day(view.child_heard_on) + (
        "" if is_current else ", not since the last decision"
    )


def _open_parts(view: Overview) -> Iterator[tuple[str, str]]:
    for consent in view.consents:
        until = f", until {_day(consent.valid_to)}" if consent.valid_to else ""
        what = f"{consent.consent_id} by {consent.giver or NONE} to "
        yield "Consent", what + _codes(consent.services) + until
    for measure in view.measures:
        who = f"{measure.person or NONE} ({measure.service or NONE})"
        start = measure.started_on or measure.start
        yield "Measure", f"{measure.measure_id} by {who} from {_day(start)}"
    if view.proposal is not None:
        asked = view.proposal
        who = f"{asked.to_holder} ({asked.to_service})"
        yield "Handover", f"{who} was asked {_day(asked.proposed_on)}"
    for meeting in view.meetings:
        yield "Meeting", f"{meeting.meeting_id} {meeting.type} on {_day(meeting.on)}"


def _due_lines(view: Overview) -> Iterator[tuple[str, str]]:
    for due in view.due:
        yield "Due", _due(due, view.at)


def _due(due: Due, at: date) -> str:
    about = f" {due.about}" if due.about else ""
    late = (at - due.on).days
    overdue = f", {late} days ago" if late > 0 else ""
    return f"{_day(due.on)} {due.kind.replace('_', ' ')}{about}{overdue}"


# --- handovers ------------------------------------------------------------------------


def guide_text(view: Guide) -> str:
    """The steps, which is next, and what is missing."""
    steps = [step for track in (*view.tracks, view.steps) for step in track]
    parts = [
        ("Steps", table(map(_step, steps))),
        ("Missing", table(_lacking(step) for step in steps if step.missing)),
        ("Due", table((_day(due.on), due.kind, due.about or NONE) for due in view.due)),
    ]
    texts = [f"{title}\n{indented(rows)}" for title, rows in parts if rows]
    return "\n".join(texts) or "The case is closed."


def _step(step: Step) -> tuple[str, ...]:
    stands = "next" if step.next else "done" if step.done else NONE
    return step.step, stands, "" if step.by is None else f"by {_day(step.by)}"


def _lacking(step: Step) -> tuple[str, ...]:
    return step.step, _codes(missing.id for missing in step.missing)


def handovers_text(view: Handovers) -> str:
    """Who held the baton when, and when nobody did."""
    parts = [
        ("Stafettholder", table(map(_period, view.periods))),
        ("Days without a stafettholder", table(map(_gap, view.gaps))),
        ("Handover proposals", table(map(_proposal, view.proposals))),
        ("Transitions of the child", table(map(_transition, view.transitions))),
    ]
    texts = [f"{title}\n{indented(rows)}" for title, rows in parts if rows]
    return "\n".join(texts) or "Nobody has held the baton."


def _period(period: Period) -> tuple[str, ...]:
    ended = (period.ended or "still").replace("_", " ")
    if period.vacancy:
        ended += f" ({period.vacancy})"
    interim = ""
    if period.interim_until is not None:
        passed = ", and passed" if period.interim_passed else ""
        interim = f"meant to end {_day(period.interim_until)}{passed}"
    return (
        f"{_day(period.from_date)} to {_day(period.until)}",
        f"{period.holder} ({period.service or NONE})",
        f"{period.began}; {ended}",
        interim,
    )


def _gap(gap: Gap) -> tuple[str, ...]:
    after = f"after {gap.left_by}" if gap.left_by else "no first holder"
    if gap.vacancy:
        after += f" ({gap.vacancy})"
    return (
        f"{_day(gap.from_date)} to {_day(gap.to_date)}",
        f"{gap.days} days{', still' if gap.open else ''}",
        after,
    )


def _proposal(proposal: Proposal) -> tuple[str, ...]:
    settled = f" {_day(proposal.settled_on)}" if proposal.settled_on else ""
    return (
        f"{_day(proposal.proposed_on)} {proposal.proposal_id}",
        f"{proposal.from_holder} → {proposal.to_holder} ({proposal.to_service})",
        proposal.reason,
        f"{proposal.outcome.replace('_', ' ')}{settled}, {proposal.days} days",
    )


def _transition(transition: Transition) -> tuple[str, ...]:
    accepted = _day(transition.accepted_on)
    return (
        f"{_day(transition.starts)} {transition.kind}",
        f"{transition.from_unit} → {transition.to_unit}",
        f"handover {transition.proposal_id or NONE} accepted {accepted}",
        f"{transition.days_late} days late" if transition.days_late else "in time",
    )


# --- consents -------------------------------------------------------------------------


def consents_text(view: ConsentMatrix) -> str:
    """A line for each service and person, and what is kept from whom."""
    lines = [
        (row.service, "covered" if row.covered else NONE, *_cell(cell))
        for row in view.services
        for cell in row.cells
    ]
    kept = [
        (_day(each.on), each.service, _codes(each.categories)) for each in view.withheld
    ]
    parts = [("Consents", table(lines)), ("Kept out", table(kept))]
    texts = [f"{title}\n{indented(rows)}" for title, rows in parts if rows]
    return "\n".join(texts) or "Nobody has been asked."


def _cell(cell: Cell) -> tuple[str, ...]:
    until = f" until {_day(cell.until)}" if cell.until else ""
    since = f" since {_day(cell.since)}{until}" if cell.since else ""
    what = _codes(
        of.category if of.stands == cell.stands else f"{of.category} {of.stands}"
        for of in cell.categories
    ).replace("_", " ")
    return cell.person, cell.stands.replace("_", " ") + since, what


# --- measures and barnevern -----------------------------------------------------------


def measures_text(view: MeasureView) -> str:
    """The goals, and a line for each measure with its evaluations below it."""
    goals = table(
        (each.goal_id, f"{each.area}, set {_day(each.set_on)}", each.text or NONE)
        for each in view.goals
    )
    lines = table(line for each in view.measures for line in _measure(each))
    parts = [("Goals", goals), ("Measures", lines)]
    texts = [f"{title}\n{indented(rows)}" for title, rows in parts if rows]
    return "\n".join(texts) or "Nothing is planned."


def _measure(line: MeasureLine) -> Iterator[tuple[str, ...]]:
    late = f", {line.days_late} days ago" if line.days_late else ""
    yield (
        f"{line.measure_id} for {line.goal_id or NONE}",
        f"{line.person or NONE} ({line.service or NONE})",
        f"{line.stands.replace('_', ' ')}, due {_day(line.evaluation_due)}{late}",
        line.text or NONE,
    )
    for step in line.history:
        if step.what == "evaluated":
            what = f"{_day(step.on)} evaluated by {step.by} ({step.service or NONE})"
            late = f"{step.days_late} days late" if step.days_late else "in time"
            yield "", what, f"{step.effect}, {step.decision}", late


def barnevern_text(view: BarnevernView) -> str:
    """The reports, and a line for each clock."""
    reports = table(
        (
            f"{_day(each.sent_on)} {each.melding_id}",
            _codes(f"{said.what} {_day(said.on)}" for said in each.delivery),
            _codes(f"{said.what} {_day(said.on)}" for said in each.answers),
        )
        for each in view.reports
    )
    parts = [("Reports", reports), ("Clocks", table(map(_clock, view.clocks)))]
    texts = [f"{title}\n{indented(rows)}" for title, rows in parts if rows]
    return "\n".join(texts) or "Barnevern has not been told of anything."


def _clock(clock: Clock) -> tuple[str, ...]:
    late = f", {clock.days_late} days" if clock.days_late else ""
    answered = f"answered {_day(clock.answered_on)}" if clock.answered_on else ""
    return (
        f"{clock.kind.replace('_', ' ')} {clock.about or NONE}",
        f"{_day(clock.since)} to {_day(clock.last_day)}",
        clock.state.replace("_", " ") + late,
        answered,
    )


# --- timeline and entries -------------------------------------------------------------


def timeline_text(view: Timeline) -> str:
    """One line for each entry of this depth."""
    count = f"{len(view.rows)} of {view.entries} entries, by when they happened"
    return f"{count}\n{table(map(_row, view.rows))}"


def _row(row: Row) -> tuple[str, ...]:
    who = f"{row.who} ({', '.join(filter(None, (row.role.value, row.service)))})"
    return local(row.occurred_at), f"#{row.position}", who, row.fact + _remarks(row)


def _remarks(row: Row) -> str:
    remarks = []
    if row.shield:
        remarks.append(f"shielded {row.shield}")
    if row.late:
        remarks.append(f"recorded {row.recorded_after_days} days later")
    if row.corrects:
        remarks.append(f"corrects #{row.corrects}")
    remarks += map(_correction, row.corrections)
    remarks += _disputed(row)
    return f" [{'; '.join(remarks)}]" if remarks else ""


def _disputed(row: Row | Told) -> Iterator[str]:
    if row.disputes:
        yield f"disputes #{row.disputes}"
    for by in row.disputed_by:
        yield f"disputed by #{by}"


def _correction(correction: Correction) -> str:
    """What was recorded beside what is right; not when a word about a person is."""
    if not correction.took_effect:
        return f"{correction.field} not corrected by #{correction.by}"
    if correction.personal and correction.was is correction.right is None:
        return f"{correction.field} corrected by #{correction.by}"
    was, right = correction.was or NONE, correction.right or NONE
    return f"{correction.field} was {was}, corrected to {right} by #{correction.by}"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with all its words as corrected; `event` is `None` for erased ones."""

    position: int
    occurred_at: datetime
    recorded_at: datetime
    shield: str | None
    type: str
    who: str
    role: str
    service: str | None
    event: dict[str, Any] | None
    corrections: tuple[Correction, ...]  # with what was recorded
    disputes: int | None  # position of the entry it disputes
    disputed_by: tuple[int, ...]  # positions of what disputes it


def told(reading: Reading) -> tuple[Told, ...]:
    """Entries with all their words, in the order they were recorded."""
    marks, disputed = reading.seen.corrections, disputes(reading.entries)
    disputing = {by: position for position, all_by in disputed.items() for by in all_by}
    return tuple(
        _told(
            entry,
            marks.get(entry.position or 0, ()),
            disputing.get(entry.position or 0),
            disputed.get(entry.position or 0, ()),
        )
        for entry in reading.entries
    )


def _told(
    entry: RecordedEntry,
    corrections: tuple[Correction, ...],
    disputing: int | None,
    disputed_by: tuple[int, ...],
) -> Told:
    event = entry.event
    words = None
    if isinstance(event, Event):
        words = event.model_dump(mode="json", exclude_none=True)
    return Told(
        position=entry.position or 0,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        shield=entry.shield,
        type="Erased" if isinstance(event, Erased) else catalogue_name(type(event)),
        who=entry.by.ref,
        role=entry.by.role.value,
        service=entry.by.service,
        event=words,
        corrections=corrections,
        disputes=disputing,
        disputed_by=disputed_by,
    )


def entries_text(view: Sequence[Told]) -> str:
    """Every entry with its fields below it."""
    return "\n\n".join(_told_text(entry) for entry in view)


def _told_text(entry: Told) -> str:
    who = f"{entry.who} ({', '.join(filter(None, (entry.role, entry.service)))})"
    shield = f" [shielded {entry.shield}]" if entry.shield else ""
    head = f"#{entry.position} {local(entry.occurred_at)} {entry.type}{shield} by {who}"
    fields = [(name, str(value)) for name, value in (entry.event or {}).items()]
    fields += [("corrected", _correction(each)) for each in entry.corrections]
    fields += [("disputed", said) for said in _disputed(entry)]
    return f"{head}\n{indented(table(fields))}".rstrip()


# --- changes --------------------------------------------------------------------------


def changes_text(view: Changes) -> str:
    """What is otherwise, what came in and what was corrected."""
    between = f"From {moment_text(view.since)} to {moment_text(view.until)}".lower()
    parts = [
        ("What stands otherwise", table(map(_difference, view.differences))),
        ("What came in", table(map(_row, view.came))),
        ("What is now dated later", table(map(_row, view.left))),
        ("What was corrected", table(map(_corrected, view.corrected))),
    ]
    texts = [f"{title}\n{indented(rows)}" for title, rows in parts if rows]
    return "\n".join([between.capitalize(), *(texts or ["Nothing changed."])])


def _difference(difference: Difference) -> tuple[str, ...]:
    about = f" {difference.about}" if difference.about else ""
    before, after = _value(difference.before), _value(difference.after)
    by = f"#{difference.by}" if difference.by else "with time"
    return f"{difference.topic.replace('_', ' ')}{about}", f"{before} → {after}", by


def _value(value: Value | None) -> str:
    """One thing in a few words."""
    match value:
        case None:
            return NONE
        case bool():
            return "open" if value else "not open"
        case date():
            return _day(value)
        case int():
            return str(value)
        case Holder():
            return _holder(value)
        case Closed():
            return f"closed {_day(value.on)} ({value.reason or NONE})"
        case Due():
            return f"{value.kind.replace('_', ' ')} {_day(value.on)}"
    return "; ".join(
        f"{name.replace('_', ' ')} {_words(inner)}"
        for name, inner in plain(value).items()
        if inner and not name.endswith("_id")
    )


def _words(value: Any) -> str:
    return _codes(value) if isinstance(value, list) else str(value)


def _corrected(correction: Correction) -> tuple[str, str]:
    return f"#{correction.position}", _correction(correction)


# --- access ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Access:
    """A reading, a denied one, a refused command, or what was decided on reading.

    `who` is kept from a family.
    """

    at: datetime
    what: str  # "read", "denied", "refused", "opened" in need, or "noted"
    who: str | None
    role: str
    service: str | None
    subject: str  # the view read, the command refused, or what was noted
    purpose: str | None
    code: str | None
    shield: str | None


_TO_FAMILY = frozenset({"read", "opened"})


def access(entries: Iterable[RecordedEntry], reader: Actor) -> tuple[Access, ...]:
    """What is on record beside the streams that `reader` sees.

    A family is told when, in which capacity and for what its log was read, not by whom
    in person. Source: reliability, section 4.4, row 3.
    """
    rows = [row for entry in entries if (row := _access(entry)) is not None]
    if reader.role not in FAMILY:
        return tuple(rows)
    return tuple(_for_family(row, reader) for row in rows if row.what in _TO_FAMILY)


def _access(entry: RecordedEntry) -> Access | None:
    at, shield = entry.recorded_at, entry.shield
    match entry.event:
        case AccessRecorded() as read:
            return Access(
                at, "read", read.reader, read.reader_role, read.reader_service,
                read.view, read.purpose, None, shield,
            )  # fmt: skip
        case AccessDenied() as denied:
            return Access(
                at, "denied", denied.reader, denied.reader_role, None,
                denied.view, None, denied.reason_code, shield,
            )  # fmt: skip
        case CommandRefused() as refused:
            return Access(
                at, "refused", refused.actor, refused.actor_role, None,
                refused.command, None, refused.code, shield,
            )  # fmt: skip
        case Event() as event:
            return _noted(entry, event)
    return None


def _noted(entry: RecordedEntry, event: Event) -> Access:
    """What somebody decided, or noted, about the reading of the case."""
    by, is_opened = entry.by, isinstance(event, BreakGlassUsed)
    return Access(
        at=entry.recorded_at,
        what="opened" if is_opened else "noted",
        who=by.ref,
        role=by.role.value,
        service=by.service,
        subject=catalogue_name(type(event)),
        purpose=None,
        code=None,
        shield=entry.shield,
    )


def _for_family(row: Access, reader: Actor) -> Access:
    who = row.who if row.who == reader.ref else None
    return Access(
        row.at, row.what, who, row.role, row.service, row.subject, row.purpose, None,
        row.shield,
    )  # fmt: skip


def access_text(view: Sequence[Access]) -> str:
    """One line for each, in the order they were recorded."""
    count = f"{len(view)} readings and refusals on record"
    return f"{count}\n{table(map(_access_row, view))}".rstrip()


def _access_row(row: Access) -> tuple[str, ...]:
    who = f"{row.who or NONE} ({', '.join(filter(None, (row.role, row.service)))})"
    remark = f"for {row.purpose}" if row.purpose else row.code or ""
    shield = f" [shielded {row.shield}]" if row.shield else ""
    return local(row.at), who, row.what, row.subject + shield, remark


# --- people ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """What an entry calls somebody."""

    name: str
    title: str | None = None
    unit: str | None = None

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.name, self.title, self.unit)))


def names(entries: Iterable[RecordedEntry]) -> dict[str, Named]:
    """Who the refs are, as the entries last called them."""
    found: dict[str, Named] = {}
    for entry in entries:
        by = entry.by
        if by.name:
            found[by.ref] = Named(by.name, by.title, by.unit)
        match entry.event:
            case (
                CaseOpened(subject_ref=ref, name=name)
                | ChildBorn(subject_ref=ref, name=str(name))
            ):
                found[ref] = Named(name)
            case GuardianRegistered(guardian_ref=ref, name=name):
                found[ref] = Named(name)
            case GuardianChanged(guardian_ref=ref, name=str(name)):
                found[ref] = Named(name)
    return found


def names_text(people: dict[str, str]) -> str:
    """A line for each ref."""
    return f"People\n{indented(table(sorted(people.items())))}"
