"""Finding cases by a national number, without telling of those one may not open.

One entry in the searcher's own stream says that they searched, and names what they were
shown. A case that is not shown leaves nothing else on record, and whether there is one
makes no difference to the steps that are taken.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from ledger.access import SEARCH, may_list
from ledger.entry import Actor
from ledger.eyes import Eyes
from ledger.index import LOOK_AHEAD
from ledger.tenant import Tenant


def search(tenant: Tenant, number: str, *, by: Actor, purpose: str) -> tuple[UUID, ...]:
    """The cases about a person that whoever asks may open, oldest first.

    Answered once it is on record. Raises `Refused` (which is on record then) when they
    may not search, and `Overloaded`, `OutcomeUnknown`, `IntegrityFailure`.
    """
    log = tenant.ledger.reader_log
    if not may_list(by, SEARCH):
        log.refuse(by, SEARCH)
    eyes = Eyes(tenant, by)
    cases = tenant.ledger.case_ids_of(number)
    # as many are asked for whatever there is, so that the time tells little of it
    nobodys = [uuid4() for _ in range(LOOK_AHEAD - len(cases))]
    found = [case for case in [*cases, *nobodys] if eyes.read(case, None)]
    names = frozenset[str]().union(*(eyes.names(case, None) for case in found))
    log.read(by, SEARCH, purpose, names)
    return tuple(found)
