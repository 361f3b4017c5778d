"""`import`, `record` and `export`: what goes into cases and out of them."""

from __future__ import annotations

import json
import stat
import zipfile
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from audit.verify import verify_bundle
from tests.api.conftest import DEMO, REAL
from tests.api.consoles import Console, sample

_numbers = count(1)
TEACHER = ("--by", "d-larer", "--role", "stafettholder", "--service", "skole")
LEADER = ("--by", "d-rektor", "--role", "leader", "--service", "skole")


def meeting(number: int | None = None, **further: object) -> str:
    """The fields of a meeting that nobody has been called to yet."""
    number = next(_numbers) if number is None else number
    said = {"meeting_id": f"m-{number}", "type": "samarbeidsmote", "on": "2026-12-01"}
    return json.dumps({**said, "invited": ["d-mor"], **further})


def record(
    event: str, data: str, *who: str, case: str = "d", tenant: str = DEMO
) -> tuple[str, ...]:
    typed = ("record", "--tenant", tenant, "--case", case, "--event", event)
    return (*typed, "--data", data, *who)


# --- import ---------------------------------------------------------------------------


def test_a_history_imported_again_is_skipped(demo):
    again = demo.told("import", sample("d"), "--tenant", DEMO)
    (case,) = again["cases"]
    assert (case["recorded"], case["skipped"]) == (0, 28)
    assert (
        "28 on record before"
        in demo.run("import", sample("d"), "--tenant", DEMO).stdout
    )


def test_a_history_is_read_from_stdin_too(demo):
    content = Path(sample("a")).read_bytes()
    told = demo.told("import", "-", "--tenant", DEMO, given=content)
    assert [case["label"] for case in told["cases"]] == ["a"]


def test_a_demo_is_recorded_on_the_clock_of_its_file_and_a_real_case_now(demo, real):
    def newest(console: Console, tenant: str, case: str) -> str:
        told = console.told("show", case, "--tenant", tenant, "--view", "entries")
        return max(entry["recorded_at"] for entry in told["entries"])

    assert newest(demo, DEMO, "a") < "2026-03"
    entries = real.told("show", "c", "--tenant", REAL, "--view", "entries")["entries"]
    assert all(entry["recorded_at"] > "2026-09" for entry in entries)
    assert all(entry["occurred_at"] < "2026-02" for entry in entries)


def test_a_bad_line_stops_an_import_by_number_and_code_and_records_nothing(demo):
    good, *_ = Path(sample("a")).read_text().splitlines()
    line = json.loads(good) | {"case": "ny", "event": "ConcernGraded", "data": {}}
    content = "\n".join([good.replace('"case": "a"', '"case": "ny"'), json.dumps(line)])
    error = demo.told("import", "-", "--tenant", DEMO, given=content, exits=1)["error"]
    assert (error["code"], error["line"]) == ("INVALID", 2)
    assert "Nothing of the file was recorded" in error["message"]
    assert demo.code("show", "ny", "--tenant", DEMO) == "NO_CASE"


def test_a_refused_line_stops_an_import_by_its_refusal_code(demo):
    lines = Path(sample("d")).read_text().splitlines()
    second = json.loads(lines[0]) | {"case": "ny-2", "refused": "CLOSED"}
    error = demo.told(
        "import", "-", "--tenant", DEMO, given=json.dumps(second), exits=1
    )["error"]
    assert error["code"] == "CASE_EXISTS"
    said = demo.run("import", "-", "--tenant", DEMO, given=json.dumps(second), exits=1)
    assert said.stderr.startswith("stafettlogg: CASE_EXISTS: line 1: ")
    assert said.stdout == ""


# --- record ---------------------------------------------------------------------------


def test_what_is_recorded_is_answered_with_a_receipt(demo):
    receipt = demo.told(*record("MeetingScheduled", meeting(), *TEACHER))
    assert UUID(receipt["case"]).version == 5
    assert len(receipt["leaf"]) == len(receipt["key_id"]) == 64
    UUID(receipt["request_key"])
    said = demo.run(*record("MeetingScheduled", meeting(), *TEACHER)).stdout
    assert said.startswith("Recorded.\n")
    assert f"position     {receipt['position'] + 1}\n" in said


def test_the_same_key_and_time_record_once(demo):
    data = meeting()
    request = record("MeetingScheduled", data, *TEACHER, "--key", "k-1")
    at = ("--at", "2026-11-02T10:00")
    first = demo.told(*request, *at)
    assert demo.told(*request, *at) == first
    other = record("MeetingScheduled", meeting(), *TEACHER, "--key", "k-1")
    assert demo.code(*other, *at) == "KEY_REUSED"


