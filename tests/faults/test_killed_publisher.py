"""The publisher dies at each change that it makes to the file system.

Whatever step it was at: what is out is signed, stands on tiles that are out, and is no
more than the state knows; and whoever publishes next signs what it would have signed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from audit.note import Checkpoint
from audit.policy import open_checkpoint, parse_policy
from audit.tiles import Tiles
from ledger.database.roles import DatabaseRole
from ledger.publisher import AlreadyPublishing
from tests.faults.patience import until
from tests.faults.processes import Program, programs
from tests.ledger.test_recorder import sealed
from tests.tenants import OpenTenant


def record(opened: OpenTenant, size: int) -> None:
    """Record entries up to a size; the publisher sees no more than their bytes."""
    recorder = opened.opened().recorder
    present = recorder.max_notification_id() or 0
    if size > present:
        recorder.record([sealed(uuid4()) for _ in range(size - present)])


def published(opened: OpenTenant) -> dict[Path, bytes]:
    """Every file that is out; what a killed program had only begun to write is not."""
    files = (path for path in opened.log.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if path.suffix != ".partial"}


def check_what_is_out(opened: OpenTenant) -> None:
    """A reader who looks now finds a checkpoint that holds, if any."""
    note = opened.log / "checkpoint"
    if not note.exists():
        return
    policy = parse_policy(opened.opened().policy(), allow_unwitnessed=True)
    checkpoint = open_checkpoint(note.read_bytes(), policy).checkpoint
    assert Tiles(opened.log).root(checkpoint.size) == checkpoint.root
    state = json.loads((opened.folder / "publisher" / "state.json").read_bytes())
    assert state["size"] >= checkpoint.size


@pytest.fixture
def publish(opened: OpenTenant) -> Callable[[], Checkpoint]:
    """Publishes as a process would that starts now, and again if it is refused."""
    tenant = opened.opened()
    pool = opened.pool(opened.schemas.ledger(DatabaseRole.PUBLISHER))
    state = opened.folder / "publisher" / "state.json"

    def publish() -> Checkpoint | None:
        try:
            return tenant.publisher(pool, directory=opened.log, state=state).publish()
        except AlreadyPublishing:  # the server has not noticed yet that the other died
            return None

    return lambda: until(publish, "the other publisher's end")


@pytest.mark.xdist_group("killed-publisher")
@pytest.mark.parametrize(
    ("before", "after"),
    [(0, 3), (200, 600)],
    ids=["the first checkpoint", "the end of two tiles"],
)
def test_a_publisher_killed_at_any_change_goes_on_where_it_was(
    opened: OpenTenant, publish: Callable[[], Checkpoint], before: int, after: int
) -> None:
    saved, work = opened.folder / "saved", [opened.log, opened.folder / "publisher"]
    if before:
        record(opened, before)
        publish()
    for place in work:
        place.mkdir(exist_ok=True)
        shutil.copytree(place, saved / place.name)
    record(opened, after)
    expected, files = publish(), published(opened)
    role = opened.schemas.ledger(DatabaseRole.PUBLISHER)
    with programs(Program("publish and die", opened, publisher=role)) as (program,):
        for number in count(1):
            for place in work:
                shutil.rmtree(place)
                shutil.copytree(saved / place.name, place)
            program.tell(str(number))
            if not program.hear("died")["died"]:
                break
            check_what_is_out(opened)
            assert publish() == expected
            assert published(opened) == files
    assert program.all("status")[-1] == 0
    assert published(opened) == files
    assert number > 6, "too few steps to have written tiles, state and checkpoint"
