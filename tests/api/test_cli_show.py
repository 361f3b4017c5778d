"""`show`: a case as somebody may see it; every reading is on record first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.conftest import DEMO, REAL
from tests.api.consoles import sample

VIEWS = [
    "state",
    "timeline",
    "handovers",
    "consents",
    "measures",
    "barnevern",
    "access",
    "entries",
]
D = ("show", "d", "--tenant", DEMO)
A = ("show", "a", "--tenant", DEMO)
C = ("show", "c", "--tenant", REAL)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_shown_as_text_and_as_json(demo, view):
    assert demo.run(*D, "--view", view).stdout.strip()
    told = demo.told(*D, "--view", view)
    assert told["view"] == view
    assert told[view]


def test_the_state_of_a_case_says_where_it_stands(real):
    state = real.told(*C)["state"]
    assert (state["level"], state["is_open"]) == (3, False)
    assert state["closing_reason"] == "superseded"
    said = real.run(*C).stdout
    assert "closed 2025-11-03 (superseded)" in said
    assert "c-miljo (skole) since 2025-10-06" in said


def test_open_clocks_are_judged_on_the_day_that_is_asked_for(real):
    typed = (*C, "--view", "handovers", "--at", "2025-07-01")
    (gap,) = real.told(*typed)["handovers"]["gaps"]
    assert (gap["open"], gap["days"]) == (True, 15)
    assert "15 days, still" in real.run(*typed).stdout


def test_handovers_tell_who_held_the_baton_and_when_nobody_did(real):
    told = real.told(*C, "--view", "handovers")["handovers"]
    assert [p["holder"] for p in told["periods"]] == [
        "c-kontakt",
        "c-ppt",
        "c-uled",
        "c-miljo",
    ]
    assert [gap["days"] for gap in told["gaps"]] == [73]
    said = real.run(*C, "--view", "handovers").stdout
    assert "2025-06-17 to 2025-08-28  73 days  after c-ppt (left_job)" in said
    assert "49 days late" in said


def test_a_timeline_is_told_in_short_or_in_full(real):
    short = real.told(*C, "--view", "timeline")["timeline"]
    full = real.told(*C, "--view", "timeline", "--all")["timeline"]
    assert len(short["rows"]) == short["milestones"] < full["entries"]
    assert len(full["rows"]) == full["entries"] == 43


def test_only_the_entries_themselves_hold_their_words(demo):
    words = "Fortalte i klassen om slag hjemme."
    assert words in demo.run(*D, "--view", "entries").stdout
    for view in ("state", "timeline", "handovers", "access"):
        assert words not in demo.run(*D, "--view", view, "--all").stdout


def test_names_are_shown_to_those_who_ask_for_them(demo):
    assert "Testansatt" not in demo.run(*D).stdout
    assert "Testbarn Dagny Delta" in demo.run(*D, "--names").stdout


# --- the past -------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_the_past_says_so_in_its_first_line(demo, view):
    past = ("--as-of", "2025-12-01", "--known-at", "2026-01-02T12:00+01:00")
    said = demo.run(*D, "--view", view, *past).stdout
    first = "As of 2025-12-01 23:59, as known at 2026-01-02 12:00"
    assert said.splitlines()[0] == first
    told = demo.told(*D, "--view", view, *past)
    assert told["as_of"] == "2025-12-01T23:59:59.999999+01:00"
    assert told["known_at"] == "2026-01-02T12:00:00+01:00"
    present = demo.told(*D, "--view", view)
    assert (present["as_of"], present["known_at"]) == (None, None)


def test_the_past_is_told_by_what_had_happened_and_judged_on_its_day(real):
    state = real.told(*C, "--as-of", "2025-07-01")["state"]
    assert (state["at"], state["is_open"], state["level"]) == ("2025-07-01", True, 3)
    assert state["holder"] is None
    handovers = real.told(*C, "--view", "handovers", "--as-of", "2025-07-01")
    (gap,) = handovers["handovers"]["gaps"]
    assert (gap["open"], gap["days"]) == (True, 15)
    timeline = real.told(*C, "--view", "timeline", "--all", "--as-of", "2025-07-01")
    happened = [row["occurred_at"] for row in timeline["timeline"]["rows"]]
    assert max(happened) < "2025-07-02"


def test_before_it_was_begun_nothing_is_known_of_a_case(real):
    past = ("--known-at", "2020-01-01")
    assert "nothing on record" in real.run(*C, *past).stdout
    for view in ("entries", "access"):
        assert real.told(*C, "--view", view, *past)[view] == []


def test_what_was_recorded_is_shown_beside_what_is_right(real):
    said = real.run(*C, "--view", "timeline", "--all").stdout
    assert "next_date was 2025-03-10, corrected to 2025-03-11 by #" in said
    entries = real.told(*C, "--view", "entries")["entries"]
    (meeting,) = [entry for entry in entries if entry["corrections"]]
    assert meeting["event"]["next_date"] == "2025-03-11"
    assert meeting["corrections"][0]["was"] == "2025-03-10"
    before = real.told(*C, "--view", "entries", "--as-of", "2025-06-01")["entries"]
    assert [e["event"]["next_date"] for e in before if e["corrections"]] == [
        "2025-03-11"
    ]


def test_what_changed_since_a_day_is_a_view_and_a_reading_on_record(demo):
    typed = (*A, "--view", "changes", "--since", "2020-01-01")
    told = demo.told(*typed)["changes"]
    assert told["since"] == {
        "as_of": None,
        "known_at": "2020-01-01T23:59:59.999999+01:00",
    }
    assert (
        len(told["came"]) == demo.told(*A, "--view", "timeline")["timeline"]["entries"]
    )
    assert "closing" in {each["topic"] for each in told["differences"]}
    said = demo.run(*typed).stdout
    assert said.startswith("From as known at 2020-01-01 23:59 to now\n")
    log = demo.told(*A, "--view", "access")["access"]
    assert "changes" in {row["subject"] for row in log}


def test_what_changed_in_what_had_happened_has_a_cause(real):
    span = ("--as-of", "2025-07-01", "--since", "2025-06-01")
    told = real.told(*C, "--view", "changes", *span)["changes"]
    rows = {row["position"]: row["type"] for row in told["came"]}
    (holder,) = [d for d in told["differences"] if d["topic"] == "holder"]
    assert (holder["before"]["ref"], holder["after"]) == ("c-ppt", None)
    assert rows[holder["by"]] == "stafettholder-vacated.v1"
    said = real.run(*C, "--view", "changes", *span).stdout
    assert said.startswith("As of 2025-07-01 23:59\nFrom as of 2025-06-01 23:59 to as")
    later = ("--as-of", "2026-07-01", "--since", "2026-06-01")
    assert "Nothing changed." in real.run(*C, "--view", "changes", *later).stdout


@pytest.mark.parametrize("view", VIEWS)
def test_a_reading_is_on_record_with_reader_view_and_purpose(demo, view):
    demo.run(*A, "--view", view, "--purpose", f"kontroll {view}")
    log = demo.told(*A, "--view", "access")["access"]
    row = [row for row in log if row["purpose"] == f"kontroll {view}"][-1]
    assert (row["what"], row["subject"], row["role"]) == ("read", view, "system")
    assert row["who"].startswith("console:")


def test_a_person_reads_as_that_person(demo):
    demo.run(*A, "--by", "a-ped", "--role", "employee", "--service", "barnehage")
    log = demo.told(*A, "--view", "access")["access"]
    row = [row for row in log if row["who"] == "a-ped"][-1]
    assert (row["role"], row["service"]) == ("employee", "barnehage")


def test_a_case_somebody_may_not_see_does_not_exist_for_them_and_that_is_on_record(
    demo,
):
    stranger = ("--by", "fremmed-1", "--role", "employee", "--service", "barnevern")
    assert demo.code(*A, *stranger) == "NO_CASE"
    assert demo.code("show", "finnes-ikke", "--tenant", DEMO) == "NO_CASE"
    log = demo.told(*A, "--view", "access")["access"]
    row = [row for row in log if row["who"] == "fremmed-1"][-1]
    assert (row["what"], row["code"]) == ("denied", "NO_CASE")


def test_what_is_shielded_is_not_shown_to_those_outside(fresh):
    lines = Path(sample("d")).read_text().splitlines()
    until = next(n for n, line in enumerate(lines) if "ShieldingLifted" in line)
    fresh.run("tenant", "create", "skjermet", "--demo")
    fresh.run("import", "-", "--tenant", "skjermet", given="\n".join(lines[:until]))
    typed = ("show", "d", "--tenant", "skjermet", "--view")
    outside = ("--by", "d-fremmed", "--role", "koordinerende_enhet")
    everything = fresh.told(*typed, "entries")["entries"]
    assert any(entry["shield"] for entry in everything)
    seen = fresh.told(*typed, "entries", *outside)["entries"]
    assert [entry["type"] for entry in seen] == [
        "CaseOpened",
        "GuardianRegistered",
        "GuardianRegistered",
    ]
    for view in VIEWS:
        said = fresh.run(*typed, view, "--all", "--names", *outside).stdout
        assert "d-sk1" not in said
        assert "d-bv" not in said
    mother = ("--by", "d-mor", "--role", "guardian")
    assert fresh.code(*typed, "state", *mother) == "NO_CASE"


def test_a_family_is_told_in_which_capacity_its_log_was_read_not_by_whom(demo):
    demo.run(*D)
    mother = ("--by", "d-mor", "--role", "guardian")
    log = demo.told(*D, "--view", "access", *mother)["access"]
    assert {row["what"] for row in log} == {"read"}
    assert {row["who"] for row in log} == {None, "d-mor"}
    assert "console:" not in demo.run(*D, "--view", "access", *mother).stdout


def test_cases_are_listed_by_id_with_labels_in_a_demo_only(demo, real):
    listed = demo.told("show", "--tenant", DEMO)["cases"]
    assert {"a", "d"} <= {each["label"] for each in listed}
    in_real = real.told("show", "--tenant", REAL)["cases"]
    assert {each["label"] for each in in_real} == {None}
    (case, *_) = [each["case"] for each in in_real]
    assert real.told("show", case, "--tenant", REAL)["case"] == case
    assert case in real.run("show", "--tenant", REAL).stdout


@pytest.mark.parametrize(
    "typed",
    [
        ["show"],
        ["show", "d"],
        [*D, "--view", "everything"],
        [*D, "--at", "soon"],
        [*D, "--as-of", "soon"],
        [*D, "--known-at", "2026-03-03T09:40"],
        [*D, "--since", "2026-03-03"],
        [*D, "--view", "changes"],
        [*D, "--by", "d-larer"],
        [*D, "--role", "leader"],
        [*D, "--purpose", ""],
        ["show", "d", "--tenant", "Nes"],
        ["show", "", "--tenant", DEMO],
    ],
    ids=" ".join,
)
def test_wrong_usage_of_show_is_exit_status_2(demo, typed):
    demo.run(*typed, exits=2)
