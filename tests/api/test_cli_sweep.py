"""`sweep`: what is due by the clock."""

from __future__ import annotations

from tests.api.conftest import DEMO


def test_sweeping_tells_how_many_keys_were_forgotten_in_each_tenant(demo):
    assert demo.told("sweep", "--once", "--tenant", DEMO) == {"swept": {DEMO: 0}}
    said = demo.run("sweep", "--once", "--tenant", DEMO).stdout
    assert said == f"{DEMO}: 0 forgotten\n"
