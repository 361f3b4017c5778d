from __future__ import annotations

from pathlib import Path

import pytest

from audit.bundle import read_bundle
from audit.mirror import fsck_mirror
from audit.report import Standing
from audit.tiles import ENTRIES, Tiles, tile_path, tiles_to_write, width_at
from tests.audit.forging import SHARED, Forge, entry_bundle, unpacked


def mirrored(forge: Forge, directory: Path) -> Path:
    """The log on somebody else's disk: envelopes, and no bodies."""
    files = {"checkpoint": forge.checkpoint()}
    for tile, content in tiles_to_write(Tiles(directory), 0, forge.leaves):
        files[tile.path] = content
    for start in range(0, len(forge.envelopes), 256):
        number = start // 256
        width = width_at(0, number, len(forge.envelopes))
        path = tile_path(ENTRIES, number, width)
        files[path] = entry_bundle(forge.envelopes[start : start + 256])
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return directory


def copy_bodies(bundle: bytes, directory: Path) -> None:
    """Put the bodies of a bundle beside the mirror's envelopes."""
    for name, content in unpacked(bundle).items():
        if name.startswith("preimages/"):
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@pytest.fixture
def mirror(forge, case, tmp_path) -> Path:
    for _ in range(300):
        forge.record(case)
    return mirrored(forge, tmp_path)


def test_a_mirror_with_the_bodies_of_a_bundle_beside_it_is_proved(forge, mirror):
    registry = forge.bundle(streams=[forge.registry])
    copy_bodies(registry, mirror)
    report = fsck_mirror(mirror, forge.policy())
    assert report.ok, report.as_text()
    assert report.counts[Standing.SHOWN] == 2
    assert report.counts[Standing.SEALED] == 303
    assert "SEALED" in report.notices
    assert read_bundle(registry).manifest.size == 305


def test_a_mirror_without_the_registry_s_bodies_is_not_proved(forge, mirror):
    report = fsck_mirror(mirror, forge.policy())
    assert dict(report.failed_by_code) == {"KEY_REGISTRY_SEALED": 1}


def test_bodies_that_are_there_are_checked(forge, case, mirror):
    copy_bodies(forge.bundle(), mirror)
    assert fsck_mirror(mirror, forge.policy()).counts[Standing.SHOWN] == 305
    path = mirror / "preimages" / str(case.id) / "7"
    path.write_bytes(path.read_bytes() + b" ")
    report = fsck_mirror(mirror, forge.policy())
    assert dict(report.failed_by_code) == {"BODY_HASH": 1}
    assert report.failures[0].version == 7


def test_a_changed_entry_of_a_mirror_is_found(forge, mirror):
    copy_bodies(forge.bundle(streams=[forge.registry]), mirror)
    path = mirror / "tile/entries/000"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    report = fsck_mirror(mirror, forge.policy())
    assert set(report.failed_by_code) == {
        "SIG_INVALID", "INC_TILE_DIFFERS", "INC_ROOT", "CHAIN_PREVIOUS",
    }  # fmt: skip
    assert report.failures[0].position == 256


def test_an_entry_that_cannot_be_read_is_named_by_its_position(forge, mirror):
    copy_bodies(forge.bundle(streams=[forge.registry]), mirror)
    spoilt = [*forge.envelopes[:299], b"\x00" * 400, *forge.envelopes[300:]]
    (mirror / "tile/entries/001.p/49").write_bytes(entry_bundle(spoilt[256:]))
    report = fsck_mirror(mirror, forge.policy())
    assert {each.code for each in report.failures if each.position == 300} == {
        "ENC_ENVELOPE", "INC_TILE_DIFFERS",
    }  # fmt: skip


def test_a_mirror_that_lacks_entries_says_from_where_on(forge, mirror):
    copy_bodies(forge.bundle(streams=[forge.registry]), mirror)
    (mirror / "tile/entries/001.p/49").unlink()
    report = fsck_mirror(mirror, forge.policy())
    assert {"INC_TILE_ABSENT", "MISSING_TAIL"} <= set(report.failed_by_code)
    assert report.failures[0].position == 257


def test_a_checkpoint_the_policy_refuses_ends_the_check(forge, mirror):
    assert fsck_mirror(mirror, Forge().policy()).code == "CP_SIGNATURE"
    assert not fsck_mirror(mirror, Forge().policy()).ok


def test_a_directory_without_a_checkpoint_is_no_mirror(forge, tmp_path):
    with pytest.raises(FileNotFoundError):
        fsck_mirror(tmp_path, forge.policy())


def test_progress_is_told(tmp_path):
    forge, told = Forge(), []
    stream = forge.stream(SHARED)
    for _ in range(1_000):
        forge.record(stream)
    fsck_mirror(mirrored(forge, tmp_path), forge.policy(), progress=told.append)
    assert told == [1_000]
