"""Whole entries are deleted, swapped, replayed, forged or signed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.record import leaf_hash, parse_envelope, sign1
from ledger.entry import Entry
from ledger.keyring import SoftwareSigner
from ledger.recorder import Conflict, Head
from ledger.registry import introduced
from ledger.sealing import (
    IntegrityFailure,
    SealedEvent,
    SealingMapper,
    _subkey,
    pad,
)
from ledger.tenant import Tenant
from tests.attacks.museum import COORDINATOR, Museum
from tests.clusters import Databases
from tests.faults.programs import MORNING, TEACHER, observation
from tests.tenants import OpenTenant, open_tenant

# -- deleted ---------------------------------------------------------------------------


def cut_off(exhibit: Museum, after: int) -> None:
    """Delete the tail of the log and set every head back, as with care one can."""
    for table in ("body", "envelope"):
        exhibit.tamper(f"DELETE FROM {table} WHERE position > %s", after)
    exhibit.attacker.execute("DELETE FROM request WHERE last > %s", (after,))
    exhibit.tamper("DELETE FROM stream_head")
    for stream, version, state in exhibit.attacker.execute(
        "SELECT DISTINCT ON (stream) stream, version, state FROM envelope"
        " ORDER BY stream, version DESC"
    ).fetchall():
        exhibit.tamper(
            "INSERT INTO stream_head VALUES (%s, %s, %s)",
            stream,
            version,
            leaf_hash(bytes(state)),
        )
    exhibit.tamper("UPDATE head SET position = %s", after)


@pytest.mark.parametrize("kept", [1, 40, 307], ids=lambda kept: f"after {kept}")
def test_a_deleted_tail_is_found(exhibit: Museum, kept: int) -> None:
    cut_off(exhibit, kept)
    assert "MISSING_TAIL" in exhibit.codes()
    assert exhibit.refusal_to_publish() == "LOG_SMALLER"


def test_a_deleted_tail_that_is_written_over_is_found(exhibit: Museum) -> None:
    size = exhibit.size()
    cut_off(exhibit, size - 1)
    ledger = exhibit.ledger()
    ledger.read(ledger.index.case_id("c"), by=COORDINATOR, view="state", purpose="x")
    assert exhibit.size() == size
    assert {"INC_ROOT", "INC_TILE_DIFFERS"} <= exhibit.codes()
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"


def test_a_deleted_entry_in_the_middle_is_found(exhibit: Museum) -> None:
    position = exhibit.entry("d", 4).position
    for table in ("envelope", "body"):
        exhibit.tamper(f"DELETE FROM {table} WHERE position = %s", position)
    assert {"CHAIN_POSITION_GAP", "CHAIN_VERSION", "CHAIN_PREVIOUS"} <= exhibit.codes()
    assert exhibit.refusal_to_load("d") == "CHAIN_VERSION"
    assert exhibit.refusal_to_publish() == "LOG_GAP"


def test_a_deleted_entry_whose_place_is_closed_up_is_found(exhibit: Museum) -> None:
    """Later positions move down by one, so that nothing seems to be missing."""
    position = exhibit.entry("d", 4).position
    for table in ("envelope", "body"):
        exhibit.tamper(f"DELETE FROM {table} WHERE position = %s", position)
        exhibit.tamper(
            f"UPDATE {table} SET position = -position WHERE position > %s", position
        )
        exhibit.tamper(
            f"UPDATE {table} SET position = -position - 1 WHERE position < 0"
        )
    exhibit.tamper("UPDATE head SET position = position - 1")
    assert {"CHAIN_VERSION", "INC_TILE_DIFFERS", "MISSING_TAIL"} <= exhibit.codes()
    assert exhibit.refusal_to_publish() == "LOG_SMALLER"


def test_a_deleted_case_is_found(exhibit: Museum) -> None:
    """Streams, keys and index of a whole case: its positions are left empty."""
    streams = [i for s in exhibit.streams("a") for i in (s.stream, s.access)]
    exhibit.tamper(
        "DELETE FROM body USING envelope e"
        " WHERE body.position = e.position AND stream = ANY(%s)",
        streams,
    )
    for table in ("envelope", "stream_head"):
        exhibit.tamper(f"DELETE FROM {table} WHERE stream = ANY(%s)", streams)
    exhibit.tamper_keys("DELETE FROM wrapped_key WHERE stream = ANY(%s)", streams)
    assert "CHAIN_POSITION_GAP" in exhibit.codes()


# -- swapped and replayed --------------------------------------------------------------


def swap(exhibit: Museum, columns: str, one: int, two: int) -> None:
    """Exchange columns of two entries; the position is what stays."""
    assignments = ", ".join(f"{c} = other.{c}" for c in columns.split())
    exhibit.tamper(
        "CREATE TEMPORARY TABLE both_rows AS"
        f" SELECT * FROM envelope WHERE position IN ({one}, {two})"
    )
    exhibit.tamper(
        "UPDATE envelope SET stream = gen_random_uuid() WHERE position IN (%s, %s)",
        one,
        two,
    )
    exhibit.tamper(
        f"UPDATE envelope e SET {assignments} FROM both_rows other"
        " WHERE (e.position, other.position) IN ((%s, %s), (%s, %s))",
        one,
        two,
        two,
        one,
    )
    exhibit.attacker.execute("DROP TABLE both_rows")


def test_entries_of_one_stream_swapped_whole_are_found(exhibit: Museum) -> None:
    one, two = exhibit.entry("c", 4).position, exhibit.entry("c", 5).position
    swap(exhibit, "stream version topic state", one, two)
    assert {"CHAIN_VERSION", "CHAIN_PREVIOUS", "INC_TILE_DIFFERS"} <= exhibit.codes()
    assert exhibit.refusal_to_load("c") == "CHAIN_VERSION"


def test_entries_of_one_stream_with_swapped_states_are_found(exhibit: Museum) -> None:
    one, two = exhibit.entry("c", 4).position, exhibit.entry("c", 5).position
    exhibit.tamper(
        "UPDATE envelope e SET state = o.state FROM envelope o"
        " WHERE (e.position, o.position) IN ((%s, %s), (%s, %s))",
        one, two, two, one,
    )  # fmt: skip
    assert {"CHAIN_VERSION", "CHAIN_PREVIOUS"} <= exhibit.codes()
    assert exhibit.refusal_to_load("c") == "CHAIN_PLACE"


def test_entries_of_two_cases_swapped_are_found(exhibit: Museum) -> None:
    one, two = exhibit.entry("c", 4).position, exhibit.entry("d", 4).position
    exhibit.tamper(
        "UPDATE envelope e SET state = o.state FROM envelope o"
        " WHERE (e.position, o.position) IN ((%s, %s), (%s, %s))",
        one, two, two, one,
    )  # fmt: skip
    assert {"CHAIN_STREAM", "CHAIN_PREVIOUS"} <= exhibit.codes()
    assert exhibit.refusal_to_load("c") == "CHAIN_PLACE"


def append_row(exhibit: Museum, stream: UUID, version: int, row: Any) -> None:
    """Append a stored entry by hand, with all heads set as the ledger would."""
    exhibit.tamper("UPDATE head SET position = position + 1")
    exhibit.tamper(
        "INSERT INTO envelope SELECT position, %s, %s, %s, %s FROM head",
        stream, version, row.topic, row.state,
    )  # fmt: skip
    exhibit.tamper(
        "INSERT INTO body SELECT position, %s, %s, %s FROM head",
        row.key_id, row.nonce, row.ciphertext,
    )  # fmt: skip
    exhibit.tamper(
        "INSERT INTO stream_head VALUES (%s, %s, %s)"
        " ON CONFLICT (stream) DO UPDATE"
        " SET version = excluded.version, leaf = excluded.leaf",
        stream, version, leaf_hash(row.state),
    )  # fmt: skip


def stored(exhibit: Museum, position: int) -> SealedEvent:
    return exhibit.tenant().recorder.sealed_after(position - 1, 1)[0]


def test_an_entry_replayed_into_another_case_is_found(exhibit: Museum) -> None:
    consent = stored(exhibit, exhibit.entry("d", -1).position)
    into = exhibit.shared("a")
    version = exhibit.entry("a", -1).version + 1
    append_row(exhibit, into, version, consent)
    assert {"CHAIN_STREAM", "CHAIN_PREVIOUS", "BODY_DAMAGED"} <= exhibit.codes()
    assert exhibit.refusal_to_load("a") == "CHAIN_PLACE"


def test_an_entry_replayed_at_the_end_of_its_own_stream_is_found(
    exhibit: Museum,
) -> None:
    entry = exhibit.entry("a", 5)
    version = exhibit.entry("a", -1).version + 1
    append_row(exhibit, entry.stream, version, stored(exhibit, entry.position))
    assert {"CHAIN_VERSION", "CHAIN_PREVIOUS"} <= exhibit.codes()
    assert exhibit.refusal_to_load("a") == "CHAIN_PLACE"


def test_an_entry_of_an_access_stream_replayed_into_the_case_is_found(
    exhibit: Museum,
) -> None:
    access = exhibit.entry_of(exhibit.streams("a")[0].access, 1)
    version = exhibit.entry("a", -1).version + 1
    append_row(exhibit, exhibit.shared("a"), version, stored(exhibit, access.position))
    assert {"CHAIN_STREAM", "CHAIN_PREVIOUS"} <= exhibit.codes()
    assert exhibit.refusal_to_load("a") == "CHAIN_PLACE"


@pytest.fixture
def other_tenant(wheel_postgres: Databases, tmp_path: Path) -> Iterator[OpenTenant]:
    with open_tenant(wheel_postgres, tmp_path) as found:
        yield found


def test_an_entry_of_another_tenant_is_found(
    exhibit: Museum, other_tenant: OpenTenant
) -> None:
    """Even a stream that begins with it, registered under its own id."""
    registry = other_tenant.opened().recorder.sealed_after(0, 1)[0]
    append_row(exhibit, registry.stream, 1, registry)
    assert {"CHAIN_ORIGIN", "CHAIN_TENANT"} <= exhibit.codes()


# -- forged ----------------------------------------------------------------------------


class Forger:
    """Seals and signs entries with the tenant's data keys and a key of its own."""

    def __init__(self, tenant: Tenant, signer: Any) -> None:
        self.tenant = tenant
        self.signer = signer

    def next_entry(self, label: str, facts: str) -> SealedEvent:
        """An entry that continues the shared stream of a case in every way."""
        ledger = self.tenant.ledger
        loaded = ledger.load(ledger.index.case_id(label))
        last = [e for e in loaded.entries if e.stream == loaded.streams[0].stream][-1]
        entry: Entry[Any] = replace(
            last,
            event=observation(facts),
            by=TEACHER,
            occurred_at=MORNING,
            version=last.version + 1,
            previous=last.leaf,
            basis=None,
        )
        return self.tenant.mapper.to_stored_event(entry, signer=self.signer)


