"""A supervisor reads by a grant on record: these views, sectors and days, no others."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from audit.report import Standing
from audit.verify import verify_bundle
from ledger.application import Reading
from ledger.entry import Actor, StreamKind
from ledger.events.access import AccessRecorded
from ledger.events.correction import EntryCorrected
from ledger.events.event import Role
from ledger.exporting import bundle_of, export_bundle
from ledger.importing import Importer
from ledger.refusals import Refused
from ledger.writing import SYSTEM
from tests.ledger.test_application import (
    COORDINATOR,
    HEAD_TEACHER,
    MORNING,
    STRANGER,
    Story,
    concern,
    event,
    opening,
)
from tests.tenants import OpenTenant

SUPERVISOR = Actor("t-tilsyn", Role.SUPERVISOR, "statsforvalter")
ANOTHER = Actor("t-tilsyn-2", Role.SUPERVISOR, "statsforvalter")
OFFICER = Actor("t-ombud", Role.PRIVACY_OFFICER)

TAKEN_UP = event(
    "SupervisoryCaseOpened",
    supervisory_case="ts-1",
    authority="statsforvalter",
    basis=[{"act": "opplæringslova", "section": "tilsyn", "sector": "skole"}],
    period_from="2026-01-01",
    period_to="2026-09-01",
)
CLOSED = event("SupervisoryCaseClosed", supervisory_case="ts-1", result="no_breach")
REVOKED = event("GrantRevoked", grant_id="tg-1", reason="Ferdig.")
HEARD = event(
    "ChildViewRecorded",
    form="1.1",
    about="plan",
    view="Vil ha en venn.",
    approved_by_child=True,
)
FLAG = event("RiskFlagRaised", flag_id="f-1", kind="violence", reason="Fortalte.")


PROTECTED = event(
    "ProtectedAddressSet",
    subject_ref="t-barn",
    grade="fortrolig",
    valid_to="2027-09-01",
    source="freg",
)


def corrected(concern_id: str, wrong: str):
    return event(
        "EntryCorrected",
        target={"event": "ConcernRaised", "concern_id": concern_id},
        field="text",
        wrong=wrong,
        right="Sa noe annet.",
        reason="Feil.",
        requested_by="t-rektor",
    )


def granted(**said: object):
    usual = {
        "grant_id": "tg-1",
        "supervisory_case": "ts-1",
        "persons": ["t-tilsyn"],
        "views": ["entries", "bundle"],
        "sectors": ["skole"],
        "until": (MORNING + timedelta(days=20)).date().isoformat(),
        "officers": ["t-ombud", "t-arkiv"],
    }
    return event("AccessGranted", **{**usual, **said})


@pytest.fixture
def story(opened: OpenTenant) -> Story:
    """A supervised case with something shielded."""
    now = MORNING
    ledger = opened.opened().ledger
    ledger.clock = lambda: now
    story = Story(ledger)
    story.record(opening())
    story.record(FLAG, by=HEAD_TEACHER)
    story.record(TAKEN_UP, by=SUPERVISOR)
    story.record(HEARD, by=HEAD_TEACHER)
    return story


def read(story: Story, by: Actor = SUPERVISOR, view: str = "entries") -> Reading:
    return story.ledger.read(story.case, by=by, view=view, purpose="tilsyn")


def refused(story: Story, by: Actor = SUPERVISOR, view: str = "entries") -> str:
    with pytest.raises(Refused) as refusal:
        read(story, by, view)
    return refusal.value.code


def beside(story: Story) -> list[AccessRecorded]:
    streams = story.ledger.load(story.case).streams
    log = story.ledger.access_log(streams)
    return [e.event for e in log if isinstance(e.event, AccessRecorded)]


def test_a_supervisory_case_alone_lets_nobody_read(story: Story) -> None:
    assert refused(story) == "NO_CASE"


def test_a_grant_lets_its_persons_read_its_views_of_every_stream(story: Story) -> None:
    story.record(granted(), by=OFFICER)
    reading = read(story)
    kinds = {entry.stream_kind for entry in reading.entries}
    assert kinds == {StreamKind.SHARED, StreamKind.SHIELDED}
    assert refused(story, view="timeline") == "NO_CASE"
    assert refused(story, by=ANOTHER) == "NO_CASE"


def test_a_grant_shows_nothing_of_another_sector(story: Story) -> None:
    sector = [{"act": "a", "section": "1", "sector": "ppt"}]
    other = json.loads(TAKEN_UP.model_dump_json()) | {
        "supervisory_case": "ts-2",
        "basis": sector,
    }
    story.record(event("SupervisoryCaseOpened", **other), by=SUPERVISOR)
    wanted = granted(supervisory_case="ts-2", sectors=["ppt"])
    story.record(wanted, by=OFFICER)
    shown = [entry.event.NAME for entry in read(story).entries]
    assert shown == ["case-opened.v1", TAKEN_UP.NAME, TAKEN_UP.NAME]


def test_a_reading_by_a_grant_is_on_record_beside_every_stream(story: Story) -> None:
    story.record(granted(), by=OFFICER)
    read(story)
    assert [each.grant_id for each in beside(story)] == ["tg-1", "tg-1"]


@pytest.mark.parametrize("ending", ["revoked", "case closed", "last day over"])
def test_a_grant_that_has_ended_lets_nobody_read(story: Story, ending: str) -> None:
    story.record(granted(), by=OFFICER)
    read(story)
    if ending == "revoked":
        story.record(REVOKED, by=OFFICER)
    elif ending == "case closed":
        story.record(CLOSED, by=SUPERVISOR, on_view=read(story).tag)
    else:
        over = MORNING + timedelta(days=21)
        story.ledger.clock = lambda: over
    assert refused(story) == "NO_CASE"


def test_a_grant_is_known_in_another_process(opened: OpenTenant, story: Story) -> None:
    story.record(granted(), by=OFFICER)
    elsewhere = opened.opened().ledger
    elsewhere.clock = story.ledger.clock
    found = elsewhere.read(story.case, by=SUPERVISOR, view="entries", purpose="tilsyn")
    assert found.entries == read(story).entries


def test_a_decision_on_a_grant_makes_no_view_old(story: Story) -> None:
    before = story.tag()
    story.record(granted(), by=OFFICER)
    assert story.tag() == before


def test_a_grant_sent_again_is_granted_once(story: Story) -> None:
    first = story.record(granted(), by=OFFICER, key="again")
    assert story.record(granted(), by=OFFICER, key="again") == first
    assert first.version is None  # who may not read is not told how much is read


def test_a_grant_that_is_refused_is_on_record_as_refused(story: Story) -> None:
    with pytest.raises(Refused, match="ONE_OFFICER"):
        story.record(granted(officers=["t-ombud"]), by=OFFICER)
    assert refused(story) == "NO_CASE"


def test_evidence_by_a_grant_holds_its_sectors_and_verifies(
    opened: OpenTenant, story: Story
) -> None:
    sector = [{"act": "a", "section": "1", "sector": "ppt"}]
    other = json.loads(TAKEN_UP.model_dump_json())
    other |= {"supervisory_case": "ts-2", "basis": sector}
    story.record(event("SupervisoryCaseOpened", **other), by=SUPERVISOR)
    story.record(granted(supervisory_case="ts-2", sectors=["ppt"]), by=OFFICER)
    opened.publisher().publish()
    tenant = opened.opened()
    tenant.ledger.clock = story.ledger.clock
    packed = export_bundle(
        tenant, story.case, log=opened.log, by=SUPERVISOR, purpose="tilsyn"
    )
    report = verify_bundle(packed, tenant.policy(), allow_unwitnessed=True)
    assert report.ok, report.as_text()
    assert report.counts[Standing.SEALED] == 2  # the flag, and what the child said


def test_evidence_holds_nothing_of_other_sectors_that_came_after_the_reading(
    opened: OpenTenant, story: Story
) -> None:
    story.record(granted(), by=OFFICER)
    reading = read(story, view="bundle")
    story.record(HEARD, by=COORDINATOR)
    opened.publisher().publish()
    tenant = opened.opened()
    packed = bundle_of(tenant, reading, log=opened.log, by=SUPERVISOR)
    report = verify_bundle(packed, tenant.policy(), allow_unwitnessed=True)
    assert report.ok, report.as_text()
    assert report.counts[Standing.SEALED] == 1


def test_a_notice_under_a_shield_stands_beside_that_shield(
    story: Story,
) -> None:
    shared, shielded = story.ledger.load(story.case).streams
    notice = event("NoticeSent", to_person="t-rektor", kind="task", channel="file")
    story.record(notice, by=SYSTEM, shield=shielded.shield)
    assert [e.event for e in story.ledger.access_log([shielded])] == [notice]
    assert notice not in [e.event for e in story.ledger.access_log([shared])]


def test_a_history_file_grants_and_revokes(opened: OpenTenant) -> None:
    def line(at: str, by: dict[str, str], what: str, **data: object) -> bytes:
        about = {"at": at, "by": by, "case": "g", "event": what, "data": data}
        return json.dumps(about).encode()

    teacher = {"person": "t-larer", "role": "employee", "service": "skole"}
    officer = {"person": "t-ombud", "role": "privacy_officer"}
    authority = {"person": "t-tilsyn", "role": "supervisor"}
    lines = [
        line(f"2026-09-0{day}T09:00:00+02:00", by, type(what).__name__, **fields(what))
        for day, (by, what) in enumerate(
            [
                (teacher, opening("14882112347")),
                (authority, TAKEN_UP),
                (officer, granted()),
                (officer, REVOKED),
            ],
            start=1,
        )
    ]
    importer = Importer(opened.opened().ledger, on_file_clock=True)
    (outcome,) = importer.run(lines)
    assert outcome.recorded == 4
    (again,) = importer.run(lines)
    assert again.skipped == 4


def fields(what) -> dict[str, object]:
    return json.loads(what.model_dump_json(exclude_none=True))


@pytest.mark.parametrize("corrector", [OFFICER, HEAD_TEACHER])
def test_a_correction_is_shown_with_what_it_corrects_alone(
    story: Story, corrector: Actor
) -> None:
    said = "Sa noe til PPT."
    story.record(concern("t-ppt", said), by=STRANGER)
    story.record(concern("t-skole", "Er mye alene."))
    story.record(corrected("t-ppt", said), by=corrector)
    story.record(corrected("t-skole", "Er mye alene."), by=corrector)
    story.record(granted(), by=OFFICER)
    told = [
        e.event for e in read(story).recorded if isinstance(e.event, EntryCorrected)
    ]
    assert [event.target.ids for event in told] == [{"concern_id": "t-skole"}]


@pytest.mark.parametrize("opened_too", [True, False, None])
def test_protected_addresses_are_shown_by_a_grant_that_says_so(
    story: Story, opened_too: bool | None
) -> None:
    story.record(PROTECTED, by=HEAD_TEACHER)
    said = {} if opened_too is None else {"protected_addresses": opened_too}
    story.record(granted(**said), by=OFFICER)
    reading = read(story)
    shown = any(entry.event.NAME == PROTECTED.NAME for entry in reading.recorded)
    assert shown is (opened_too is True)
    assert bool(reading.state.people.protected) is shown