def test_a_key_without_a_time_could_not_be_repeated_and_is_wrong_usage(demo):
    demo.run(*record("MeetingScheduled", meeting(), *TEACHER, "--key", "k-2"), exits=2)


def test_fields_come_from_a_file_or_stdin_where_nobody_else_can_read_them(
    demo, tmp_path
):
    file = tmp_path / "fields.json"
    file.write_text(meeting())
    demo.run(*record("MeetingScheduled", f"@{file}", *TEACHER))
    demo.run(*record("MeetingScheduled", "-", *TEACHER), given=meeting())


def test_a_time_without_offset_is_meant_in_oslo(demo):
    receipt = demo.told(
        *record("MeetingScheduled", meeting(), *TEACHER, "--at", "2026-10-01T12:00")
    )
    assert receipt["occurred_at"] == "2026-10-01T12:00:00+02:00"


def test_who_acted_is_recorded_as_known_to_the_console_alone(demo):
    receipt = demo.told(
        *record("MeetingScheduled", meeting(), *TEACHER, "--name", "Testansatt Tea")
    )
    shown = demo.told("show", "d", "--tenant", DEMO, "--view", "entries", "--names")
    entry = next(e for e in shown["entries"] if e["position"] == receipt["position"])
    assert (entry["who"], entry["role"]) == ("d-larer", "stafettholder")
    assert shown["people"]["d-larer"] == "Testansatt Tea"


def test_a_case_is_named_by_its_id_too(demo):
    listed = demo.told("show", "--tenant", DEMO)["cases"]
    (case,) = [each["case"] for each in listed if each["label"] == "d"]
    receipt = demo.told(*record("MeetingScheduled", meeting(), *TEACHER, case=case))
    assert receipt["case"] == case


def test_a_new_case_is_opened_by_a_label_which_only_a_demo_keeps(demo, real):
    child = {
        "subject_ref": "barn",
        "subject_kind": "born",
        "name": "Testbarn Nora",
        "language": "nb",
        "profile": "fjordvik",
    }
    who = ("--by", "x-larer", "--role", "employee", "--service", "skole")
    for console, tenant in ((demo, DEMO), (real, REAL)):
        opening = record(
            "CaseOpened", json.dumps(child), *who, case="ny-sak", tenant=tenant
        )
        receipt = console.told(*opening)
        listed = console.told("show", "--tenant", tenant)["cases"]
        kept = "ny-sak" if tenant == DEMO else None
        assert {"case": receipt["case"], "label": kept} in listed


def test_a_refusal_is_answered_with_its_code_and_meaning_and_goes_on_record(demo):
    data = json.dumps({"holder": "x", "service": "skole", "from_date": "2026-11-01"})
    said = demo.run(*record("StafettholderAppointed", data, *LEADER), exits=1)
    assert said.stdout == ""
    assert said.stderr == (
        "stafettlogg: HOLDER_EXISTS: The case has a holder; propose a handover.\n"
    )
    log = demo.told("show", "d", "--tenant", DEMO, "--view", "access")["access"]
    assert any(
        (row["what"], row["subject"], row["code"])
        == ("refused", "StafettholderAppointed", "HOLDER_EXISTS")
        for row in log
    )


def test_fields_that_do_not_fit_are_named_and_nothing_else(demo):
    data = json.dumps({"meeting_id": 7, "type": "m", "Testord Kanari": 1})
    said = demo.run(*record("MeetingScheduled", data, *TEACHER), exits=1)
    assert "INVALID: the data does not fit: meeting_id (string type)" in said.stderr
    assert "invited (missing)" in said.stderr
    assert "a field that is not known" in said.stderr
    assert "Kanari" not in said.stderr + said.stdout


@pytest.mark.parametrize(
    ("event", "data", "further"),
    [
        ("ConcernRased", "{}", TEACHER),
        ("AccessRecorded", "{}", TEACHER),
        ("SigningKeyIntroduced", "{}", TEACHER),
        ("MeetingScheduled", "{", TEACHER),
        ("MeetingScheduled", '{"a": 1, "a": 1}', TEACHER),
        ("MeetingScheduled", "@no-such-file", TEACHER),
        ("MeetingScheduled", "{}", ()),
        ("MeetingScheduled", "{}", ("--by", "x", "--role", "boss")),
        ("MeetingScheduled", "{}", ("--by", "", "--role", "leader")),
        ("MeetingScheduled", "{}", ("--by", "x\x1b[2J", "--role", "leader")),
        ("MeetingScheduled", "{}", (*TEACHER, "--at", "yesterday")),
        ("MeetingScheduled", "{}", (*TEACHER, "--at", "2026-10-01")),
    ],
)
def test_wrong_usage_of_record_is_exit_status_2(demo, event, data, further):
    demo.run(*record(event, data, *further), exits=2)