def test_an_entry_signed_by_a_key_nobody_registered_is_found(exhibit: Museum) -> None:
    attacker = SoftwareSigner.from_seed(b"an attacker's own key, 32 bytes.")
    forged = Forger(exhibit.tenant(), attacker).next_entry("a", "Forfalsket.")
    append_row(exhibit, forged.stream, forged.originator_version, forged)
    assert exhibit.codes() == {"KEY_UNKNOWN"}
    assert exhibit.refusal_to_load("a") == "KEY_UNKNOWN"


def test_an_envelope_replaced_by_one_of_an_unregistered_key_is_found(
    exhibit: Museum,
) -> None:
    attacker = SoftwareSigner.from_seed(b"an attacker's own key, 32 bytes.")
    tenant = exhibit.tenant()
    entry = exhibit.entry("a", -1)
    opened = tenant.mapper.to_domain_event(stored(exhibit, entry.position))
    forged = tenant.mapper.to_stored_event(opened, signer=attacker)
    put_in_place(exhibit, entry.position, forged)
    assert {"KEY_UNKNOWN", "INC_ROOT"} <= exhibit.codes()
    assert exhibit.refusal_to_load("a") == "KEY_UNKNOWN"


def test_an_entry_signed_by_the_checkpoint_key_is_found(exhibit: Museum) -> None:
    tenant = exhibit.tenant()
    forged = Forger(tenant, tenant.keyring.checkpoint).next_entry("a", "Forfalsket.")
    append_row(exhibit, forged.stream, forged.originator_version, forged)
    assert exhibit.codes() == {"KEY_PURPOSE"}
    assert exhibit.refusal_to_load("a") == "KEY_UNKNOWN"


