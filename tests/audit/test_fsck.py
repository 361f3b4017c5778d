from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from audit.fsck import Damaged, Missing, NotHeld, StoredEntry, fsck
from audit.report import LISTED, Report, Standing
from audit.tiles import Tiles, tiles_to_write
from tests.audit.forging import (
    ACCESS,
    PLACE,
    REGISTRY,
    SHARED,
    SHIELDED,
    Forge,
    Stream,
    leaf,
)


class Store:
    """What a database and a published directory hold of a forged log."""

    def __init__(self, forge: Forge, directory: Any) -> None:
        self.forge = forge
        self.directory = directory
        self.checkpoint: bytes | None = None
        self.published = 0

    def publish(self) -> None:
        """Put the log's tiles and checkpoint on disk, as a publisher does."""
        tiles, leaves = Tiles(self.directory), self.forge.leaves[self.published :]
        for tile, content in tiles_to_write(tiles, self.published, leaves):
            path = self.directory / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.published = len(self.forge.leaves)
        self.checkpoint = self.forge.checkpoint()
        (self.directory / "checkpoint").write_bytes(self.checkpoint)

    def rows(self) -> list[StoredEntry]:
        """Every entry as it is stored."""
        found = []
        for stream in self.forge.streams:
            for version, entry in enumerate(stream.entries, 1):
                body = Missing() if entry.is_erased else entry.preimage
                found.append(
                    StoredEntry(
                        position=entry.index + 1,
                        stream=stream.id,
                        version=version,
                        kind=stream.kind,
                        envelope=entry.envelope,
                        leaf=leaf(entry.envelope),
                        body=body,
                    )
                )
        return sorted(found, key=lambda row: row.position)

    def heads(self) -> list[tuple[Any, int, bytes]]:
        return [
            (stream.id, len(stream.entries), leaf(stream.entries[-1].envelope))
            for stream in self.forge.streams
            if stream.entries
        ]

    def check(self, rows: Any = None, **changes: Any) -> Report:
        """Check it, with whatever is to be different."""
        given = {
            "policy": self.forge.policy(),
            "checkpoint": self.checkpoint,
            "tiles": Tiles(self.directory),
            "heads": self.heads(),
        } | changes
        return fsck(self.rows() if rows is None else rows, **given)


@pytest.fixture
def store(forge: Forge, tmp_path) -> Store:
    """Three streams of a case, seventeen entries in all, published."""
    shared = forge.stream(SHARED)
    shielded = forge.stream(SHIELDED, shield="vern-1")
    access = forge.stream(ACCESS, access_to=shared.id)
    for _ in range(5):
        for stream in (shared, shielded, access):
            forge.record(stream)
    made = Store(forge, tmp_path)
    made.publish()
    return made


def codes(report: Report) -> dict[str, int]:
    return dict(report.failed_by_code)


def changed(rows, position, **changes):
    return [
        replace(row, **changes) if row.position == position else row for row in rows
    ]


def test_a_true_log_is_proved(store):
    report = store.check()
    assert (report.ok, report.code) == (True, "PROVED"), report.as_text()
    assert report.counts[Standing.SHOWN] == 17
    assert report.unpublished == 0
    assert report.entries == []


def test_progress_is_told_and_entries_may_be_an_iterator(store):
    told: list[int] = []
    for _ in range(1_000):
        store.forge.record(store.forge.registry, "checkpoint-made.v1")
    store.publish()
    assert store.check(iter(store.rows()), progress=told.append).ok
    assert told == [1_000]


def test_what_is_not_yet_published_is_counted_and_checked(store):
    store.forge.record(store.forge.streams[1])
    report = store.check()
    assert report.ok
    assert (report.unpublished, "UNPUBLISHED" in report.notices) == (1, True)
    store.forge.record(store.forge.streams[1], by="intruder")
    assert codes(store.check()) == {"KEY_UNKNOWN": 1}


def test_a_log_that_has_grown_on_disk_since_is_no_failure(store):
    rows, checkpoint, heads = store.rows(), store.checkpoint, store.heads()
    store.forge.record(store.forge.streams[1])
    store.publish()
    report = store.check(rows, checkpoint=checkpoint, heads=heads)
    assert report.ok, report.as_text()


