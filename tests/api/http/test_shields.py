"""Over HTTP nobody reads a shield, or a case, because of what they wrote."""

from __future__ import annotations

import pytest

from tests.api.http.test_commands import FOLLOW_UP, key, opened, tag

SECRET = "Merke etter slag"
PARTICIPANT, OUTSIDER, STRANGER = "celine", "dina", "ane"


def concern(concern_id: str, text: str) -> dict[str, str]:
    return {
        "concern_id": concern_id,
        "area": "2.4",
        "observed_from": "2026-01-01",
        "source": "child",
        "text": text,
    }


def post(client, case, command, body, **headers):
    path = f"/api/v1/cases/{case}/{command}"
    return client.post(path, json=body, headers={**key(), **headers})


def recorded(client, case, command, body, **headers):
    answer = post(client, case, command, body, **headers)
    assert answer.status_code == 201, answer.text


def a_case(as_, *, hiding: bool) -> str:
    """A case of camilla's, in which celine takes part; with a shield or without."""
    author = as_("camilla")
    case = opened(author)
    recorded(author, case, "concern-raised", concern("k-1", "Er mye alene."))
    joined = {"service": "ppt", "person_ref": "c-ppt"}
    recorded(author, case, "participant-joined", joined)
    if hiding:
        shield = {"Shield": "sk-1"}
        recorded(author, case, "concern-raised", concern("k-2", SECRET), **shield)
        flag = {"flag_id": "f-1", "kind": "violence", "reason": SECRET}
        recorded(author, case, "risk-flag-raised", {**flag, "concern_id": "k-2"})
    return case


WORDS = {"wrong": "x", "right": "y", "reason": "z", "requested_by": "x"}
CORRECTED = {"field": "reason", **WORDS}
ATTACKS = {
    "correcting by event name": (
        "entry-corrected",
        {**CORRECTED, "target": {"event": "RiskFlagRaised"}},
    ),
    "a view about it": (
        "child-view-recorded",
        {
            "form": "1.1",
            "about": "concern:k-2",
            "view": "v",
            "approved_by_child": True,
        },
    ),
    "an observation": (
        "observation-recorded",
        {
            "concern_id": "k-2",
            "arena": "home",
            "facts": "f",
            "period_from": "2026-01-01",
            "period_to": "2026-01-02",
        },
    ),
    "the same concern": ("concern-raised", concern("k-2", "t")),
    "a flag of the concern": (
        "risk-flag-raised",
        {"flag_id": "f-9", "kind": "violence", "concern_id": "k-2", "reason": "g"},
    ),
    "the same flag": (
        "risk-flag-raised",
        {"flag_id": "f-1", "kind": "other", "reason": "g"},
    ),
    "its sharing": (
        "concern-shared-with-leader",
        {"concern_id": "k-2", "leader": "d-rektor"},
    ),
}


def told(label: str | None) -> str | None:
    """A label; one that the service makes up is another in every case."""
    return "made up" if label and label.startswith("shield-") else label


@pytest.mark.parametrize("person", [PARTICIPANT, OUTSIDER, STRANGER])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_naming_what_is_hidden_opens_nothing_and_is_answered_as_if_it_were_not_there(
    as_, attack, person
):
    client = as_(person)
    answers, views = [], []
    for hiding in (True, False):
        case = a_case(as_, hiding=hiding)
        before = client.get(f"/api/v1/cases/{case}/entries", params=FOLLOW_UP)
        answer = post(client, case, *attack)
        after = client.get(f"/api/v1/cases/{case}/entries", params=FOLLOW_UP)
        assert after.status_code == before.status_code
        assert SECRET not in after.text
        said = answer.json()
        answers.append((answer.status_code, said.get("code"), said.get("version")))
        items = after.json().get("items", [])
        views.append([(e["type"], told(e["shield"])) for e in items])
    assert answers[0] == answers[1]
    assert views[0] == views[1]


def test_who_decides_on_a_shield_they_are_outside_of_is_told_to_ask(as_):
    client = as_(PARTICIPANT)
    case = a_case(as_, hiding=True)
    decision = {
        "shielding_id": "sk-1",
        "from_whom": [],
        "scope": {"all": True},
        "reason": "r",
        "review_on": "2027-01-01",
        "audience": ["c-ppt"],
    }
    answer = post(client, case, "shielding-decided", decision, **tag(client, case))
    assert (answer.status_code, answer.json()["code"]) == (409, "ASK_LEADER")
    entries = client.get(f"/api/v1/cases/{case}/entries", params=FOLLOW_UP)
    assert SECRET not in entries.text


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("child-view-recorded", {**ATTACKS["a view about it"][1], "about": "plan"}),
        ("concern-raised", concern("k-9", "Er sulten.")),
        ("participant-joined", {"service": "skole", "person_ref": "d-larer"}),
    ],
    ids=["a fact", "a worry", "themselves"],
)
def test_who_does_not_read_a_case_does_not_read_it_after_writing_in_it(
    as_, command, body
):
    client = as_(OUTSIDER)
    case = a_case(as_, hiding=False)
    answer = post(client, case, command, body)
    assert answer.json().get("version") is None
    state = client.get(f"/api/v1/cases/{case}/state", params=FOLLOW_UP)
    assert state.status_code == 404