def test_an_entry_of_a_case_signed_by_the_registrys_root_is_found(
    exhibit: Museum,
) -> None:
    forged = Forger(exhibit.tenant(), exhibit.opened.root.signer).next_entry("a", "X.")
    append_row(exhibit, forged.stream, forged.originator_version, forged)
    assert exhibit.codes() == {"KEY_ROOT_MISUSED"}
    assert exhibit.refusal_to_load("a") == "KEY_ROOT_MISUSED"


def introduce_a_key(exhibit: Museum) -> SoftwareSigner:
    """Continue the registry's stream without the root, as the service key alone can."""
    tenant = exhibit.tenant()
    attacker = SoftwareSigner.from_seed(b"an attacker's own key, 32 bytes.")
    opened = tenant.mapper.to_domain_event(stored(exhibit, 2))
    key = introduced(attacker, "service", "an attacker", tenant.ledger.clock())
    entry: Entry[Any] = replace(opened, event=key, version=3, previous=opened.leaf)
    forged = tenant.mapper.to_stored_event(entry)
    append_row(exhibit, forged.stream, 3, forged)
    return attacker


def test_a_key_that_the_service_introduces_itself_is_found(exhibit: Museum) -> None:
    introduce_a_key(exhibit)
    assert exhibit.codes() == {"KEY_NOT_ROOT"}


