"""Tiles, checkpoint and the publisher's own state are changed, lost or copied."""

from __future__ import annotations

import json
import shutil
import threading
from base64 import b64encode
from pathlib import Path

import pytest

from audit.note import Checkpoint, format_note
from audit.tiles import Tiles, tile_path, tiles_to_write
from audit.tree import Frontier, leaf_hash
from ledger.database.roles import DatabaseRole
from ledger.keyring import SoftwareSigner, note_signature
from ledger.publisher import AlreadyPublishing, PublishingRefused
from tests.attacks.museum import COORDINATOR, Museum, flipped
from tests.attacks.test_history import cut_off, sign_history_again
from tests.clusters import Databases
from tests.faults.patience import meanwhile, outcome, until
from tests.tenants import open_tenant

# -- the checkpoint --------------------------------------------------------------------


def sign_checkpoint(exhibit: Museum, checkpoint: Checkpoint) -> None:
    """Write a checkpoint signed by the log's own key, as whoever has copied it can."""
    text = checkpoint.text()
    origin = exhibit.opened.keyring.origin
    signature = note_signature(origin, exhibit.opened.keyring.checkpoint, text)
    exhibit.checkpoint.write_bytes(format_note(text, [signature]))


@pytest.mark.parametrize("line", [0, 1, 2, 4])
def test_a_flipped_byte_in_the_checkpoint_is_found(exhibit: Museum, line: int) -> None:
    note = exhibit.checkpoint.read_bytes()
    lines = note.split(b"\n")
    lines[line] = flipped(lines[line], len(lines[line]) // 2)
    exhibit.checkpoint.write_bytes(b"\n".join(lines))
    report = exhibit.check()
    assert report.code in {"CP_SIGNATURE", "CP_MALFORMED"}
    assert exhibit.refusal_to_publish() == "CHECKPOINT_CHANGED"


def test_a_checkpoint_signed_by_another_key_is_found(exhibit: Museum) -> None:
    attacker = SoftwareSigner.from_seed(b"an attacker's own key, 32 bytes.")
    origin = exhibit.opened.keyring.origin
    text = Checkpoint(origin, exhibit.size(), bytes(32)).text()
    note = format_note(text, [note_signature(origin, attacker, text)])
    exhibit.checkpoint.write_bytes(note)
    assert exhibit.check().code == "CP_SIGNATURE"
    assert exhibit.refusal_to_publish() == "CHECKPOINT_CHANGED"


def test_a_checkpoint_signed_by_the_logs_key_over_another_tree_is_found(
    exhibit: Museum,
) -> None:
    origin = exhibit.opened.keyring.origin
    sign_checkpoint(exhibit, Checkpoint(origin, exhibit.size(), bytes(32)))
    assert "INC_ROOT" in exhibit.codes()


@pytest.mark.parametrize("smaller_by", [0, 1, 100])
def test_a_fork_signed_by_a_copied_key_is_not_overwritten_in_silence(
    exhibit: Museum, smaller_by: int
) -> None:
    """It proves that the key is in other hands: that must be told, and stay."""
    origin = exhibit.opened.keyring.origin
    fork = Checkpoint(origin, exhibit.size() - smaller_by, b"\1" * 32)
    sign_checkpoint(exhibit, fork)
    note = exhibit.checkpoint.read_bytes()
    assert exhibit.refusal_to_publish() == "CHECKPOINT_CHANGED"
    assert exhibit.checkpoint.read_bytes() == note


def test_a_larger_checkpoint_signed_by_a_copied_key_is_refused(
    exhibit: Museum,
) -> None:
    origin = exhibit.opened.keyring.origin
    sign_checkpoint(exhibit, Checkpoint(origin, exhibit.size() + 1, bytes(32)))
    assert exhibit.refusal_to_publish() == "STATE_BEHIND"
    assert "MISSING_TAIL" in exhibit.codes()


def test_a_checkpoint_of_another_log_is_refused(exhibit: Museum) -> None:
    other = "other.demo.example/stafettlogg"
    text = Checkpoint(other, exhibit.size(), bytes(32)).text()
    signature = note_signature(other, exhibit.opened.keyring.checkpoint, text)
    exhibit.checkpoint.write_bytes(format_note(text, [signature]))
    assert exhibit.check().code in {"CP_SIGNATURE", "CP_ORIGIN"}
    assert exhibit.refusal_to_publish() == "CHECKPOINT_CHANGED"


def test_an_older_checkpoint_put_back_is_made_good(exhibit: Museum) -> None:
    """Not an attack that can be told from a crash before the newest one was out."""
    old = exhibit.checkpoint.read_bytes()
    read_once(exhibit)
    newest = exhibit.publisher().publish()
    exhibit.checkpoint.write_bytes(old)
    assert exhibit.publisher().publish() == newest
    assert exhibit.codes() == set()


def test_a_lost_checkpoint_is_signed_again_as_it_was(exhibit: Museum) -> None:
    note = exhibit.checkpoint.read_bytes()
    exhibit.checkpoint.unlink()
    exhibit.publisher().publish()
    assert exhibit.checkpoint.read_bytes() == note


def read_once(exhibit: Museum) -> None:
    ledger = exhibit.ledger()
    ledger.read(ledger.index.case_id("a"), by=COORDINATOR, view="state", purpose="x")


# -- the tiles -------------------------------------------------------------------------


def tiles_on_disk(exhibit: Museum) -> list[Path]:
    return sorted(p for p in (exhibit.log / "tile").rglob("*") if p.is_file())


@pytest.mark.parametrize("number", range(3), ids=["full", "partial", "upper"])
@pytest.mark.parametrize("at", [0, -1])
def test_a_flipped_byte_in_a_tile_is_found(
    exhibit: Museum, number: int, at: int
) -> None:
    tile = tiles_on_disk(exhibit)[number]
    tile.write_bytes(flipped(tile.read_bytes(), at))
    assert "INC_TILE_DIFFERS" in exhibit.codes()


@pytest.mark.parametrize("number", range(3), ids=["full", "partial", "upper"])
def test_a_lost_tile_is_found(exhibit: Museum, number: int) -> None:
    tiles_on_disk(exhibit)[number].unlink()
    assert "INC_TILE_ABSENT" in exhibit.codes()


@pytest.mark.parametrize("number", [1, 2], ids=["partial", "upper"])
def test_a_tile_the_newest_root_rests_on_is_not_published_over(
    exhibit: Museum, number: int
) -> None:
    tile = tiles_on_disk(exhibit)[number]
    tile.write_bytes(flipped(tile.read_bytes(), 0))
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"
    tile.write_bytes(tile.read_bytes()[:-1])
    assert exhibit.refusal_to_publish() == "TILES_DAMAGED"
    tile.unlink()
    assert exhibit.refusal_to_publish() == "TILES_DAMAGED"


def test_a_tile_that_goes_on_beyond_the_entries_is_found(exhibit: Museum) -> None:
    width = exhibit.size() % 256
    partial = exhibit.log / tile_path(0, 1, width)
    longer = exhibit.log / tile_path(0, 1, width + 1)
    longer.write_bytes(partial.read_bytes() + bytes(32))
    assert "INC_TILE_BEYOND" in exhibit.codes()


def write_tree(exhibit: Museum) -> bytes:
    """All tiles as they would be for the rows as they are now; the root."""
    shutil.rmtree(exhibit.log / "tile")
    rows = exhibit.attacker.execute("SELECT state FROM envelope ORDER BY position")
    leaves = [leaf_hash(bytes(state)) for (state,) in rows.fetchall()]
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    for tile, content in tiles_to_write(Tiles(exhibit.log), 0, iter(leaves)):
        path = exhibit.log / tile.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return frontier.root()


def test_rewritten_rows_are_found_by_tiles_and_publisher(exhibit: Museum) -> None:
    sign_history_again(exhibit, "c5", 40)
    assert exhibit.codes() == {"INC_ROOT", "INC_TILE_DIFFERS"}
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"


def test_rewritten_tiles_are_found_by_rows_and_publisher(exhibit: Museum) -> None:
    sign_history_again(exhibit, "a", 5)
    write_tree(exhibit)
    rewritten = {tile: tile.read_bytes() for tile in tiles_on_disk(exhibit)}
    exhibit.restore()
    for tile, content in rewritten.items():
        tile.write_bytes(content)
    assert exhibit.codes() == {"INC_TILE_DIFFERS"}
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"


def test_rows_and_tiles_rewritten_together_are_found_by_the_publishers_state(
    exhibit: Museum,
) -> None:
    sign_history_again(exhibit, "a", 5)
    write_tree(exhibit)
    assert exhibit.codes() == {"INC_ROOT"}
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"


def test_rows_tiles_and_checkpoint_rewritten_are_found_by_the_publishers_state(
    exhibit: Museum,
) -> None:
    """With the copied key all is consistent here: the state, and witnesses, tell."""
    sign_history_again(exhibit, "a", 5)
    origin = exhibit.opened.keyring.origin
    sign_checkpoint(exhibit, Checkpoint(origin, exhibit.size(), write_tree(exhibit)))
    assert exhibit.codes() == set()
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"


# -- the state -------------------------------------------------------------------------


def test_a_lost_state_is_refused(exhibit: Museum) -> None:
    exhibit.state.unlink()
    assert exhibit.refusal_to_publish() == "STATE_LOST"


def test_a_state_that_is_behind_what_is_out_is_refused(exhibit: Museum) -> None:
    old = exhibit.state.read_bytes()
    read_once(exhibit)
    exhibit.publisher().publish()
    exhibit.state.write_bytes(old)
    assert exhibit.refusal_to_publish() == "STATE_BEHIND"


def write_state(exhibit: Museum, **changed: object) -> None:
    held = json.loads(exhibit.state.read_bytes())
    exhibit.state.write_text(json.dumps({**held, **changed}))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"root": b64encode(bytes(32)).decode()}, "LOG_INCONSISTENT"),
        ({"root": b64encode(bytes(31)).decode()}, "LOG_INCONSISTENT"),
        ({"root": "no base64"}, "STATE_CHANGED"),
        ({"size": "many"}, "STATE_CHANGED"),
        ({"size": None}, "STATE_CHANGED"),
        ({"size": -1}, "STATE_BEHIND"),
        ({"size": 1}, "STATE_BEHIND"),
        ({"size": 0}, "STATE_BEHIND"),
        ({"size": 5000}, "TILES_DAMAGED"),
        ({"origin": "other.demo.example/stafettlogg"}, "STATE_CHANGED"),
    ],
    ids=str,
)
def test_a_changed_state_is_refused(
    exhibit: Museum, changed: dict[str, object], code: str
) -> None:
    write_state(exhibit, **changed)
    assert exhibit.refusal_to_publish() == code


