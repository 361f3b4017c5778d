"""What a person reads across cases goes into one stream of theirs a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from ledger.entry import StreamKind
from ledger.events.access import AccessRecorded
from ledger.reader_log import ReaderLog
from tests.tenants import OpenTenant

READERS = 6


def read(purpose: str) -> AccessRecorded:
    return AccessRecorded(
        reader="t-1", reader_role="leader", view="register", purpose=purpose, cases=()
    )


def test_of_many_who_begin_a_day_at_once_one_stream_comes(opened: OpenTenant) -> None:
    logs = [ReaderLog(opened.opened().ledger) for _ in range(READERS)]
    together = Barrier(READERS)

    def begin(number: int) -> int:
        together.wait()
        return logs[number].record(read(str(number)))

    with ThreadPoolExecutor(READERS) as threads:
        positions = list(threads.map(begin, range(READERS)))
    tenant = opened.opened()
    entries = [
        tenant.mapper.to_domain_event(sealed)
        for sealed in tenant.recorder.sealed_at(positions)
    ]
    assert len({entry.stream for entry in entries}) == 1
    assert sorted(entry.version for entry in entries) == list(range(1, READERS + 1))
    assert {entry.event.purpose for entry in entries} == set(map(str, range(READERS)))


def test_a_stream_of_a_day_names_itself_and_no_case(opened: OpenTenant) -> None:
    tenant = opened.opened()
    position = ReaderLog(tenant.ledger).record(read("p"))
    (sealed,) = tenant.recorder.sealed_at([position])
    entry = tenant.mapper.to_domain_event(sealed)
    assert (entry.stream_kind, entry.shield) == (StreamKind.ACCESS, None)
    assert entry.case == entry.stream
