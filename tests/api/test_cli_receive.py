"""`receive`: a case of another municipality is opened here, and cites the old one."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.api.consoles import Console, console, sample

HERE, THERE = "sund", "nes"
BY = ("--by", "leder", "--service", "ppt", "--allow-unwitnessed")


@pytest.fixture(scope="module")
def both():
    """A home of the sender's tenant, with a published case, and the receiver's."""
    with console() as fresh:
        fresh.run("tenant", "create", THERE, "--demo")
        fresh.run("import", sample("a"), "--tenant", THERE)
        fresh.run("publish", "--tenant", THERE, "--once")
        fresh.run("tenant", "create", HERE, "--demo")
        yield fresh


@pytest.fixture(scope="module")
def bundle(both: Console, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("sent") / "bundle.zip"
    both.run("export", "a", "--tenant", THERE, "--out", str(file))
    return file


@pytest.fixture
def policy(both: Console) -> Path:
    return both.home / "tenants" / THERE / "policy"


def received(both, bundle, policy, transfer="ov-1"):
    typed = ("receive", str(bundle), "--tenant", HERE, "--policy", str(policy))
    return both.told(*typed, "--transfer", transfer, *BY)


def entries(both, case):
    asked = ("show", case, "--tenant", HERE, "--view", "entries", "--by", "leder")
    told = both.told(*asked, "--role", "leader", "--service", "ppt")
    return told["entries"]


def test_a_received_case_names_the_child_its_guardians_and_where_it_came_from(
    both, bundle, policy
):
    told = received(both, bundle, policy)
    assert told["bundle_hash"] == sha256(bundle.read_bytes()).hexdigest()
    said = entries(both, told["case"])
    events = [entry["type"] for entry in said]
    assert events[0] == "CaseOpened"
    assert events.count("GuardianRegistered") == 2
    assert "TransferReceived" in events
    cited = next(e for e in said if e["type"] == "DocumentReferenced")["event"]
    origin, size, root = cited["archive_ref"].split()
    assert THERE in origin
    assert int(size) > 0
    assert len(bytes.fromhex(root)) == 32


def test_the_same_transfer_given_again_records_nothing_twice(both, bundle, policy):
    first = received(both, bundle, policy)
    before = len(entries(both, first["case"]))
    assert received(both, bundle, policy) == first
    assert len(entries(both, first["case"])) == before


def test_a_bundle_that_is_not_proved_opens_nothing(both, bundle, policy, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(bundle.read_bytes()[:-40])
    typed = ("receive", str(broken), "--tenant", HERE, "--policy", str(policy))
    assert both.code(*typed, "--transfer", "ov-3", *BY)
    shown = ("show", "transfer/ov-3", "--tenant", HERE, "--by", "leder")
    assert both.code(*shown, "--role", "leader", "--service", "ppt") == "NO_CASE"
