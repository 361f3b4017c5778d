"""Nothing of a case is told by what goes wrong, nor lies in the home afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.conftest import DEMO
from tests.api.consoles import sample

NAME, NUMBER, WORDS = "Kanarifugl Testesen", "05891677711", "kanarigult sladder"
CANARIES = (NAME, NUMBER, WORDS, "kanarifugl")
WHO = ("--by", "kanarifugl-1", "--role", "stafettholder", "--service", "skole")


def line(**further: object) -> str:
    """A line that opens a case full of what must not be told."""
    child = {"subject_ref": "kanarifugl", "subject_kind": "born", "name": NAME}
    child |= {"national_id": NUMBER, "language": "nb", "profile": "fjordvik"}
    by = {"person": "kanarifugl-1", "role": "employee", "name": NAME}
    said = {"at": "2026-10-01T12:00:00+02:00", "by": by, "case": "kanarifugl"}
    return json.dumps({**said, "event": "CaseOpened", "data": child, **further})


def bad_lines() -> list[str]:
    """Lines that stop an import, each in another way."""
    return [
        line(event="NoSuchThing"),
        line(event=NAME),
        line(data={"name": NAME, WORDS: NUMBER}),
        line(data={"subject_ref": 7, "name": [NAME]}),
        line(by=NAME),
        line(at=WORDS),
        line(shield={NAME: 1}),
        line(**{WORDS: NAME}),
        line(refused=WORDS),
        line()[:-1],
        line().replace("{", '{"at": 1, ', 1),
        line(profile=WORDS),
        line(event="ConcernShared", data={WORDS: NAME}),
        line(event="CaseClosed", data={"reason": WORDS}),
    ]


SAID = json.dumps({"text": WORDS, "national_id": NUMBER, NAME: NAME})
MEETING = json.dumps(
    {"meeting_id": WORDS, "type": WORDS, "on": "2026-12-01", "invited": []}
)
RECORD = ("record", "--tenant", DEMO, "--case", NAME, *WHO, "--event")
WRONG: list[tuple[int, tuple[str, ...]]] = [  # and how it ends; a file's name tells too
    (1, (*RECORD, "MeetingScheduled", "--data", SAID)),
    (1, (*RECORD, "MeetingScheduled", "--data", MEETING)),
    (1, (*RECORD, "ConcernRaised", "--data", SAID, "--at", "2099-01-01T12:00")),
    (2, (*RECORD, "MeetingScheduled", "--data", SAID[:-1])),
    (2, (*RECORD, "MeetingScheduled", "--data", f"@{NAME}.json")),
    (2, (*RECORD, NAME, "--data", SAID)),
    (1, ("show", NAME, "--tenant", DEMO)),
    (1, ("show", NAME, "--tenant", DEMO, "--by", NAME, "--role", "employee")),
    (2, ("show", f"{NAME}\x1b[31m", "--tenant", DEMO)),
    (1, ("export", NAME, "--tenant", DEMO)),
    (2, ("import", f"{NAME}.jsonl", "--tenant", DEMO)),
]


@pytest.mark.parametrize("number", range(len(bad_lines())))
def test_a_line_that_stops_an_import_is_not_repeated(demo, number):
    said = demo.run("import", "-", "--tenant", DEMO, given=bad_lines()[number], exits=1)
    heard = said.stdout + said.stderr
    assert [canary for canary in CANARIES if canary in heard] == []
    assert "UNEXPECTED" not in heard
    assert "line 1: " in heard


@pytest.mark.parametrize("further", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize(("exits", "typed"), WRONG)
def test_what_was_typed_about_a_case_is_not_repeated(demo, exits, typed, further):
    said = demo.run(*typed, *further, exits=exits)
    heard = said.stdout + said.stderr
    assert [canary for canary in CANARIES if canary in heard] == []
    assert "UNEXPECTED" not in heard


def test_nothing_that_was_recorded_lies_in_the_home_in_clear(demo):
    labels = demo.home / "tenants" / DEMO / "labels.json"
    kept = labels.read_bytes()
    demo.run("import", "-", "--tenant", DEMO, given=line())
    demo.run("show", "kanarifugl", "--tenant", DEMO, "--view", "entries", "--names")
    bundle = demo.home / "bundle.zip"
    demo.run("publish", "--tenant", DEMO, "--once")
    demo.run("export", "kanarifugl", "--tenant", DEMO, "--out", str(bundle))
    assert NAME.encode() in bundle.read_bytes()  # whoever gets it is meant to read it
    bundle.unlink()
    assert b"kanarifugl" in labels.read_bytes()  # a demo keeps what its files say
    labels.write_bytes(kept)
    assert found_in(demo.home, [canary.encode() for canary in CANARIES]) == []


def found_in(folder: Path, canaries: list[bytes]) -> list[str]:
    """The files below a folder that hold a canary, PostgreSQL's among them."""
    return [
        f"{path}: {canary.decode()}"
        for path in folder.rglob("*")
        if path.is_file()
        for canary in canaries
        if canary in path.read_bytes()
    ]


def test_an_error_nobody_foresaw_is_told_by_its_place_alone(demo):
    labels = demo.home / "tenants" / DEMO / "labels.json"
    kept = labels.read_bytes()
    labels.write_text(f"{{{NAME}")
    try:
        said = demo.run("import", sample("a"), "--tenant", DEMO, exits=1)
    finally:
        labels.write_bytes(kept)
    assert said.stderr.startswith(
        "stafettlogg: UNEXPECTED: JSONDecodeError at api/home"
    )
    assert NAME not in said.stderr
