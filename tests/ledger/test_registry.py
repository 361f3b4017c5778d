"""The registry: which keys may sign, and that only the root says so."""

from __future__ import annotations

from base64 import b64encode

import pytest

from audit.fsck import NotHeld, StoredEntry, fsck
from audit.tiles import Tiles
from ledger.events.trust import (
    CheckpointWitnessed,
    IntegrityFailureDetected,
    SigningKeyIntroduced,
    SigningKeyRotated,
)
from ledger.importing import Importer
from ledger.refusals import Refused
from ledger.registry import ADMINISTRATOR, SERVICE
from ledger.rollback import LastSigned
from ledger.sealing import IntegrityFailure
from tests.ledger.test_importing import lines_of
from tests.tenants import OpenTenant


def test_the_first_entries_of_a_log_introduce_its_keys(opened: OpenTenant) -> None:
    entries = opened.opened().registry.entries()
    assert [entry.position for entry in entries] == [1, 2]
    said = [entry.event for entry in entries]
    assert all(isinstance(event, SigningKeyIntroduced) for event in said)
    assert [event.purpose for event in said] == ["service", "checkpoint"]


def test_founding_a_log_again_changes_nothing(opened: OpenTenant) -> None:
    opened.opened().found(opened.root)
    assert opened.opened().recorder.max_notification_id() == 2


def test_after_a_rotation_old_and_new_entries_verify(opened: OpenTenant) -> None:
    tenant = opened.opened()
    importer = Importer(tenant.ledger, on_file_clock=True)
    importer.run(lines_of("a"))
    old = opened.keyring.service
    opened.keyring.new_service_key()
    opened.opened().registry.rotate(opened.root, old, now=opened.clock())
    tenant = opened.opened()
    tenant.trust_registry()
    Importer(tenant.ledger, on_file_clock=True).run(lines_of("d"))
    for label in "ad":
        assert tenant.ledger.load(tenant.ledger.index.case_id(label)).entries
    assert isinstance(tenant.registry.entries()[-1].event, SigningKeyRotated)
    opened.publisher().publish()
    report = fsck(
        (
            StoredEntry(
                event.position or 0,
                event.stream,
                event.originator_version,
                event.topic,
                event.state,
                None,
                tenant.mapper.preimage(event) or NotHeld(),
            )
            for event in tenant.recorder.sealed_after(0, 1000)
        ),
        policy=tenant.policy(),
        checkpoint=(opened.log / "checkpoint").read_bytes(),
        tiles=Tiles(opened.log),
        allow_unwitnessed=True,
    )
    assert report.ok, report.as_text()


def test_a_process_that_does_not_know_the_registry_trusts_only_its_own_key(
    opened: OpenTenant,
) -> None:
    Importer(opened.opened().ledger, on_file_clock=True).run(lines_of("a"))
    opened.keyring.new_service_key()
    ledger = opened.opened().ledger
    with pytest.raises(IntegrityFailure) as failure:
        ledger.load(ledger.index.case_id("a"))
    assert failure.value.code == "KEY_UNKNOWN"


def witnessed(signed: LastSigned, **said: object) -> CheckpointWitnessed:
    usual = {"size": signed.size, "root": b64encode(signed.root).decode()}
    usual |= {"witness": "tilsyn.example/vitne", "signature": "c2ln"}
    return CheckpointWitnessed(**{**usual, **said})


def test_a_checkpoint_that_was_made_is_witnessed_once(opened: OpenTenant) -> None:
    registry, signed = opened.opened().registry, LastSigned("log", 2, bytes(32))
    said = {"by": SERVICE, "now": opened.clock()}
    assert registry.witness(witnessed(signed), signed, **said)
    assert registry.entries()[-1].event == witnessed(signed)
    assert not registry.witness(witnessed(signed), signed, **said)


def test_a_checkpoint_that_was_never_made_is_not_witnessed(opened: OpenTenant) -> None:
    registry, signed = opened.opened().registry, LastSigned("log", 2, bytes(32))
    for other in (witnessed(signed, size=3), witnessed(signed, root="AAAA")):
        with pytest.raises(Refused, match="UNKNOWN_TARGET"):
            registry.witness(other, signed, by=SERVICE, now=opened.clock())
    with pytest.raises(Refused, match="UNKNOWN_TARGET"):
        registry.witness(witnessed(signed), None, by=SERVICE, now=opened.clock())
    assert registry.entries()[-1].position == 2


def test_a_checkpoint_that_the_registry_tells_of_is_witnessed_later(
    opened: OpenTenant,
) -> None:
    tenant, lost = opened.opened(), LastSigned(opened.keyring.origin, 9, bytes(32))
    registry, now = tenant.registry, opened.clock()
    registry.accept_loss(opened.root, lost, reason="Test.", by=ADMINISTRATOR, now=now)
    assert registry.witness(witnessed(lost), None, by=SERVICE, now=now)


def test_what_a_check_found_is_on_record_once(opened: OpenTenant) -> None:
    registry = opened.opened().registry
    found = IntegrityFailureDetected(first_bad=17, code="CHAIN_PREVIOUS")
    assert registry.tell_failure(found, by=SERVICE, now=opened.clock())
    assert registry.entries()[-1].event == found
    assert not registry.tell_failure(found, by=SERVICE, now=opened.clock())