def test_a_log_without_any_checkpoint_must_be_allowed(store):
    assert codes(store.check(checkpoint=None, tiles=None)) == {"CP_ABSENT": 1}
    report = store.check(checkpoint=None, tiles=None, allow_unwitnessed=True)
    assert (report.ok, report.code) == (True, "PROVED_UNWITNESSED")
    assert "NOTHING_PUBLISHED" in report.notices


def test_an_empty_log_holds_nothing_false(forge, tmp_path):
    policy = forge.policy()
    report = fsck(
        [], policy=policy, checkpoint=None, tiles=None, allow_unwitnessed=True
    )
    assert report.ok
    gone = fsck([], policy=policy, checkpoint=forge.checkpoint(), tiles=None)
    assert codes(gone) == {"MISSING_TAIL": 1}


def test_a_policy_or_checkpoint_that_is_refused_ends_the_check(store):
    assert store.check(policy="").code == "POLICY_INCOMPLETE"
    assert store.check(policy=store.forge.policy(quorum=False)).code == (
        "POLICY_UNWITNESSED"
    )
    assert store.check(checkpoint=b"").code == "CP_MALFORMED"
    assert not store.check(policy="").ok


# positions


def test_entries_deleted_from_the_end_are_missed_with_the_first_position(store):
    report = store.check(store.rows()[:-3], heads=None)
    assert codes(report) == {"MISSING_TAIL": 1, "INC_TILE_BEYOND": 1}
    assert report.failures[0].position == 15
    assert report.failures[0].detail == "3 gone"


def test_entries_deleted_beyond_the_checkpoint_leave_their_tiles_behind(store):
    older = store.checkpoint
    store.forge.record(store.forge.streams[1])
    store.publish()
    (store.directory / "checkpoint").write_bytes(older)
    report = store.check(store.rows()[:-1], checkpoint=older, heads=None)
    assert codes(report) == {"INC_TILE_BEYOND": 1}


def test_an_entry_deleted_from_the_middle_is_missed_by_position_and_chain(store):
    rows = [row for row in store.rows() if row.position != 6]
    report = store.check(rows)
    assert codes(report) == {
        "CHAIN_POSITION_GAP": 1, "CHAIN_VERSION": 1, "CHAIN_PREVIOUS": 1,
    }  # fmt: skip
    assert [failure.position for failure in report.failures] == [7, 9, 9]
    assert report.failures[0].detail == "1 from 6"


def test_a_whole_stream_deleted_leaves_gaps_and_heads(store):
    gone = store.forge.streams[2].id
    report = store.check([row for row in store.rows() if row.stream != gone])
    assert codes(report) == {"CHAIN_POSITION_GAP": 5, "CHAIN_HEAD_UNKNOWN": 1}


def test_a_gap_that_no_tile_bridges_ends_the_tree_and_not_the_check(store):
    rows = [row for row in store.rows() if row.position != 6]
    report = store.check(changed(rows, 17, envelope=b"", leaf=None), tiles=None)
    assert codes(report) == {
        "CHAIN_POSITION_GAP": 1, "CHAIN_VERSION": 1, "CHAIN_PREVIOUS": 1,
        "ENC_ENVELOPE": 1, "CHAIN_HEAD_DIFFERS": 1,
    }  # fmt: skip


def test_a_position_beyond_reason_is_a_gap_and_takes_no_time(store):
    *rows, last = store.rows()
    report = store.check([*rows, replace(last, position=10**15)], heads=None)
    assert set(codes(report)) == {"CHAIN_POSITION_GAP"}


def test_positions_that_repeat_or_run_backwards_are_named(store):
    rows = store.rows()
    again = store.check([*rows[:5], rows[4], *rows[5:]])
    assert "CHAIN_POSITION_REPEATED" in codes(again)
    backward = store.check([*rows[:5], rows[6], rows[5], *rows[7:]])
    assert {"CHAIN_POSITION_GAP", "CHAIN_POSITION_BACKWARD"} <= set(codes(backward))


def test_rows_that_have_changed_places_are_named(store):
    rows = store.rows()
    first, second = rows[4], rows[7]
    swapped = changed(changed(rows, 5, envelope=second.envelope, body=second.body,
                              leaf=None), 8, envelope=first.envelope, body=first.body,
                      leaf=None)  # fmt: skip
    report = store.check(swapped)
    assert {"CHAIN_VERSION", "CHAIN_PREVIOUS", "INC_ROOT", "INC_TILE_DIFFERS"} <= set(
        codes(report)
    )