def test_a_slip_in_an_event_is_answered_with_the_nearest(demo):
    said = demo.run(*record("ConcernRased", "{}", *TEACHER), exits=2)
    assert "did you mean ConcernRaised?" in said.stderr


# --- events ---------------------------------------------------------------------------


def test_every_event_that_people_record_is_listed(demo):
    listed = {each["event"] for each in demo.told("events")["events"]}
    assert {"ConcernRaised", "HandoverProposed", "CaseClosed"} <= listed
    assert listed.isdisjoint({"AccessRecorded", "CommandRefused", "CheckpointMade"})
    assert "ConcernRaised" in demo.run("events").stdout


def test_the_fields_of_an_event_are_told_in_words_and_as_a_schema(demo):
    said = demo.run("events", "HandoverProposed").stdout
    assert "transition | level | leave | family_wish" in said
    assert "to_holder      required  ref" in said
    schema = demo.told("events", "HandoverProposed")
    assert schema["properties"]["to_holder"]["format"] == "ref"
    demo.run("events", "NoSuchThing", exits=2)


# --- export ---------------------------------------------------------------------------


@pytest.fixture
def bundle(demo, tmp_path) -> Path:
    file = tmp_path / "bundle.zip"
    demo.run("export", "a", "--tenant", DEMO, "--out", str(file))
    return file


def test_an_exported_bundle_is_proved_by_the_verifier(demo, bundle):
    policy = (demo.home / "tenants" / DEMO / "policy").read_text()
    report = verify_bundle(bundle, policy, allow_unwitnessed=True)
    assert report.ok, report.as_text()


def test_a_bundle_is_for_nobody_else_to_read(bundle):
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


def test_a_bundle_never_replaces_a_file_unless_it_is_told_to(demo, bundle):
    before = bundle.read_bytes()
    typed = ("export", "d", "--tenant", DEMO, "--out", str(bundle))
    assert demo.code(*typed) == "FILE_EXISTS"
    assert bundle.read_bytes() == before
    demo.run(*typed, "--force")
    assert bundle.read_bytes() != before


def test_without_a_name_a_bundle_is_named_by_the_case_id_not_by_its_label(
    demo, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    told = demo.told("export", "a", "--tenant", DEMO)
    assert [path.name for path in tmp_path.iterdir()] == [f"{told['case']}.zip"]


def test_whoever_exports_is_told_what_is_not_published_yet(demo, tmp_path):
    demo.run("publish", "--tenant", DEMO, "--once")
    demo.run(*record("MeetingScheduled", meeting(), *TEACHER))
    typed = ("export", "d", "--tenant", DEMO, "--force", "--out")
    said = demo.run(*typed, str(tmp_path / "1.zip")).stdout
    assert "1 newer entries are not in it" in said
    demo.run("publish", "--tenant", DEMO, "--once")
    assert demo.told(*typed, str(tmp_path / "2.zip"))["newer_entries"] == 0


def test_a_bundle_may_carry_the_verifier(demo, tmp_path):
    file = tmp_path / "bundle.zip"
    typed = ("export", "a", "--tenant", DEMO, "--with-verifier", "--out", str(file))
    demo.run(*typed)
    with zipfile.ZipFile(file) as archive:
        assert "verify.pyz" in archive.namelist()


def test_what_is_not_published_cannot_be_exported(real, tmp_path):
    file = tmp_path / "bundle.zip"
    typed = ("export", "c", "--tenant", REAL, "--out", str(file))
    assert real.code(*typed) == "NOT_PUBLISHED"
    assert not file.exists()


def test_a_case_that_somebody_may_not_see_is_not_exported_for_them(demo, tmp_path):
    file = tmp_path / "bundle.zip"
    typed = ("export", "d", "--tenant", DEMO, "--out", str(file))
    stranger = ("--by", "fremmed", "--role", "employee", "--service", "barnehage")
    assert demo.code(*typed, *stranger) == "NO_CASE"
    assert not file.exists()
