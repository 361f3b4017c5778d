"""One's own deadlines as a calendar, over HTTP."""

from __future__ import annotations

from ledger.events.access import AccessRecorded
from tests.api.test_calendar import unfolded

WHERE = "/api/v1/my-cases/calendar"
FOLLOW_UP = {"purpose": "follow_up"}


def dues(as_, person):
    items = as_(person).get("/api/v1/my-cases", params=FOLLOW_UP).json()["items"]
    return [(item, due) for item in items for due in item["line"]["due"]]


def test_ones_deadlines_are_days_with_a_link_to_the_case(as_, followed):
    followed()
    answer = as_("dina").get(WHERE, params=FOLLOW_UP)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = unfolded(answer.content)
    found = dues(as_, "dina")
    assert found
    for item, due in found:
        assert f"DTSTART;VALUE=DATE:{due['on'].replace('-', '')}" in lines
        assert any(line.endswith(f"/saker/{item['case']}") for line in lines)


def test_a_calendar_names_nobody_and_no_service(as_, followed):
    followed()
    told = as_("dina").get(WHERE, params=FOLLOW_UP).text.lower()
    assert not [word for word in ("test", "skole", "d-mor", "d-larer") if word in told]


def test_a_calendar_is_in_the_readers_language(as_, followed):
    client = as_("dina")
    told = client.get(WHERE, params=FOLLOW_UP, headers={"Accept-Language": "en"}).text
    assert "NAME:Deadlines" in told


def test_a_calendar_is_a_reading_of_the_list_and_on_record(as_, service, followed):
    followed()
    as_("dina").get(WHERE, params=FOLLOW_UP)
    (parts,) = (tenant.parts for tenant in service.tenants.values())
    head = parts.recorder.max_notification_id()
    (sealed,) = parts.recorder.sealed_after(head - 1, 1)
    event = parts.mapper.to_domain_event(sealed).event
    assert isinstance(event, AccessRecorded)
    assert (event.reader, event.view) == ("d-larer", "my_cases")
    assert event.cases


def test_a_calendar_says_what_it_is_read_for(as_):
    assert as_("dina").get(WHERE).json()["code"] == "PURPOSE"


def test_the_family_has_no_list_of_cases_and_no_calendar(as_):
    assert as_("cathrine").get(WHERE, params=FOLLOW_UP).status_code == 404