# columns and envelopes


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ({"CHAIN_STREAM", "CHAIN_VERSION", "CHAIN_PREVIOUS"}, {"stream": UUID(int=7)}),
        ({"CHAIN_VERSION"}, {"version": 7}),
        ({"CHAIN_VERSION"}, {"version": 0}),
        ({"CHAIN_VERSION"}, {"version": -(1 << 63)}),
        ({"CHAIN_VERSION"}, {"version": 1 << 70}),
        ({"CHAIN_KIND"}, {"kind": ACCESS}),
        ({"CHAIN_KIND"}, {"kind": "stafettlogg.other.v1"}),
        ({"INC_STORED_LEAF"}, {"leaf": bytes(32)}),
        ({"BODY_DAMAGED"}, {"body": Damaged()}),
        ({"MISSING_BODY"}, {"body": Missing()}),
        ({"MISSING_ERASURE"}, {"body": Missing(erased_by=17)}),
        ({"BODY_HASH"}, {"body": bytes(40)}),
        ({"BODY_SIZE"}, {"body": b""}),
        ({"ENC_ENVELOPE", "INC_STORED_LEAF", "INC_TILE_DIFFERS", "INC_ROOT"},
         {"envelope": b"\xd2"}),
        ({"ENC_SIZE", "INC_STORED_LEAF", "INC_TILE_DIFFERS", "INC_ROOT"},
         {"envelope": b"\xd2\x84" + bytes(65_534)}),
    ],
    ids=lambda named: "+".join(sorted(named)),  # the same in every process
)  # fmt: skip
def test_a_changed_column_is_named_with_its_position(store, expected, changes):
    at = 12  # the shared stream's fourth entry
    report = store.check(changed(store.rows(), at, **changes))
    here = {each.code for each in report.failures if each.position == at}
    assert here | {"INC_ROOT"} >= expected
    assert expected & {"INC_ROOT"} <= set(codes(report))
    assert here == expected - {"INC_ROOT"}


def test_every_flipped_bit_of_an_envelope_is_found(store):
    rows = store.rows()
    whole = rows[11].envelope
    for at in range(0, len(whole), 7):
        spoilt = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
        report = store.check(changed(rows, 12, envelope=spoilt))
        assert {"INC_STORED_LEAF", "INC_ROOT", "INC_TILE_DIFFERS"} <= set(codes(report))
        assert len(codes(report)) > 3


def test_an_entry_rewritten_with_its_leaf_and_tile_still_breaks_the_root(store):
    """Whoever holds database and directory, but neither the keys nor the witness."""
    rows, at = store.rows(), 17
    envelope = rows[at - 1].envelope[:-1] + b"\x00"
    path = store.directory / f"tile/0/000.p/{at}"
    path.write_bytes(path.read_bytes()[:-32] + leaf(envelope))
    heads = [
        (stream, version, leaf(envelope) if stream == rows[at - 1].stream else head)
        for stream, version, head in store.heads()
    ]
    report = store.check(
        changed(rows, at, envelope=envelope, leaf=leaf(envelope)), heads=heads
    )
    assert codes(report) == {"SIG_INVALID": 1, "INC_ROOT": 1}


def test_an_entry_rewritten_with_the_service_key_still_breaks_the_root(store):
    forge, stream = store.forge, store.forge.streams[3]
    checkpoint = store.checkpoint
    stream.entries.pop()
    forge.leaves.pop()
    forge.clock -= 60_000
    forge.record(stream, "access-denied.v1")
    report = store.check(checkpoint=checkpoint, tiles=None)
    assert codes(report) == {"INC_ROOT": 1}


def test_a_header_that_lies_is_named(store):
    forge = store.forge
    for lie in (
        lambda h: h[PLACE].update({9: "annenvik"}),
        lambda h: h[PLACE].update({4: bytes(32)}),
        lambda h: (h[PLACE].update({8: 1000}), h[15].update({6: 1})),
        lambda h: h[PLACE].update({6: bytes(32)}),
    ):
        forge.record(forge.streams[1], lie=lie)
    store.publish()
    assert codes(store.check()) == {
        "CHAIN_TENANT": 1,
        "CHAIN_PREVIOUS": 1,
        "TIME_BACKWARDS": 1,
        "ACTOR_UNPAIRED": 1,
    }  # fmt: skip


