"""Entries name the rules they were judged by; new rules judge from their day on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.aggregates.trust import adoption_of
from ledger.application import CaseLedger
from ledger.entry import Actor
from ledger.events.access import CommandRefused
from ledger.events.event import Role
from ledger.events.trust import ProfileAdopted
from ledger.listing import Lists
from ledger.profiles import Profile, profile_named
from ledger.recorder import Conflict
from ledger.refusals import Refused
from ledger.tenant import Tenant
from ledger.writing import Writing
from tests.ledger.test_application import (
    COORDINATOR,
    HEAD_TEACHER,
    TEACHER,
    Story,
    concern,
    event,
)
from tests.tenants import OpenTenant

BY = Actor("t-sjef", Role.ADMINISTRATOR)
JULY = datetime(2026, 7, 1, 9, tzinfo=UTC)
AUGUST = datetime(2026, 8, 3, 9, tzinfo=UTC)
OPENED = event(
    "CaseOpened",
    subject_ref="t-barn",
    subject_kind="born",
    name="Testbarn Tuva",
    birth_date="2016-08-14",
    language="nb",
    profile="fjordvik",
)


def later(version: str = "2", **rules: object) -> Profile:
    """Fjordvik's rules from 1 August on."""
    said = {"version": version, "valid_from": date(2026, 8, 1), **rules}
    return profile_named("fjordvik").model_copy(update=said)


def adopt(tenant: Tenant, profile: Profile) -> bool:
    said = adoption_of(profile, tenant.keyring.tenant)
    return tenant.registry.adopt(said, by=BY, now=tenant.ledger.clock())


def judged_by(story: Story) -> list[str | None]:
    return [entry.profile for entry in story.ledger.load(story.case).entries]


def test_an_entry_names_the_version_that_holds_on_the_day_it_happened(
    opened: OpenTenant,
) -> None:
    tenant = opened.opened()
    adopt(tenant, later())
    story = Story(tenant.ledger)
    story.record(OPENED, at=JULY)
    story.record(concern("t-1"), at=AUGUST)
    story.record(concern("t-2"), at=JULY + timedelta(days=1))
    assert judged_by(story) == ["fjordvik/1", "fjordvik/2", "fjordvik/1"]
    again = opened.opened().ledger.load(story.case)
    assert [entry.profile for entry in again.entries] == judged_by(story)


def test_each_version_judges_what_happened_while_it_held(opened: OpenTenant) -> None:
    tenant = opened.opened()
    adopt(tenant, later(log_allowed_from_level=2))
    story = Story(tenant.ledger)
    story.record(OPENED, at=JULY)
    consented(story)
    log = event("StafettloggOpened", format="digital", level=1)
    with pytest.raises(Refused) as refused:
        story.record(log, by=HEAD_TEACHER, at=AUGUST)
    assert refused.value.code == "LEVEL_RULE"
    story.record(log, by=HEAD_TEACHER, at=JULY + timedelta(days=2))
    streams = tenant.ledger.load(story.case).streams
    told = [entry.event for entry in tenant.ledger.access_log(streams)]
    (record,) = [said for said in told if isinstance(said, CommandRefused)]
    assert record.profile_version == "fjordvik/2"


def consented(story: Story) -> None:
    for said in (
        event(
            "GuardianRegistered",
            guardian_ref="t-mor",
            name="Testforelder Tone",
            authority="foreldreansvar",
            source="skole",
        ),
        event(
            "ConsentGiven",
            consent_id="s-1",
            kind="log_participation",
            giver_ref="t-mor",
            giver_capacity="guardian",
            services=["skole"],
            categories=["skole"],
            exclusions=[],
            form="written",
            valid_from="2026-07-01",
            valid_to="2027-06-30",
            info_items=[],
            language="nb",
        ),
    ):
        story.record(said, by=HEAD_TEACHER, at=JULY + timedelta(days=1))


def test_a_process_at_work_learns_of_rules_that_another_one_adopts(
    opened: OpenTenant,
) -> None:
    tenant = opened.opened()
    story = Story(tenant.ledger)
    story.record(OPENED, at=JULY)
    adopt(opened.opened(), later())
    story.record(concern("t-1"), at=AUGUST)
    assert judged_by(story) == ["fjordvik/1", "fjordvik/2"]


def test_what_was_decided_while_rules_changed_is_decided_again(
    opened: OpenTenant,
) -> None:
    tenant = opened.opened()
    story = Story(tenant.ledger)
    story.record(OPENED, at=JULY)
    writing = Writing(tenant.ledger, tenant.ledger.load(story.case))
    now = tenant.ledger.clock()
    writing.add(concern("t-1"), by=TEACHER, occurred_at=AUGUST, now=now)
    adopt(opened.opened(), later())
    with pytest.raises(Conflict):
        writing.commit([])


def test_rules_are_put_on_record_once(opened: OpenTenant) -> None:
    tenant = opened.opened()
    assert adopt(tenant, later())
    assert not adopt(tenant, later())
    (said,) = [
        entry
        for entry in opened.opened().registry.entries()
        if isinstance(entry.event, ProfileAdopted)
    ]
    assert said.by == BY
    assert tenant.registry.book().named("fjordvik/2") == later()


def test_other_rules_under_a_version_that_was_adopted_are_refused(
    opened: OpenTenant,
) -> None:
    tenant = opened.opened()
    adopt(tenant, later())
    with pytest.raises(Refused) as refused:
        adopt(tenant, later(clarify_days=3))
    assert refused.value.code == "PROFILE_INVALID"
    assert tenant.registry.book().named("fjordvik/2") == later()


def test_a_municipality_may_adopt_a_profile_of_its_own(opened: OpenTenant) -> None:
    tenant = opened.opened()
    adopt(tenant, later(id="testvik", version="1"))
    story = Story(tenant.ledger)
    story.record(OPENED.model_copy(update={"profile": "testvik"}), at=AUGUST)
    assert judged_by(story) == ["testvik/1"]


def seen_by(ledger: CaseLedger, story: Story) -> str:
    reading = ledger.read(story.case, by=TEACHER, view="state", purpose="oppfølging")
    return reading.rules.pin


def test_a_case_is_seen_by_the_newest_rules_that_its_entries_name(
    opened: OpenTenant,
) -> None:
    tenant = opened.opened()
    adopt(tenant, later())
    story = Story(tenant.ledger)
    story.record(OPENED, at=JULY)
    assert seen_by(tenant.ledger, story) == "fjordvik/1"
    story.record(concern("t-1"), at=AUGUST)
    assert seen_by(tenant.ledger, story) == "fjordvik/2"
    story.record(concern("t-2"), at=JULY)
    assert seen_by(tenant.ledger, story) == "fjordvik/2"


def test_a_list_shows_a_case_by_those_rules_too(opened: OpenTenant) -> None:
    tenant, follower = opened.opened(), opened.follower()
    lists = Lists(tenant, opened.pool(opened.schemas.ledger()))
    story = Story(tenant.ledger)
    story.record(OPENED, at=JULY)
    follower.catch_up()
    adopt(tenant, later(clarify_days=40))
    story.record(concern("t-1"), at=AUGUST)
    follower.catch_up()
    page = lists.register(by=COORDINATOR, purpose="oversikt")
    (due,) = page.items[0].line.due
    assert due.on == date(2026, 8, 3) + timedelta(days=40)
