"""A history file over HTTP: whole or not at all, and by an administrator."""

from __future__ import annotations

import json
from uuid import uuid4

from api.routes.imports import MAX_FILE

LINES = {"Content-Type": "application/jsonl"}
BY = {"person": "t-larer", "role": "employee", "service": "skole"}
AT = "2026-03-11T09:40:00+01:00"
OPENED = {
    "subject_ref": "t-barn",
    "subject_kind": "born",
    "name": "Testbarn India",
    "profile": "fjordvik",
    "language": "se",
}
HEARD = {
    "form": "1.1",
    "about": "plan",
    "view": "Kanarifugl",
    "approved_by_child": True,
}


def history(*events: tuple[str, dict], **more: str) -> bytes:
    label = f"i-{uuid4()}"
    return b"\n".join(
        json.dumps(
            {"at": AT, "by": BY, "case": label, "event": name, "data": data, **more}
        ).encode()
        for name, data in events
    )


def send(client, content: bytes, headers=LINES):
    return client.post("/api/v1/imports", content=content, headers=headers)


def test_a_file_is_recorded_and_sent_again_records_nothing(as_):
    content = history(("CaseOpened", OPENED), ("ChildViewRecorded", HEARD))
    first, again = (send(as_("adam"), content) for _ in range(2))
    assert first.status_code == 200, first.text
    (case,) = first.json()["cases"]
    assert (case["recorded"], case["skipped"]) == (2, 0)
    assert again.json()["cases"][0] == {**case, "recorded": 0, "skipped": 2}


def test_a_bad_line_is_named_and_nothing_is_recorded(as_):
    content = history(("CaseOpened", OPENED), ("ChildViewRecorded", {"view": "Kanari"}))
    answer = send(as_("adam"), content)
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["line"]) == ("INVALID", 2)
    assert "Kanari" not in answer.text
    good = content.replace(b'{"view": "Kanari"}', json.dumps(HEARD).encode())
    assert send(as_("adam"), good).json()["cases"][0]["recorded"] == 2


def test_a_line_that_the_rules_refuse_names_the_rule(as_):
    answer = send(as_("adam"), history(("ChildViewRecorded", HEARD)))
    assert (answer.status_code, answer.json()["code"]) == (422, "NO_CASE")
    assert answer.json()["line"] == 1


def test_a_line_that_is_not_strict_json_is_named(as_):
    content = history(("CaseOpened", OPENED)) + b'\n{"a": 1, "a": 2}'
    answer = send(as_("adam"), content)
    assert (answer.json()["code"], answer.json()["line"]) == ("BODY_JSON", 2)


def test_only_an_administrator_imports(as_):
    for person in ("kim", "cato", "cathrine", "tor"):
        answer = send(as_(person), b"")
        assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_ROLE")


def test_a_file_may_be_larger_than_a_body_but_not_endless(as_):
    lines = b"\n" + b" " * 300_000
    assert send(as_("adam"), lines).json()["code"] == "BODY_JSON"
    answer = send(as_("adam"), b" " * (MAX_FILE + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_a_file_is_json_lines(as_):
    answer = send(as_("adam"), b"{}", {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (415, "MEDIA_TYPE")