def test_a_beacon_is_compared_with_the_tree_of_its_size(store):
    forge, root = store.forge, store.forge.root()
    for beacon in ([17, root], [17, bytes(32)], [99, root]):
        forge.record(forge.streams[1], lie=lambda h, b=beacon: h[PLACE].update({5: b}))
    store.publish()
    report = store.check()
    assert [each.position for each in report.failures] == [19, 20]
    assert codes(report) == {"TIME_BEACON": 2}
    assert "BEACONS" in store.check(tiles=None).notices


def test_a_time_after_the_witnesses_saw_the_entry_is_named(store):
    seen = store.forge.clock // 1000 - 301
    report = store.check(checkpoint=store.forge.checkpoint(at=seen))
    assert codes(report) == {"TIME_AFTER_WITNESS": 1}


def test_bodies_of_a_stream_name_one_case_and_one_shield(store):
    forge = store.forge
    shared, shielded, access = forge.streams[1:4]
    forge.record(shared, say=lambda said: said.update(case=str(forge.uuid("other"))))
    forge.record(shared, say=lambda said: said.update(shield="vern-1"))
    forge.record(shielded, say=lambda said: said.update(shield="vern-2"))
    forge.record(shielded, say=lambda said: said.pop("shield"))
    forge.record(access, say=lambda said: said.update(shield="vern-1"))
    store.publish()
    assert codes(store.check()) == {"BODY_CASE": 1, "BODY_SHIELD": 4}


# heads


def test_stored_heads_must_be_the_last_entries(store):
    heads = store.heads()
    stream, version, head = heads[1]
    for wrong in ((stream, version + 1, head), (stream, version, bytes(32))):
        report = store.check(heads=[heads[0], wrong, *heads[2:]])
        assert codes(report) == {"CHAIN_HEAD_DIFFERS": 1}
    assert codes(store.check(heads=heads[1:])) == {"CHAIN_HEAD_ABSENT": 1}
    stranger = (store.forge.uuid("stranger"), 1, head)
    assert codes(store.check(heads=[*heads, stranger])) == {"CHAIN_HEAD_UNKNOWN": 1}


# tiles


def test_every_leaf_on_disk_must_be_the_derived_one(store):
    path = store.directory / "tile/0/000.p/17"
    content = bytearray(path.read_bytes())
    content[32 * 3] ^= 1
    content[32 * 9] ^= 1
    path.write_bytes(content)
    report = store.check()
    assert codes(report) == {"INC_TILE_DIFFERS": 2}
    assert [each.position for each in report.failures] == [4, 10]


def test_a_tile_that_is_gone_cut_short_or_misnamed_is_named(store):
    path = store.directory / "tile/0/000.p/17"
    (path.parent / "007").write_bytes(b"")
    assert set(codes(store.check())) == {"INC_TILE_MALFORMED", "INC_TILE_ABSENT"}
    (path.parent / "007").unlink()
    path.write_bytes(path.read_bytes()[:-1])
    assert codes(store.check()) == {"INC_TILE_MALFORMED": 1}
    path.unlink()
    assert codes(store.check()) == {"INC_TILE_ABSENT": 1}


def test_the_tiles_above_are_compared_too(store):
    forge = store.forge
    for _ in range(300):
        forge.record(forge.registry, "checkpoint-made.v1")
    store.publish()
    assert store.check().ok
    (store.directory / "tile/1/000.p/1").write_bytes(bytes(32))
    assert codes(store.check()) == {"INC_TILE_DIFFERS": 1}
    (store.directory / "tile/0/000").unlink()
    assert codes(store.check()) == {"INC_TILE_DIFFERS": 1, "INC_TILE_ABSENT": 1}


def test_a_partial_tile_left_from_before_is_compared_as_well(store):
    store.forge.record(store.forge.streams[1])
    store.publish()
    assert store.check().ok
    path = store.directory / "tile/0/000.p/17"
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    assert codes(store.check()) == {"INC_TILE_DIFFERS": 1}