def test_a_key_that_the_service_introduces_itself_is_never_trusted(
    exhibit: Museum,
) -> None:
    """Only the root says who may sign: one stolen service key would make many."""
    attacker = introduce_a_key(exhibit)
    tenant = exhibit.tenant()
    with pytest.raises(IntegrityFailure) as failure:
        tenant.trust_registry()
    assert failure.value.code == "KEY_NOT_ROOT"
    forged = Forger(tenant, attacker).next_entry("a", "Forfalsket.")
    append_row(exhibit, forged.stream, forged.originator_version, forged)
    assert exhibit.refusal_to_load("a") == "KEY_UNKNOWN"


def test_a_registry_entry_signed_by_nobody_inside_the_stream_is_never_trusted(
    exhibit: Museum,
) -> None:
    """The last signature covers the links, but it has to be the root's each time."""
    tenant = exhibit.tenant()
    attacker = SoftwareSigner.from_seed(b"an attacker's own key, 32 bytes.")
    first, second = (tenant.mapper.to_domain_event(stored(exhibit, n)) for n in (1, 2))
    key = introduced(attacker, "service", "an attacker", tenant.ledger.clock())
    forged = tenant.mapper.to_stored_event(replace(first, event=key), signer=attacker)
    put_in_place(exhibit, 1, forged)
    linked = tenant.mapper.to_stored_event(replace(second, previous=forged.leaf))
    put_in_place(exhibit, 2, linked)
    with pytest.raises(IntegrityFailure):
        exhibit.tenant().trust_registry()


def test_a_key_introduced_for_checkpoints_is_not_trusted_with_entries(
    exhibit: Museum,
) -> None:
    tenant = exhibit.tenant()
    tenant.trust_registry()
    forged = Forger(tenant, tenant.keyring.checkpoint).next_entry("a", "Forfalsket.")
    with pytest.raises(IntegrityFailure) as failure:
        tenant.mapper.to_domain_event(forged)
    assert failure.value.code == "KEY_UNKNOWN"


# -- signed again ----------------------------------------------------------------------


def put_in_place(exhibit: Museum, position: int, event: SealedEvent) -> None:
    exhibit.tamper(
        "UPDATE envelope SET state = %s WHERE position = %s", event.state, position
    )
    exhibit.tamper(
        "UPDATE body SET key_id = %s, nonce = %s, ciphertext = %s WHERE position = %s",
        event.key_id, event.nonce, event.ciphertext, position,
    )  # fmt: skip


def sign_history_again(exhibit: Museum, label: str, version: int) -> None:
    """Change what one entry says and sign it and all after it with the real key."""
    tenant = exhibit.tenant()
    case = tenant.ledger.index.case_id(label)
    loaded = tenant.ledger.load(case)
    stream = loaded.streams[0].stream
    previous = None
    for entry in (e for e in loaded.entries if e.stream == stream):
        if entry.version == version:
            entry = replace(entry, event=observation("Alt er bra hjemme."))
        if entry.version >= version:
            entry = replace(entry, previous=previous)
            event = tenant.mapper.to_stored_event(entry)
            assert entry.position is not None
            put_in_place(exhibit, entry.position, event)
            previous = event.leaf
            if entry.version == version:  # it no longer says what was asked for
                exhibit.tamper("DELETE FROM request WHERE first = %s", entry.position)
        else:
            previous = entry.leaf
    exhibit.tamper(
        "UPDATE stream_head SET leaf = %s WHERE stream = %s", previous, stream
    )


def test_history_signed_again_by_the_real_key_is_revealed_by_the_log(
    exhibit: Museum,
) -> None:
    """Signatures and links hold, and the case loads: only what was published tells."""
    sign_history_again(exhibit, "d2", 4)
    assert exhibit.codes() == {"INC_ROOT", "INC_TILE_DIFFERS"}
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"


def test_history_signed_again_far_back_is_revealed_by_the_log(exhibit: Museum) -> None:
    sign_history_again(exhibit, "a", 5)
    assert exhibit.codes() == {"INC_ROOT", "INC_TILE_DIFFERS"}


