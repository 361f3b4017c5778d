"""What reading, refusals and damage leave behind tells nobody of a shield."""

from __future__ import annotations

from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg
import pytest

from api.sign_in import DEMO_TENANT
from ledger.database.roles import DatabaseRole

FOLLOW_UP = {"purpose": "follow_up"}
SECRET = {"flag_id": "f-1", "kind": "violence", "reason": "Merker."}
AGAIN = {**SECRET, "flag_id": "f-2"}


def post(client, path, body, **headers):
    headers = {"Idempotency-Key": str(uuid4()), **headers}
    return client.post(f"/api/v1/cases/{path}", json=body, headers=headers)


def get(client, path, **more):
    return client.get(f"/api/v1/cases/{path}", params={**FOLLOW_UP, **more})


def traces(client, case):
    """Who is named in the case's access view and what they did."""
    items = get(client, f"{case}/access", limit=1000).json()["items"]
    return [(row["what"], row["role"], row["subject"]) for row in items]


@pytest.fixture
def case(as_):
    """A case of camilla's, of which the guardian has been told, with a shield."""
    camilla, case = as_("camilla"), str(uuid4())
    told = {"attended": ["c-mor"], "child_present": False, "interpreter": False}
    guardian = {"guardian_ref": "c-mor", "name": "Testforelder Cathrine"}
    for what, body in (
        ("case-opened", {"subject_ref": "x-barn", "subject_kind": "born",
                         "name": "Testbarn X", "profile": "fjordvik",
                         "language": "nb"}),
        ("guardian-registered", {**guardian, "authority": "foreldreansvar",
                                 "source": "fr"}),
        ("undringssamtale-held", {**told, "outcome": "ok"}),
        ("participant-joined", {"service": "ppt", "person_ref": "c-ppt"}),
    ):  # fmt: skip
        assert post(camilla, f"{case}/{what}", body).status_code == 201
    shielded = post(camilla, f"{case}/risk-flag-raised", SECRET, Shield="sk-1")
    assert shielded.status_code == 201
    return case


def test_a_guardian_is_not_told_that_barnevern_reads_because_of_a_shield(as_, case):
    consulted = {"anonymous": False, "advice": "Meld fra."}
    path = f"{case}/barnevern-consulted"
    assert post(as_("camilla"), path, consulted, Shield="sk-1").status_code == 201
    assert get(as_("doris"), f"{case}/state").status_code == 200
    assert "barnevern" not in [role for _, role, _ in traces(as_("cathrine"), case)]
    assert ("read", "barnevern", "state") in traces(as_("camilla"), case)


def test_refused_commands_of_a_shield_are_not_told_to_those_outside_it(as_, case):
    old = {"If-Match": get(as_("camilla"), f"{case}/state").headers["ETag"]}
    assert post(as_("camilla"), f"{case}/risk-flag-raised", AGAIN).status_code == 201
    path, resolved = f"{case}/risk-flag-resolved", {"flag_id": "f-1"}
    answers = [post(as_(who), path, resolved, **old) for who in ("camilla", "ane")]
    assert [answer.status_code for answer in answers] == [412, 404]
    refused = ("refused", "employee", "RiskFlagResolved")
    assert refused in traces(as_("camilla"), case)
    assert refused not in traces(as_("celine"), case)


@contextmanager
def damaged(service, case):
    """The newest entry under the case's shield, its sealed words changed."""
    tenant = service.tenants[DEMO_TENANT]
    loaded = tenant.parts.ledger.load(UUID(case))
    position = next(e.position for e in reversed(loaded.entries) if e.shield)
    turned = f"""UPDATE {tenant.folder.schema}.body
        SET ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1)
        WHERE position = {position}"""
    owner = service.installation.ledger_conninfo(DatabaseRole.OWNER)
    for number in range(2):
        with psycopg.connect(owner) as connection:
            body = f"ALTER TABLE {tenant.folder.schema}.body"
            connection.execute(f"{body} DISABLE TRIGGER USER")
            connection.execute(turned)
            connection.execute(f"{body} ENABLE TRIGGER USER")
        tenant.parts.ledger.forget()
        if number == 0:
            yield


def test_a_damaged_shield_answers_outsiders_as_if_it_were_whole(as_, case, service):
    assert post(as_("camilla"), f"{case}/risk-flag-raised", AGAIN).status_code == 201
    with damaged(service, case):
        seen = [get(as_(w), f"{case}/state") for w in ("ane", "cathrine", "camilla")]
    assert [answer.status_code for answer in seen] == [404, 200, 500]
    assert seen[-1].json()["code"] == "NOT_AS_SIGNED"