# keys


def test_a_key_found_to_be_stolen_fails_what_it_signed_since(store):
    forge = store.forge
    forge.introduce("second")
    forge.record(forge.streams[1])
    forge.record(forge.streams[1], by="second")
    forge.revoke("service", "compromised", 16)
    forge.record(forge.streams[1], by="second")
    store.publish()
    for _ in range(2):
        report = store.check()
        assert codes(report) == {"KEY_COMPROMISED": 1}
        assert [each.position for each in report.failures] == [19]
        assert report.counts[Standing.FAILED] == 1
        forge.revoke("service", "compromised", 16)  # what has failed, fails once
        store.publish()


def test_a_second_registry_or_none_is_named(store, tmp_path):
    second = store.forge.stream(REGISTRY)
    store.forge.introduce("second", to=second)
    store.publish()
    assert codes(store.check()) == {"KEY_REGISTRY_SECOND": 1}
    forge = Forge()
    forge.leaves, forge.streams = [], []
    forge.record(forge.stream(SHARED))
    alone = Store(forge, tmp_path / "other")
    alone.publish()
    assert set(codes(alone.check())) == {"KEY_REGISTRY_ABSENT", "KEY_UNKNOWN"}


def test_keys_that_the_service_makes_for_itself_count_for_nothing(store):
    forge = store.forge
    forge.introduce("intruder", by="service")
    forge.introduce("intruder", to=forge.streams[1])
    forge.record(forge.streams[1], by="intruder")
    store.publish()
    assert set(codes(store.check())) == {
        "KEY_NOT_ROOT", "KEY_ROOT_MISUSED", "KEY_OUTSIDE_REGISTRY", "KEY_UNKNOWN",
    }  # fmt: skip


def test_a_registry_body_that_is_gone_is_a_failure_of_its_own(store):
    for body in (Missing(), Damaged()):
        found = codes(store.check(changed(store.rows(), 1, body=body)))
        assert found["KEY_REGISTRY_SEALED"] == 1
        assert found["KEY_UNKNOWN"] == 15


def test_without_the_registry_s_bodies_no_signature_is_checked_and_that_is_said(store):
    rows = [replace(row, body=NotHeld()) for row in store.rows()]
    report = store.check(rows)
    assert codes(report) == {"KEY_REGISTRY_SEALED": 1}
    assert "SEALED" in report.notices


# erasure


def erased(store: Store) -> Stream:
    """The shared stream, its first two bodies gone and an erasure at its end."""
    stream = store.forge.streams[1]
    stream.entries[0].is_erased = stream.entries[1].is_erased = True
    store.forge.record(stream, "key-destroyed.v1", {"key_id": "k-1"})
    store.publish()
    return stream


def test_bodies_gone_before_an_erasure_of_their_case_are_accounted_for(store):
    erased(store)
    report = store.check()
    assert report.ok, report.as_text()
    assert report.erased == 2
    assert report.counts[Standing.SEALED] == 2


def test_bodies_gone_after_the_erasure_are_not(store):
    stream = erased(store)
    store.forge.record(stream).is_erased = True
    store.publish()
    report = store.check()
    assert codes(report) == {"MISSING_BODY": 1}
    assert report.failures[0].position == 19
    assert report.counts[Standing.FAILED] == 1


def test_an_erasure_in_one_case_does_not_excuse_another(store):
    erased(store)
    other = store.forge.stream(SHARED)
    elsewhere = str(store.forge.uuid("elsewhere"))
    for _ in range(2):
        store.forge.record(other, say=lambda said: said.update(case=elsewhere))
    other.entries[0].is_erased = True
    store.forge.record(store.forge.streams[1], "sealing-executed.v1")
    store.publish()
    assert codes(store.check()) == {"MISSING_BODY": 1}


def test_a_stream_with_nothing_left_needs_the_store_to_name_its_erasure(store):
    erased(store)
    wiped = store.forge.streams[2]
    for entry in wiped.entries:
        entry.is_erased = True
    assert codes(store.check()) == {"MISSING_BODY": 5}

    def named(by: int) -> list[StoredEntry]:
        return [
            replace(row, body=Missing(erased_by=by)) if row.stream == wiped.id else row
            for row in store.rows()
        ]

    report = store.check(named(18))
    assert report.ok, report.as_text()
    assert report.erased == 7
    for wrong in (17, 1, 99):
        assert codes(store.check(named(wrong))) == {"MISSING_ERASURE": 5}


