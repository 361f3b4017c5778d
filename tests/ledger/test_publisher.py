"""The log: what is signed once is never contradicted."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from base64 import b64encode
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from audit.policy import open_checkpoint, parse_policy
from audit.tiles import Tiles
from audit.tree import Frontier, leaf_hash
from ledger.publisher import AlreadyPublishing, Publisher, PublishingRefused
from tests.ledger.test_recorder import sealed
from tests.tenants import OpenTenant


def record(opened: OpenTenant, count: int) -> None:
    recorder = opened.opened().recorder
    recorder.record([sealed(uuid4()) for _ in range(count)])


def as_superuser(opened: OpenTenant, statement: str) -> None:
    """Past the seat belts, as whoever owns the machine can go."""
    with psycopg.connect(
        opened.schemas.databases.ledger, autocommit=True
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"SET search_path TO {opened.schemas.schema}")
        connection.execute(statement)


def refusal_of(publisher: Publisher) -> str:
    with pytest.raises(PublishingRefused) as refused:
        publisher.publish()
    return refused.value.code


def test_the_checkpoint_is_the_root_of_all_envelopes(opened: OpenTenant) -> None:
    record(opened, 300)
    checkpoint = opened.publisher().publish()
    tree = Frontier()
    for event in opened.opened().recorder.sealed_after(0, 1000):
        tree.append(leaf_hash(event.state))
    assert (checkpoint.size, checkpoint.root) == (302, tree.root())


def test_the_checkpoint_is_signed_by_the_key_of_the_policy(opened: OpenTenant) -> None:
    opened.publisher().publish()
    policy = parse_policy(opened.opened().policy(), allow_unwitnessed=True)
    note = (opened.log / "checkpoint").read_bytes()
    assert open_checkpoint(note, policy).checkpoint.size == 2


def test_a_checkpoint_signature_verifies_with_openssl(
    opened: OpenTenant, tmp_path: Path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed")
    opened.publisher().publish()
    text, _, line = (opened.log / "checkpoint").read_text().rpartition("\n\n")
    policy = parse_policy(opened.opened().policy(), allow_unwitnessed=True)
    key = bytes.fromhex("302a300506032b6570032100") + policy.log.public_key
    pem = f"-----BEGIN PUBLIC KEY-----\n{b64encode(key).decode()}\n"
    (tmp_path / "key.pem").write_text(pem + "-----END PUBLIC KEY-----\n")
    (tmp_path / "text").write_bytes(text.encode() + b"\n")
    from base64 import b64decode

    (tmp_path / "sig").write_bytes(b64decode(line.split(" ")[2])[4:])
    command = (
        "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile sig"
    )
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_log_grows_by_what_is_new_whoever_publishes(opened: OpenTenant) -> None:
    sizes = []
    for count in (1, 255, 1, 300):
        record(opened, count)
        sizes.append(opened.publisher().publish().size)
    assert sizes == [3, 258, 259, 559]
    tiles = Tiles(opened.log)
    assert tiles.widths(0, 0) == [256]  # the beginnings of a full tile are gone


def test_publishing_twice_changes_nothing(opened: OpenTenant) -> None:
    publisher = opened.publisher()
    first = publisher.publish()
    note = (opened.log / "checkpoint").read_bytes()
    assert publisher.publish() == first
    assert (opened.log / "checkpoint").read_bytes() == note


def test_a_log_that_became_smaller_is_refused_with_the_first_missing_entry(
    opened: OpenTenant,
) -> None:
    record(opened, 5)
    opened.publisher().publish()
    as_superuser(opened, "DELETE FROM envelope WHERE position > 4")
    as_superuser(opened, "UPDATE head SET position = 4")
    with pytest.raises(PublishingRefused) as refused:
        opened.publisher().publish()
    assert refused.value.code == "LOG_SMALLER"
    assert "entry 5" in str(refused.value)


def test_a_log_that_was_rolled_back_and_grew_again_is_refused(
    opened: OpenTenant,
) -> None:
    record(opened, 5)
    opened.publisher().publish()
    as_superuser(opened, "DELETE FROM envelope WHERE position > 4")
    as_superuser(opened, "DELETE FROM body WHERE position > 4")
    as_superuser(opened, "UPDATE head SET position = 4")
    record(opened, 9)
    assert refusal_of(opened.publisher()) == "LOG_INCONSISTENT"


def test_a_gap_in_the_log_is_refused(opened: OpenTenant) -> None:
    record(opened, 5)
    as_superuser(opened, "DELETE FROM envelope WHERE position = 4")
    assert refusal_of(opened.publisher()) == "LOG_GAP"


def test_rows_and_tiles_rewritten_together_are_refused(opened: OpenTenant) -> None:
    record(opened, 5)
    opened.publisher().publish()
    as_superuser(opened, "UPDATE envelope SET state = 'other' WHERE position = 4")
    tile = opened.log / "tile" / "0" / "000.p" / "7"
    content = bytearray(tile.read_bytes())
    content[3 * 32 : 4 * 32] = leaf_hash(b"other")
    tile.write_bytes(content)
    assert refusal_of(opened.publisher()) == "LOG_INCONSISTENT"


def test_a_missing_tile_is_refused(opened: OpenTenant) -> None:
    record(opened, 5)
    opened.publisher().publish()
    (opened.log / "tile" / "0" / "000.p" / "7").unlink()
    assert refusal_of(opened.publisher()) == "TILES_DAMAGED"


def test_a_lost_state_file_is_refused(opened: OpenTenant) -> None:
    opened.publisher().publish()
    (opened.folder / "publisher" / "state.json").unlink()
    assert refusal_of(opened.publisher()) == "STATE_LOST"


def test_an_older_state_file_is_refused(opened: OpenTenant) -> None:
    opened.publisher().publish()
    state = opened.folder / "publisher" / "state.json"
    old = state.read_bytes()
    record(opened, 3)
    opened.publisher().publish()
    state.write_bytes(old)
    assert refusal_of(opened.publisher()) == "STATE_BEHIND"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"origin": "x"}', b"\xff"])
def test_a_damaged_state_file_is_refused(opened: OpenTenant, content: bytes) -> None:
    opened.publisher().publish()
    (opened.folder / "publisher" / "state.json").write_bytes(content)
    assert refusal_of(opened.publisher()) == "STATE_CHANGED"


def test_a_rewritten_checkpoint_is_refused(opened: OpenTenant) -> None:
    opened.publisher().publish()
    path = opened.log / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n2\n", b"\n3\n"))
    assert refusal_of(opened.publisher()) == "CHECKPOINT_CHANGED"


def test_a_crash_before_the_checkpoint_is_out_is_made_good(opened: OpenTenant) -> None:
    """Tiles and state are written first; the same code signs them the next time."""
    record(opened, 3)
    expected = opened.publisher().publish()
    (opened.log / "checkpoint").unlink()
    assert opened.publisher().publish() == expected
    assert (opened.log / "checkpoint").exists()


def test_a_crash_before_the_state_is_written_is_made_good(opened: OpenTenant) -> None:
    opened.publisher().publish()
    state = opened.folder / "publisher" / "state.json"
    note, held = (opened.log / "checkpoint").read_bytes(), state.read_bytes()
    record(opened, 300)
    expected = opened.publisher().publish()
    state.write_bytes(held)
    (opened.log / "checkpoint").write_bytes(note)
    assert opened.publisher().publish() == expected


def test_there_is_one_publisher_at_a_time(opened: OpenTenant) -> None:
    first, second = opened.publisher(), opened.publisher()
    stop, started = threading.Event(), threading.Event()

    class Started(threading.Event):
        """Tells that the loop has come to its first wait, holding its locks."""

        def wait(self, timeout: float | None = None) -> bool:
            started.set()
            return stop.wait(timeout)

    thread = threading.Thread(target=first.run, args=(Started(),))
    thread.start()
    try:
        assert started.wait(30)
        with pytest.raises(AlreadyPublishing):
            second.publish()
    finally:
        stop.set()
        thread.join()
    second.publish()


def test_a_running_publisher_follows_what_is_recorded(opened: OpenTenant) -> None:
    stop = threading.Event()
    publisher = opened.publisher()
    thread = threading.Thread(target=publisher.run, args=(stop,), kwargs={"seconds": 0})
    thread.start()
    try:
        record(opened, 4)
        for _ in range(10_000):
            checkpoint = opened.log / "checkpoint"
            if checkpoint.exists() and b"\n6\n" in checkpoint.read_bytes():
                break
            thread.join(0.01)
        assert b"\n6\n" in checkpoint.read_bytes()
    finally:
        stop.set()
        thread.join()


def test_the_state_says_what_the_checkpoint_says(opened: OpenTenant) -> None:
    record(opened, 3)
    checkpoint = opened.publisher().publish()
    state = json.loads((opened.folder / "publisher" / "state.json").read_text())
    assert state == {
        "origin": checkpoint.origin,
        "size": 5,
        "root": b64encode(checkpoint.root).decode(),
    }
