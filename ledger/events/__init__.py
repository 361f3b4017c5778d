"""Everything that can happen: pure data, one chapter a file, each type named for ever.

Importing this package makes every type known. A chapter is imported for its types; the
questions about all of them are asked here.
"""

from ledger.events import (
    access,
    archive,
    barnevern,
    baton,
    child,
    closing,
    concern,
    consent,
    correction,
    level,
    log,
    meeting,
    moving,
    people,
    plan,
    supervision,
    trust,
)
from ledger.events.access import OF_READING
from ledger.events.event import (
    Event,
    Stream,
    all_types,
    catalogue_name,
    from_json,
    to_json,
    type_called,
    type_named,
)

__all__ = [
    "Event",
    "access",
    "all_types",
    "archive",
    "barnevern",
    "baton",
    "catalogue_name",
    "child",
    "closing",
    "concern",
    "consent",
    "correction",
    "from_json",
    "level",
    "log",
    "meeting",
    "moving",
    "people",
    "plan",
    "recordable_types",
    "supervision",
    "to_json",
    "trust",
    "type_called",
    "type_named",
]


def recordable_types() -> list[type[Event]]:
    """Every type that is asked to be recorded in a case, in the order of the chapters.

    Not those of the registry, nor what the service writes of reading and refusals.
    """
    return [
        known
        for known in all_types().values()
        if known.STREAM is not Stream.REGISTRY and known not in OF_READING
    ]
