"""Process rules over HTTP: who may adopt them, and what entries then name."""

from __future__ import annotations

from importlib.resources import files
from uuid import uuid4

SHIPPED = files("ledger.profiles").joinpath("fjordvik.toml").read_text("utf-8")
TOML = {"Content-Type": "application/toml"}


def rules() -> tuple[str, str]:
    """The id and the text of rules that nobody has adopted yet."""
    profile = f"t-{uuid4()}"
    return profile, SHIPPED.replace('id = "fjordvik"', f'id = "{profile}"', 1)


def adopt(client, text: str):
    return client.post("/api/v1/profiles", content=text.encode(), headers=TOML)


def test_a_municipality_adopts_rules_once_and_opens_cases_under_them(as_):
    profile, text = rules()
    first, again = (adopt(as_("adam"), text) for _ in range(2))
    assert first.json() == {
        "id": profile,
        "version": "1",
        "valid_from": "2024-01-01",
        "new": True,
    }
    assert again.json()["new"] is False
    listed = as_("kim").get("/api/v1/profiles").json()["profiles"]
    (mine,) = [version for version in listed if version["id"] == profile]
    assert mine["rules"]["clarify_days"] == 14


def test_what_is_wrong_with_rules_is_named_with_its_line(as_):
    _, text = rules()
    line = text.splitlines().index("clarify_days = 14") + 1
    answer = adopt(as_("adam"), text.replace("clarify_days = 14", "clarify_days = -1"))
    assert (answer.status_code, answer.json()["code"]) == (422, "PROFILE_INVALID")
    assert answer.json()["refusals"][0]["fields"] == [f"clarify_days (line {line})"]


def test_a_teacher_adopts_no_rules(as_):
    answer = adopt(as_("cato"), rules()[1])
    assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_ROLE")
