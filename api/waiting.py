"""Waiting for what other processes do, without keeping a thread from anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final, TypeVar

from fastapi.concurrency import run_in_threadpool

POLL_SECONDS: Final = 0.05

T = TypeVar("T")


async def awaited(look: Callable[[], T | None], *, seconds: float) -> T | None:
    """What `look` finds, as soon as it finds something; `None` when time is up."""
    until = monotonic() + seconds
    while (found := await run_in_threadpool(look)) is None and monotonic() < until:
        await asyncio.sleep(POLL_SECONDS)
    return found
