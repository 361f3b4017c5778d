"""What `serve` refuses before it starts anything."""

from __future__ import annotations

import pytest

from tests.api.consoles import console


@pytest.mark.parametrize("command", ["serve", "web"])
def test_a_tenant_that_is_no_demo_is_not_served_without_sign_in(real, command):
    refused = real.run(command, "--port", "0", exits=1)
    assert "SIGN_IN_MISSING: there is no sign-in yet, and sund is not" in refused.stderr


def test_a_service_without_a_tenant_says_how_to_make_one():
    with console() as empty:
        refused = empty.run("serve", "--port", "0", exits=1)
    assert "NO_TENANT: there is no tenant; `stafettlogg demo`" in refused.stderr