def test_nothing_is_signed_or_written_when_publishing_is_refused(
    exhibit: Museum,
) -> None:
    before = {p: p.read_bytes() for p in tiles_on_disk(exhibit)}
    note = exhibit.checkpoint.read_bytes()
    cut_off(exhibit, 300)
    assert exhibit.refusal_to_publish() == "LOG_SMALLER"
    assert {p: p.read_bytes() for p in tiles_on_disk(exhibit)} == before
    assert exhibit.checkpoint.read_bytes() == note


# -- an older database -----------------------------------------------------------------


def test_an_older_database_is_refused_with_the_first_missing_position(
    exhibit: Museum,
) -> None:
    size = exhibit.size()
    for _ in range(2):
        read_once(exhibit)
    exhibit.publisher().publish()
    exhibit.restore_databases()
    with pytest.raises(PublishingRefused) as refused:
        exhibit.publisher().publish()
    assert refused.value.code == "LOG_SMALLER"
    assert f"entry {size + 1} " in str(refused.value)
    (missing,) = (f for f in exhibit.check().failures if f.code == "MISSING_TAIL")
    assert missing.position == size + 1


def test_an_older_database_that_grew_again_is_refused(exhibit: Museum) -> None:
    for _ in range(2):
        read_once(exhibit)
    exhibit.publisher().publish()
    exhibit.restore_databases()
    for _ in range(3):
        read_once(exhibit)
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"
    assert {"INC_ROOT", "INC_TILE_DIFFERS"} <= exhibit.codes()


