"""What was signed last outlives the database, and a shorter ledger is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.failures import ProofFailed
from audit.note import Checkpoint, format_note
from ledger.keyring import FileKeyring, SoftwareSigner, note_signature
from ledger.rollback import (
    LastSigned,
    RolledBack,
    StateUnreadable,
    last_signed,
    refuse_rollback,
    remember,
    signed_by,
)

ORIGIN = "testvik.demo.example/stafettlogg"
SIGNED = LastSigned(ORIGIN, 120, b"\7" * 32)


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return FileKeyring.create(
        tmp_path / "keyring.json", "x", tenant="t", origin=ORIGIN, root=bytes(32)
    )


def signed_note(keyring: FileKeyring, checkpoint: Checkpoint) -> bytes:
    text = checkpoint.text()
    signature = note_signature(checkpoint.origin, keyring.checkpoint, text)
    return format_note(text, [signature])


def test_what_was_signed_is_read_back_as_it_was(tmp_path):
    assert last_signed(tmp_path / "state") is None
    remember(tmp_path / "folder" / "state", SIGNED)
    assert last_signed(tmp_path / "folder" / "state") == SIGNED


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"size": 1}', b"\xff"])
def test_a_memory_that_cannot_be_read_is_not_taken_for_none(tmp_path, content):
    (tmp_path / "state").write_bytes(content)
    with pytest.raises(StateUnreadable):
        last_signed(tmp_path / "state")


@pytest.mark.parametrize("size", [0, 1, 119])
def test_a_shorter_ledger_is_refused_with_the_first_missing_position(size):
    with pytest.raises(RolledBack) as refused:
        refuse_rollback(SIGNED, size)
    assert (refused.value.first_missing, refused.value.signed) == (size + 1, 120)


@pytest.mark.parametrize("size", [120, 121])
def test_a_ledger_that_has_all_that_was_signed_is_not_refused(size):
    refuse_rollback(SIGNED, size)
    refuse_rollback(None, size)


def test_a_kept_checkpoint_counts_when_this_log_has_signed_it(keyring):
    note = signed_note(keyring, Checkpoint(ORIGIN, 120, SIGNED.root))
    assert signed_by(note, keyring) == SIGNED


def test_a_checkpoint_of_anybody_else_does_not_count(keyring):
    note = signed_note(keyring, Checkpoint("other.example/log", 120, SIGNED.root))
    with pytest.raises(ProofFailed, match="CP_ORIGIN"):
        signed_by(note, keyring)
    stranger = SoftwareSigner.from_seed(b"another key than the log's, 32 b")
    text = Checkpoint(ORIGIN, 120, SIGNED.root).text()
    with pytest.raises(ProofFailed, match="CP_SIGNATURE"):
        signed_by(format_note(text, [note_signature(ORIGIN, stranger, text)]), keyring)
