"""What is recorded: an invented child's case, in the same words on both sides."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ledger.entry import Actor, Entry, StreamKind
from ledger.events.child import ChildViewRecorded
from ledger.events.concern import CaseOpened, ConcernRaised, ObservationRecorded
from ledger.events.event import Event, Role
from ledger.recorder import Head

TEACHER = Actor(
    ref="b-teacher",
    role=Role.EMPLOYEE,
    service="barnehage",
    unit="Solbakken barnehage",
    name="Testansatt Berit Bravo",
    title="pedagogisk leder",
    auth="oidc",
)
OPENING = CaseOpened(
    subject_ref="b-barn",
    subject_kind="born",
    name="Testbarn Birk Bravo",
    language="nb",
    profile="fjordvik",
)
CONCERN = "b-concern-1"
WORRY = ConcernRaised(
    concern_id=CONCERN,
    area="1.2.03",
    observed_from=date(2026, 8, 20),
    source="employee",
    text="Er mye alene.",
)
SEEN = (
    "Satt for seg selv under samlingsstunden og ville ikke være med ut. Spiste ikke"
    " matpakken. Sa at hun ikke hadde sovet, og at det hadde vært mye bråk hjemme."
    " Rolig igjen da bestemor hentet klokken tre."
)
SAID = "Jeg vil helst være inne når de andre leker ute, fordi det blir så mye bråk."
DAY = "2026-09-01"


def observation() -> ObservationRecorded:
    """An everyday fact, read from JSON as a request is."""
    return ObservationRecorded(
        concern_id=CONCERN,
        arena="kindergarten",
        facts=SEEN,
        period_from=datetime.fromisoformat(DAY).date(),
        period_to=datetime.fromisoformat(DAY).date(),
    )


def view() -> ChildViewRecorded:
    """What the child thinks."""
    return ChildViewRecorded(
        form="1.1", about=f"concern:{CONCERN}", view=SAID, approved_by_child=True
    )


def series(length: int) -> list[Event]:
    """A plausible case of so many entries: the opening, then what is seen and said."""
    facts = [view() if n % 10 == 0 else observation() for n in range(2, length)]
    return [OPENING, WORRY, *facts][:length]


def entry_after(head: Head, case: UUID, event: Event, now: datetime) -> Entry[Event]:
    """The next entry of a shared stream."""
    return Entry(
        event=event,
        case=case,
        by=TEACHER,
        occurred_at=now,
        recorded_at=now,
        stream=head.stream,
        stream_kind=StreamKind.SHARED,
        version=head.version + 1,
        previous=head.leaf,
        basis=type(event).BASIS,
    )
