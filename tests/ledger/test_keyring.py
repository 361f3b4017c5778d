"""Secrets: what opens them, what does not, and what one key cannot do for another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from audit.record import thumbprint
from ledger.database.roles import DatabaseRole
from ledger.keyring import (
    DataKeyMissing,
    DataKeys,
    FileKeyring,
    KeyringError,
    RootKey,
    SoftwareSigner,
)
from tests.tenants import PASSPHRASE, OpenTenant

STREAM, KEY_ID = UUID(int=1), UUID(int=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyring.json"


@pytest.fixture
def keyring(path: Path) -> FileKeyring:
    return FileKeyring.create(
        path, PASSPHRASE, tenant="4601", origin="testvik/log", root=bytes(32)
    )


def test_a_keyring_opens_with_its_passphrase(path: Path, keyring: FileKeyring) -> None:
    again = FileKeyring.open(path, PASSPHRASE)
    assert again.service.key_id == keyring.service.key_id
    assert again.checkpoint.key_id == keyring.checkpoint.key_id
    assert (again.tenant, again.origin, again.root) == (
        "4601",
        "testvik/log",
        bytes(32),
    )


def test_a_wrong_passphrase_and_a_changed_file_are_told_alike(
    path: Path, keyring: FileKeyring
) -> None:
    with pytest.raises(KeyringError) as wrong:
        FileKeyring.open(path, PASSPHRASE + "!")
    document = json.loads(path.read_text())
    document["sealed"] = "A" + document["sealed"][1:]
    if document["sealed"][0] == json.loads(path.read_text())["sealed"][0]:
        document["sealed"] = "B" + document["sealed"][1:]
    path.write_text(json.dumps(document))
    with pytest.raises(KeyringError) as changed:
        FileKeyring.open(path, PASSPHRASE)
    assert str(wrong.value) == str(changed.value)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"format": 1}'])
def test_a_file_that_is_no_keyring_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(KeyringError):
        FileKeyring.open(path, PASSPHRASE)


def test_a_cheaper_scrypt_cost_is_refused(path: Path, keyring: FileKeyring) -> None:
    document = json.loads(path.read_text())
    document["kdf"]["n"] = 2
    path.write_text(json.dumps(document))
    with pytest.raises(KeyringError):
        FileKeyring.open(path, PASSPHRASE)


def test_an_existing_keyring_is_never_overwritten(
    path: Path, keyring: FileKeyring
) -> None:
    before = path.read_bytes()
    with pytest.raises(KeyringError):
        FileKeyring.create(path, "x", tenant="t", origin="o", root=bytes(32))
    assert path.read_bytes() == before


def test_only_the_owner_may_read_the_file(path: Path, keyring: FileKeyring) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_secret_stands_in_the_file_or_in_what_is_printed(
    path: Path, keyring: FileKeyring
) -> None:
    data_key = bytes(range(32))
    wrapped = keyring.wrap(STREAM, KEY_ID, data_key)
    assert data_key not in wrapped
    signer = SoftwareSigner.from_seed(data_key)
    assert "PrivateKey" not in repr(signer)
    assert "index" not in path.read_text()


def test_a_data_key_comes_back_for_its_own_place(keyring: FileKeyring) -> None:
    data_key = bytes(range(32))
    wrapped = keyring.wrap(STREAM, KEY_ID, data_key)
    assert keyring.unwrap(STREAM, KEY_ID, keyring.epoch, wrapped) == data_key


@pytest.mark.parametrize("place", [(UUID(int=9), KEY_ID), (STREAM, UUID(int=9))])
def test_a_data_key_does_not_open_for_another_place(
    keyring: FileKeyring, place: tuple[UUID, UUID]
) -> None:
    wrapped = keyring.wrap(STREAM, KEY_ID, bytes(32))
    with pytest.raises(KeyringError):
        keyring.unwrap(*place, keyring.epoch, wrapped)


def test_a_flipped_bit_of_a_wrapped_key_is_refused(keyring: FileKeyring) -> None:
    wrapped = keyring.wrap(STREAM, KEY_ID, bytes(32))
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        with pytest.raises(KeyringError):
            keyring.unwrap(STREAM, KEY_ID, keyring.epoch, bytes(changed))


def test_an_older_tenant_key_opens_until_it_is_dropped(keyring: FileKeyring) -> None:
    wrapped = keyring.wrap(STREAM, KEY_ID, bytes(32))
    keyring.new_epoch()
    assert keyring.unwrap(STREAM, KEY_ID, 1, wrapped) == bytes(32)
    keyring.drop_epochs_before(2)
    with pytest.raises(KeyringError):
        keyring.unwrap(STREAM, KEY_ID, 1, wrapped)


def test_a_hash_for_one_purpose_is_none_for_another(keyring: FileKeyring) -> None:
    assert keyring.keyed_hash("a", b"x") != keyring.keyed_hash("b", b"x")
    assert keyring.keyed_hash("a", b"x") == keyring.keyed_hash("a", b"x")


@pytest.mark.parametrize(
    "change",
    [
        lambda s: (s[:-1] + bytes([s[-1] ^ 1]), b"k"),
        lambda s: (s, b"other"),
        lambda s: (b"", b"k"),
    ],
)
def test_an_index_row_opens_unchanged_and_in_its_place_only(
    keyring: FileKeyring, change: Callable[[bytes], tuple[bytes, bytes]]
) -> None:
    sealed = keyring.seal_small("p", b"row", b"k")
    assert keyring.open_small("p", sealed, b"k") == b"row"
    with pytest.raises(KeyringError):
        keyring.open_small("p", *change(sealed))


def test_a_root_key_is_no_keyring_and_a_keyring_no_root_key(
    tmp_path: Path, path: Path, keyring: FileKeyring
) -> None:
    root = RootKey.create(tmp_path / "root.json", PASSPHRASE)
    again = RootKey.open(tmp_path / "root.json", PASSPHRASE)
    assert again.signer.key_id == thumbprint(root.signer.public_key)
    with pytest.raises(KeyringError):
        RootKey.open(path, PASSPHRASE)


# -- data keys in their own database -----------------------------------------------


def test_a_streams_key_is_stored_before_it_is_used(opened: OpenTenant) -> None:
    stream = uuid4()
    opened.opened().data_keys.create([stream])
    key_id, key = opened.opened().data_keys.of_stream(stream)
    assert opened.opened().data_keys.named(key_id) == key
    assert len(key) == 32


def test_a_stream_without_a_key_is_told_so(opened: OpenTenant) -> None:
    with pytest.raises(DataKeyMissing):
        opened.opened().data_keys.of_stream(uuid4())


def test_a_destroyed_key_is_gone_once_the_cache_is(opened: OpenTenant) -> None:
    stream = uuid4()
    data_keys = opened.opened().data_keys
    data_keys.create([stream])
    with psycopg.connect(opened.schemas.databases.keys, autocommit=True) as connection:
        connection.execute(f"DELETE FROM {opened.schemas.schema}.wrapped_key")
    data_keys.forget()
    with pytest.raises(DataKeyMissing):
        data_keys.of_stream(stream)


def test_wrapped_keys_of_two_streams_cannot_change_places(opened: OpenTenant) -> None:
    streams = [uuid4(), uuid4()]
    opened.opened().data_keys.create(streams)
    table = f"{opened.schemas.schema}.wrapped_key"
    with psycopg.connect(opened.schemas.databases.keys, autocommit=True) as connection:
        connection.execute(
            f"UPDATE {table} a SET wrapped = b.wrapped FROM {table} b"
            " WHERE a.stream = %s AND b.stream = %s",
            streams,
        )
    with pytest.raises(KeyringError):
        opened.opened().data_keys.of_stream(streams[0])


def test_a_new_tenant_key_takes_over_every_data_key(opened: OpenTenant) -> None:
    stream = uuid4()
    tenant = opened.opened()
    tenant.data_keys.create([stream])
    before = tenant.data_keys.of_stream(stream)
    opened.keyring.new_epoch()
    owner = opened.pool(opened.schemas.keys(DatabaseRole.OWNER))
    owners = DataKeys(opened.keyring, owner, opened.schemas.schema)
    assert owners.rewrap() == 2  # this one and the registry's
    opened.keyring.drop_epochs_before(2)
    assert opened.opened().data_keys.of_stream(stream) == before


def test_the_cache_of_opened_keys_is_bounded(opened: OpenTenant) -> None:
    pool = opened.pool(opened.schemas.keys())
    data_keys = DataKeys(opened.keyring, pool, opened.schemas.schema, limit=3)
    streams = [uuid4() for _ in range(5)]
    data_keys.create(streams)
    assert len(data_keys._opened) == 3
    assert all(len(data_keys.of_stream(stream)[1]) == 32 for stream in streams)


def test_what_is_sealed_alike_is_the_same_bytes_in_one_place_and_no_other(
    opened: OpenTenant,
) -> None:
    keyring = opened.keyring
    once = keyring.seal_alike("p", b"said", b"place")
    assert keyring.seal_alike("p", b"said", b"place") == once
    assert keyring.open_small("p", once, b"place") == b"said"
    others = [(b"said", b"plac"), (b"esaid", b"plac"), (b"sai", b"place")]
    sealed = {keyring.seal_alike("p", *each)[:12] for each in others}
    assert len(sealed | {once[:12]}) == 4, "a nonce was used twice"
