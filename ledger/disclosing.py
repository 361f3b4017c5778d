"""Which entries a reader is given whole, and which only as places in the log.

A family is told of readings in general words only, and no national numbers of others.
An entry cannot be disclosed in part: so those entries are places to them, proved to be
in the log, their content not disclosed. Others are given what they have read.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.aggregates.deciding import FAMILY
from ledger.application import Reading
from ledger.entry import Actor
from ledger.sealing import SealedEvent
from ledger.tenant import Tenant

Disclosed = Callable[[SealedEvent], bool]
"""Whether the content of an entry is given, or its place alone."""


def disclosed_to(tenant: Tenant, reading: Reading, by: Actor) -> Disclosed:
    """What the reader is given whole: of the case only what they have just read so."""
    whole = {entry.position for entry in reading.recorded} - reading.in_part
    beside = {tenant.registry.stream}
    if by.role not in FAMILY:
        beside |= {stream.access for stream in reading.streams}
    return lambda event: event.stream in beside or event.position in whole
