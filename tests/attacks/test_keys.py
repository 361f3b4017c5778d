"""Wrapped data keys and the keyring's file are changed, moved or lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.keyring import FileKeyring, KeyringError, RootKey
from tests.attacks.museum import Museum, flipped
from tests.tenants import PASSPHRASE


def change(exhibit: Museum, assignment: str) -> None:
    exhibit.tamper_keys(
        f"UPDATE wrapped_key SET {assignment} WHERE stream = %s", exhibit.shared("d")
    )


@pytest.mark.parametrize(
    ("assignment", "code"),
    [
        ("wrapped = set_byte(wrapped, 0, get_byte(wrapped, 0) # 1)", "BODY_DAMAGED"),
        ("wrapped = set_byte(wrapped, 39, get_byte(wrapped, 39) # 1)", "BODY_DAMAGED"),
        ("wrapped = substr(wrapped, 1, 32)", "BODY_DAMAGED"),
        ("stream = gen_random_uuid()", "BODY_DAMAGED"),
        ("epoch = epoch # 1", "BODY_DAMAGED"),
        ("key_id = gen_random_uuid()", "MISSING_BODY"),
    ],
    ids=["first byte", "last byte", "cut short", "stream", "epoch", "key id"],
)
def test_a_changed_column_of_a_wrapped_key_is_found(
    exhibit: Museum, assignment: str, code: str
) -> None:
    change(exhibit, assignment)
    assert exhibit.codes() == {code}
    assert exhibit.refusal_to_load("d") == code


def test_wrapped_keys_swapped_between_streams_do_not_open(exhibit: Museum) -> None:
    """Each is wrapped for its own stream and id (RFC 5649 under a key of the slot)."""
    ours, theirs = exhibit.shared("d"), exhibit.shared("c")
    read = "SELECT wrapped FROM wrapped_key WHERE stream = %s"
    write = "UPDATE wrapped_key SET wrapped = %s WHERE stream = %s"
    held = [
        exhibit.key_attacker.execute(read, (stream,)).fetchone()[0]
        for stream in (ours, theirs)
    ]
    exhibit.tamper_keys(write, held[1], ours)
    exhibit.tamper_keys(write, held[0], theirs)
    assert exhibit.codes() == {"BODY_DAMAGED"}
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"
    assert exhibit.refusal_to_load("c") == "BODY_DAMAGED"


def test_a_wrapped_key_moved_whole_to_another_stream_does_not_open(
    exhibit: Museum,
) -> None:
    ours, theirs = exhibit.shared("d"), exhibit.shared("c")
    exhibit.tamper_keys(
        "UPDATE wrapped_key SET stream = %s WHERE stream = %s", theirs, ours
    )
    assert exhibit.refusal_to_load("d") == "BODY_DAMAGED"


def test_a_lost_key_database_is_not_taken_for_an_erasure(exhibit: Museum) -> None:
    exhibit.tamper_keys("DELETE FROM wrapped_key")
    assert {"MISSING_BODY", "KEY_REGISTRY_SEALED"} <= exhibit.codes()
    assert exhibit.refusal_to_load("d") == "MISSING_BODY"


def test_nothing_is_sealed_under_a_key_put_in_by_somebody_else(
    exhibit: Museum,
) -> None:
    """A newer row for the stream would be taken for the key to seal with."""
    stream = exhibit.shared("d")
    exhibit.tamper_keys(
        "INSERT INTO wrapped_key (key_id, stream, epoch, wrapped)"
        " SELECT gen_random_uuid(), %s, epoch, wrapped FROM wrapped_key LIMIT 1",
        stream,
    )
    with pytest.raises(KeyringError):
        exhibit.tenant().data_keys.of_stream(stream)


FIELDS = ["format", "salt", "nonce", "sealed"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_flipped_byte_in_the_keyrings_file_is_refused(
    exhibit: Museum, field: str
) -> None:
    path = exhibit.opened.folder / "keyring.json"
    change_field(path, field)
    with pytest.raises(KeyringError):
        FileKeyring.open(path, PASSPHRASE)


@pytest.mark.parametrize("field", FIELDS)
def test_a_flipped_byte_in_the_roots_file_is_refused(
    exhibit: Museum, field: str
) -> None:
    path = exhibit.opened.folder / "root.json"
    change_field(path, field)
    with pytest.raises(KeyringError):
        RootKey.open(path, PASSPHRASE)


@pytest.mark.parametrize(
    "cost", [{"n": 2**16}, {"r": 9}, {"p": 2}, {"n": 2}, {"n": 2**30}, {"p": 4000}]
)
def test_another_cost_in_the_keyrings_file_is_refused(
    exhibit: Museum, cost: dict[str, int]
) -> None:
    path = exhibit.opened.folder / "keyring.json"
    document = json.loads(path.read_bytes())
    document["kdf"] |= cost
    path.write_text(json.dumps(document))
    with pytest.raises(KeyringError):
        FileKeyring.open(path, PASSPHRASE)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff", b'{"format": "x"}'], ids=repr
)
def test_another_file_in_place_of_the_keyring_is_refused(
    exhibit: Museum, content: bytes
) -> None:
    path = exhibit.opened.folder / "keyring.json"
    path.write_bytes(content)
    with pytest.raises(KeyringError):
        FileKeyring.open(path, PASSPHRASE)


def test_a_keyring_cut_short_anywhere_is_refused(exhibit: Museum) -> None:
    path = exhibit.opened.folder / "keyring.json"
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(KeyringError):
            FileKeyring.open(path, PASSPHRASE)


def test_a_root_put_in_place_of_the_keyring_is_refused(exhibit: Museum) -> None:
    path = exhibit.opened.folder / "root.json"
    with pytest.raises(KeyringError):
        FileKeyring.open(path, PASSPHRASE)


def change_field(path: Path, field: str) -> None:
    document = json.loads(path.read_bytes())
    document[field] = flipped(document[field].encode(), 3).decode()
    path.write_text(json.dumps(document))
