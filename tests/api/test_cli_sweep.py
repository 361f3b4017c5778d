"""`sweep`: what is due by the clock."""

from __future__ import annotations

import json
from email import message_from_bytes, policy

from tests.api.conftest import DEMO
from tests.api.consoles import sample

NOTHING = {
    "forgotten": 0,
    "turned": {"recorded": 0, "failed": 0},
    "notified": {"put": 0, "sent": 0, "dropped": 0, "failed": 0},
}


def test_sweeping_tells_what_was_done_in_each_tenant(demo):
    assert demo.told("sweep", "--once", "--tenant", DEMO) == {"swept": {DEMO: NOTHING}}
    said = demo.run("sweep", "--once", "--tenant", DEMO).stdout
    assert said == f"{DEMO}: 0 recorded, 0 told, 0 forgotten\n"


PROPOSAL = {
    "proposal_id": "d-o1",
    "from_holder": "d-larer",
    "to_holder": "d-rektor",
    "to_service": "skole",
    "reason": "leave",
    "planned_from": "2026-12-01",
    "handover_note": "Alt er avtalt.",
}


def test_in_a_demo_who_is_asked_to_take_over_finds_a_message_in_a_folder(fresh):
    fresh.run("tenant", "create", "varsel", "--demo")
    fresh.run("import", sample("d"), "--tenant", "varsel")
    who = ("--by", "d-larer", "--role", "stafettholder", "--service", "skole")
    what = ("--event", "HandoverProposed", "--data", json.dumps(PROPOSAL))
    fresh.run("record", "--tenant", "varsel", "--case", "d", *who, *what)
    told = fresh.told("sweep", "--once", "--tenant", "varsel")["swept"]["varsel"]
    assert told["notified"]["sent"] == 1
    (file,) = (fresh.home / "tenants" / "varsel" / "notices").iterdir()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "dag@demo.example"
    assert "Test" not in message.as_string()
