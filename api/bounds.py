"""How much one process takes on at once, and for how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Requests at work and waiting, in one process; times in seconds."""

    at_work: int = 16
    waiting: int = 64
    queue_seconds: float = 1.0
    answer_seconds: float = 5.0
    import_seconds: float = 120.0  # a history is recorded whole or not at all
    body_seconds: float = 10.0
    body_bytes: int = 1 << 18  # received before a place is taken