# -- two publishers --------------------------------------------------------------------


def test_a_second_publisher_is_refused_while_one_is_at_work(exhibit: Museum) -> None:
    stop = threading.Event()
    first = exhibit.publisher()
    running = meanwhile(lambda: first.run(stop, seconds=0.001))
    elsewhere = exhibit.opened.folder / "elsewhere"
    elsewhere.mkdir()
    try:
        read_once(exhibit)
        size = f"\n{exhibit.size()}\n".encode()
        until(lambda: size in exhibit.checkpoint.read_bytes(), "the next checkpoint")
        same_disk = exhibit.publisher()
        other_disk = exhibit.publisher(
            log=elsewhere / "log", state=elsewhere / "state.json"
        )
        for second in (same_disk, other_disk):
            with pytest.raises(AlreadyPublishing):
                second.publish()
    finally:
        stop.set()
        assert outcome(running) is None
    assert exhibit.publisher().publish().size == exhibit.size()
    assert not (elsewhere / "log" / "checkpoint").exists()


def test_a_second_publisher_on_another_copy_of_the_database_is_refused_too(
    exhibit: Museum, wheel_postgres: Databases, tmp_path: Path
) -> None:
    """The server's lock is not there to stop it; that on the state file is."""
    stop = threading.Event()
    first = exhibit.publisher()
    running = meanwhile(lambda: first.run(stop, seconds=0.001))
    with open_tenant(wheel_postgres, tmp_path) as elsewhere:
        try:
            read_once(exhibit)
            size = f"\n{exhibit.size()}\n".encode()
            until(lambda: size in exhibit.checkpoint.read_bytes(), "a checkpoint")
            second = elsewhere.opened().publisher(
                elsewhere.pool(elsewhere.schemas.ledger(DatabaseRole.PUBLISHER)),
                directory=exhibit.log,
                state=exhibit.state,
            )
            with pytest.raises(AlreadyPublishing):
                second.publish()
        finally:
            stop.set()
            assert outcome(running) is None


def test_many_publishers_at_once_sign_one_history(exhibit: Museum) -> None:
    """Whoever comes second gives way; whoever comes later signs the same."""
    read_once(exhibit)
    publishers = [exhibit.publisher() for _ in range(8)]
    at_once = threading.Barrier(8)

    def publish(number: int) -> object:
        at_once.wait()
        try:
            return publishers[number].publish()
        except AlreadyPublishing:
            return None

    ends = [meanwhile(lambda n=n: publish(n)) for n in range(8)]
    signed = {outcome(end) for end in ends} - {None}
    assert len(signed) == 1
    assert exhibit.codes() == set()


def test_a_publisher_with_a_copied_key_and_another_tree_is_refused_by_its_state(
    exhibit: Museum,
) -> None:
    """It has followed the log to a place of its own; then the database forks."""
    place = exhibit.opened.folder / "copy"
    place.mkdir()

    def copied() -> str:
        return exhibit.refusal_to_publish(
            exhibit.publisher(log=place / "log", state=place / "state.json")
        )

    assert copied() == "PUBLISHED"
    sign_history_again(exhibit, "c5", 40)
    assert copied() == "LOG_INCONSISTENT"
    assert exhibit.refusal_to_publish() == "LOG_INCONSISTENT"
