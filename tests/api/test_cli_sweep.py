"""`sweep`: what is due by the clock."""

from __future__ import annotations

from tests.api.conftest import DEMO

NOTHING = {
    "forgotten": 0,
    "turned": {"recorded": 0, "failed": 0},
    "notified": {"put": 0, "sent": 0, "dropped": 0, "failed": 0},
}


def test_sweeping_tells_what_was_done_in_each_tenant(demo):
    assert demo.told("sweep", "--once", "--tenant", DEMO) == {"swept": {DEMO: NOTHING}}
    said = demo.run("sweep", "--once", "--tenant", DEMO).stdout
    assert said == f"{DEMO}: 0 recorded, 0 told, 0 forgotten\n"
