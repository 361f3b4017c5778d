"""Entries without a store: straight from the lines of a sample, or from bare events."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest

from ledger.entry import Actor, Entry, Erased, StreamKind
from ledger.events import from_json, type_called
from ledger.events.event import Event, Role

SAMPLES = Path(__file__).parents[3] / "api/samples"
Entries = list[Entry[Event | Erased]]


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Entries]:
    """The entries of the sample history whose file begins with this letter.

    Positions count the file's lines that are not refused; one stream for what is shared
    and one for each shield, as the ledger does it. Nothing is sealed, signed or stored.
    """

    def load(letter: str) -> Entries:
        (path,) = SAMPLES.glob(f"{letter}-*.jsonl")
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return _entries([_of_line(line) for line in lines if "refused" not in line])

    return load


@pytest.fixture(scope="session")
def recorded() -> Callable[..., Entries]:
    """Entries of a case of events given as (when, event), in the order of recording.

    A third value is the time of recording, when it differs from when it happened.
    """

    def record(*told: tuple[Any, ...]) -> Entries:
        by = Actor("p-1", Role.LEADER, "skole")
        lines = [
            {"at": at, "event": event, "by": by, "recorded": rest[0] if rest else at}
            for at, event, *rest in told
        ]
        return _entries(lines)

    return record


def _of_line(line: dict[str, Any]) -> dict[str, Any]:
    by = line["by"]
    wire_name = type_called(line["event"]).NAME
    return {
        "at": line["at"],
        "recorded": line.get("recorded", line["at"]),
        "event": from_json(wire_name, json.dumps(line["data"])),
        "by": Actor(by["person"], Role(by["role"]), by.get("service"), by.get("unit")),
        "shield": line.get("shield"),
    }


def _entries(lines: list[dict[str, Any]]) -> Entries:
    versions: dict[str | None, int] = {}
    entries: Entries = []
    for position, line in enumerate(lines, start=1):
        shield = line.get("shield")
        versions[shield] = versions.get(shield, 0) + 1
        entries.append(
            Entry(
                event=line["event"],
                case=uuid5(NAMESPACE_DNS, "case"),
                by=line["by"],
                occurred_at=datetime.fromisoformat(line["at"]),
                recorded_at=datetime.fromisoformat(line["recorded"]),
                stream=uuid5(NAMESPACE_DNS, f"stream {shield}"),
                stream_kind=StreamKind.SHIELDED if shield else StreamKind.SHARED,
                version=versions[shield],
                previous=None,
                shield=shield,
                position=position,
            )
        )
    return entries