def test_a_body_with_two_meanings_is_not_accepted(exhibit: Museum) -> None:
    """What is signed is the salted body: another one under it fails, however sealed."""
    tenant = exhibit.tenant()
    entry = exhibit.entry("a", -1)
    event = stored(exhibit, entry.position)
    opened = tenant.mapper.to_domain_event(event)
    other = tenant.mapper.to_stored_event(
        replace(opened, event=observation("Noe helt annet."))
    )
    bound_to_the_old = reseal(tenant.mapper, tenant, event, other)
    put_in_place(exhibit, entry.position, replace(bound_to_the_old, state=event.state))
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("a") == "BODY_HASH"


def reseal(
    mapper: SealingMapper, tenant: Tenant, event: SealedEvent, other: SealedEvent
) -> SealedEvent:
    """The other entry's words, sealed with every right as the body of this one."""
    preimage = mapper.preimage(other)
    assert preimage is not None
    key_id, key = tenant.data_keys.of_stream(event.stream)
    bound = mapper._bound_to(
        event.stream,
        event.originator_version,
        key_id,
        parse_envelope(event.state).payload,
    )
    subkey = _subkey(key, event.stream, event.originator_version)
    nonce = bytes(12)
    sealed = AESGCM(subkey).encrypt(nonce, pad(preimage), bound)
    return replace(event, key_id=key_id, nonce=nonce, ciphertext=sealed)


def test_an_envelope_whose_payload_was_exchanged_and_signed_by_nobody_is_found(
    exhibit: Museum,
) -> None:
    entry = exhibit.entry("a", -1)
    envelope = parse_envelope(entry.state)
    payload = hashlib.sha256(b"something else").digest()
    exhibit.tamper(
        "UPDATE envelope SET state = %s WHERE position = %s",
        sign1(envelope.protected, payload, envelope.signature),
        entry.position,
    )
    assert {"SIG_INVALID", "INC_ROOT"} <= exhibit.codes()


# -- not committed ---------------------------------------------------------------------


def refuse_inserts(exhibit: Museum) -> None:
    """Make the database fail a commit whose entries are all signed already."""
    exhibit.attacker.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no'; END $$"
    )
    exhibit.attacker.execute(
        "CREATE TRIGGER fail BEFORE INSERT ON stream_head EXECUTE FUNCTION fail()"
    )


def accept_inserts(exhibit: Museum) -> None:
    exhibit.attacker.execute("DROP TRIGGER IF EXISTS fail ON stream_head")
    exhibit.attacker.execute("DROP FUNCTION IF EXISTS fail")


def test_a_commit_that_failed_after_signing_leaves_every_link_whole(
    exhibit: Museum,
) -> None:
    """No leaf of what was not recorded is remembered, by the mapper or by a cache."""
    ledger = exhibit.ledger()
    case = ledger.index.case_id("c")
    ask = {"by": TEACHER_OF_C, "occurred_at": MORNING, "key": "again"}
    size = exhibit.size()
    refuse_inserts(exhibit)
    try:
        for _ in range(2):
            with pytest.raises(psycopg.errors.RaiseException):
                ledger.record(case, observation("Én gang."), **ask)
            with pytest.raises(psycopg.errors.RaiseException):
                ledger.read(case, by=COORDINATOR, view="state", purpose="x")
    finally:
        accept_inserts(exhibit)
    receipt = ledger.record(case, observation("Én gang."), **ask)
    ledger.read(case, by=COORDINATOR, view="state", purpose="x")
    assert receipt.position == size + 1
    assert exhibit.codes() == set()
    assert exhibit.refusal_to_load("c") == "LOADED"


TEACHER_OF_C = replace(TEACHER, ref="c-kontakt", unit="Nes barneskole")


def test_a_head_that_never_was_is_a_conflict_and_burns_nothing(
    exhibit: Museum,
) -> None:
    tenant = exhibit.tenant()
    forged = Forger(tenant, None).next_entry("a", "På en leaf som aldri var.")
    wrong = Head(forged.stream, forged.originator_version - 1, bytes(32))
    with pytest.raises(Conflict):
        tenant.recorder.record([forged], decided_on=[wrong])
    assert exhibit.codes() == set()
    assert exhibit.one("SELECT count(*) FROM envelope")[0] == exhibit.size()


def test_a_position_is_never_given_to_two_entries(exhibit: Museum) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        exhibit.tamper(
            "INSERT INTO envelope SELECT 1, %s, 1, topic, state FROM envelope"
            " WHERE position = 2",
            uuid4(),
        )