def test_an_erasure_that_fails_covers_nothing(store):
    stream = store.forge.streams[1]
    stream.entries[0].is_erased = True
    store.forge.record(stream, "key-destroyed.v1", by="intruder")
    store.publish()
    assert codes(store.check()) == {"KEY_UNKNOWN": 1, "MISSING_BODY": 1}


# the report


def test_all_failures_are_counted_and_a_thousand_listed(store):
    for _ in range(1_200):
        store.forge.record(store.forge.registry, "checkpoint-made.v1", by="intruder")
    store.publish()
    report = store.check()
    assert codes(report) == {"KEY_UNKNOWN": 1_200}
    assert len(report.failures) == LISTED
    assert "UNLISTED_FAILURES" in report.notices


def test_what_the_source_of_entries_raises_goes_through(store):
    def broken():
        yield from store.rows()[:3]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        store.check(broken())


# -- a checkpoint that somebody has kept, and a log that was restored ------------------


def restored(store: Store, size: int, tmp_path) -> Store:
    """The log as it goes on after a restore to `size` entries, on a disk of its own."""
    signed = len(store.forge.leaves)
    store.forge.cut_back(size)
    store.forge.declare_loss(signed)
    made = Store(store.forge, tmp_path / "continued")
    made.publish()
    return made


def test_a_log_that_has_grown_holds_what_a_kept_checkpoint_counts(store):
    kept = store.checkpoint
    store.forge.record(store.forge.streams[1])
    store.publish()
    assert store.check(known=kept).ok
    assert store.check(known=store.forge.checkpoint(0)).ok


def test_a_log_shorter_than_a_kept_checkpoint_is_rolled_back(store, tmp_path):
    kept = store.checkpoint
    store.forge.cut_back(12)
    shorter = Store(store.forge, tmp_path / "shorter")
    shorter.publish()
    report = shorter.check(known=kept)
    assert codes(report) == {"CP_ROLLBACK": 1}
    assert report.failures[0].position == 13


def test_a_log_that_forks_from_a_kept_checkpoint_is_found(store, tmp_path):
    kept = store.checkpoint
    store.forge.cut_back(12)
    for _ in range(9):
        store.forge.record(store.forge.streams[1], by="service")
    other = Store(store.forge, tmp_path / "other")
    other.publish()
    assert other.check().ok
    assert codes(other.check(known=kept)) == {"CP_FORK": 1}


def test_a_restored_log_is_proved_under_its_new_name_and_says_what_happened(
    store, tmp_path
):
    report = restored(store, 12, tmp_path).check()
    assert report.ok, report.as_text()
    assert "RESTORED" in report.notices


def test_what_a_restored_log_gave_up_is_named_for_ever(store, tmp_path):
    kept = store.checkpoint
    continued = restored(store, 12, tmp_path)
    for _ in range(30):  # far beyond the size that was signed before
        store.forge.record(store.forge.streams[1])
    continued.publish()
    report = continued.check(known=kept)
    assert codes(report) == {"CP_ROLLBACK": 1}
    assert report.failures[0].position == 13


def test_what_was_signed_before_the_backup_is_still_there_after_it(store, tmp_path):
    early = store.forge.checkpoint(10)
    assert restored(store, 12, tmp_path).check(known=early).ok


def test_a_kept_checkpoint_must_be_of_this_log_and_signed_by_it(store):
    other = Forge(origin="annenvik.demo.example/stafettlogg")
    assert store.check(known=other.checkpoint()).code == "CP_ORIGIN"
    assert store.check(known=store.forge.checkpoint(by="thief")).code == "CP_SIGNATURE"
    assert store.check(known=b"nothing").code == "CP_ORIGIN"


def test_a_restored_log_under_its_old_name_is_refused(store, tmp_path):
    signed = len(store.forge.leaves)
    store.forge.cut_back(12)
    store.forge.declare_loss(signed)
    store.forge.name = store.forge.origin
    made = Store(store.forge, tmp_path / "as-if-nothing")
    made.publish()
    assert codes(made.check()) == {"RESTORED_NAME": 1}
