"""The network fails at every moment of a statement's life."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.application import CaseLedger, KeyReused, Receipt
from ledger.database.bounded import BoundedConnection, open_pool
from ledger.importing import Importer
from ledger.recorder import OutcomeUnknown, Overloaded
from ledger.tenant import Tenant
from tests.attacks.museum import history
from tests.faults.examining import checked, observations, open_cases, readings
from tests.faults.patience import meanwhile, outcome, until
from tests.faults.programs import COORDINATOR, MORNING, TEACHER, observation
from tests.proxy import Moment, Proxy, proxy
from tests.tenants import OpenTenant

LOOKED_UP = "position, state FROM"  # in the question whether something is on record
BREAKING = [Moment.BEFORE, Moment.MIDWAY, Moment.AFTER]


@pytest.fixture
def network(opened: OpenTenant) -> Iterator[Proxy]:
    """What lies between the service and the ledger's database."""
    with proxy(opened.schemas.databases.ledger) as found:
        yield found


@pytest.fixture
def through(opened: OpenTenant, network: Proxy) -> ConnectionPool[Any]:
    """Connections through the network that fails."""
    return opened.pool(network.conninfo(opened.schemas.ledger()))


@pytest.fixture
def service(opened: OpenTenant, through: ConnectionPool[Any]) -> Tenant:
    """The tenant, reached through the network that fails; one case is open."""
    open_cases(opened, "t")
    return Tenant.open(
        opened.schemas.schema,
        opened.keyring,
        through,
        opened.pool(opened.schemas.keys()),
        clock=opened.clock,
    )


def record(ledger: CaseLedger, facts: str = "Lekte.", key: str = "once") -> Receipt:
    return ledger.record(
        ledger.index.case_id("t"),
        observation(facts),
        by=TEACHER,
        occurred_at=MORNING,
        key=key,
    )


def read(ledger: CaseLedger, purpose: str) -> int:
    case = ledger.index.case_id("t")
    reading = ledger.read(case, by=COORDINATOR, view="state", purpose=purpose)
    return len(reading.entries)


def all_readings(opened: OpenTenant) -> list[str]:
    tenant = opened.opened()
    loaded = tenant.ledger.load(tenant.ledger.index.case_id("t"))
    return readings(tenant, loaded.streams)


# -- it breaks -------------------------------------------------------------------------


@pytest.mark.parametrize("moment", BREAKING)
def test_a_write_whose_connection_breaks_is_recorded_once_and_answered_truly(
    opened: OpenTenant, network: Proxy, service: Tenant, moment: Moment
) -> None:
    fault = network.strike(moment, "append")
    receipt = record(service.ledger)
    assert fault.struck.is_set()
    assert record(opened.opened().ledger) == receipt
    assert observations(opened.opened(), "t") == {"Lekte.": 1}
    checked(opened)


@pytest.mark.parametrize("moment", BREAKING)
def test_a_read_whose_connection_breaks_is_on_record_once_and_answered(
    opened: OpenTenant, network: Proxy, service: Tenant, moment: Moment
) -> None:
    fault = network.strike(moment, "append")
    assert read(service.ledger, "kontroll") == 1
    assert fault.struck.is_set()
    assert all_readings(opened) == ["kontroll"]
    checked(opened)


@pytest.mark.parametrize(
    ("moment", "statement", "skip"),
    [
        (Moment.BEFORE, "append", 1),
        (Moment.AFTER, "append", 1),
        (Moment.BEFORE, "COMMIT", 0),
        (Moment.MIDWAY, "COMMIT", 0),
        (Moment.AFTER, "COMMIT", 0),
    ],
)
def test_a_read_that_lost_its_place_to_another_and_its_connection_too_is_told_truly(
    opened: OpenTenant,
    network: Proxy,
    service: Tenant,
    moment: Moment,
    statement: str,
    skip: int,
) -> None:
    """Its second try holds the log while it signs, and that is where it breaks."""
    read(service.ledger, "before")
    read(opened.opened().ledger, "by another process")
    fault = network.strike(moment, statement, skip=skip)
    try:
        read(service.ledger, "kontroll")
    except Overloaded:  # says that nothing was recorded
        assert all_readings(opened).count("kontroll") == 0
    except OutcomeUnknown:
        assert all_readings(opened).count("kontroll") <= 1
    else:
        assert all_readings(opened).count("kontroll") == 1
    assert fault.struck.is_set()
    checked(opened)


@pytest.mark.parametrize("moment", BREAKING)
def test_an_import_whose_connection_breaks_records_every_line_once(
    opened: OpenTenant, network: Proxy, service: Tenant, moment: Moment
) -> None:
    lines = history("d")
    fault = network.strike(moment, "append")
    (outcome_,) = Importer(service.ledger, on_file_clock=True).run(lines)
    assert fault.struck.is_set()
    assert outcome_.recorded + outcome_.refused + outcome_.skipped == len(lines)
    ledger = opened.opened().ledger
    loaded = ledger.load(ledger.index.case_id("d"))
    assert len(loaded.entries) == len(lines) - 1  # one is refused
    checked(opened)


def test_a_write_whose_every_answer_is_lost_is_one_event_when_asked_for_again(
    opened: OpenTenant, network: Proxy, service: Tenant
) -> None:
    """The commit is done, and the ledger says that it cannot tell."""
    network.strike(Moment.AFTER, "append", LOOKED_UP, times=1_000)
    with pytest.raises(OutcomeUnknown):
        record(service.ledger)
    assert observations(opened.opened(), "t") == {"Lekte.": 1}
    network.heal()
    receipt = record(service.ledger)
    assert record(opened.opened().ledger) == receipt
    assert observations(opened.opened(), "t") == {"Lekte.": 1}
    with pytest.raises(KeyReused):
        record(service.ledger, "Noe annet.")
    checked(opened)


def test_a_write_that_never_arrives_is_no_event_and_is_recorded_when_asked_again(
    opened: OpenTenant, network: Proxy, service: Tenant
) -> None:
    network.strike(Moment.BEFORE, "append", times=1_000)
    with pytest.raises((OutcomeUnknown, Overloaded)):
        record(service.ledger)
    assert observations(opened.opened(), "t") == {}
    network.heal()
    record(service.ledger)
    assert observations(opened.opened(), "t") == {"Lekte.": 1}
    checked(opened)


@pytest.mark.parametrize("moment", BREAKING)
def test_a_case_whose_loading_breaks_is_loaded_or_refused_as_not_available(
    opened: OpenTenant, network: Proxy, service: Tenant, moment: Moment
) -> None:
    """No error of the database driver comes out of the ledger."""
    network.strike(moment, "erasures")
    try:
        assert read(service.ledger, "kontroll") == 1
    except Overloaded:
        assert all_readings(opened) == []


def test_connections_that_died_unnoticed_are_nobodys_error(
    opened: OpenTenant,
    network: Proxy,
    through: ConnectionPool[Any],
    service: Tenant,
) -> None:
    """As after a restart of the server: all that lie idle in the pool are dead."""
    ready = threading.Barrier(16)

    def warm(number: int) -> int:
        ready.wait()
        return read(service.ledger, f"warm {number}")

    warmed = [meanwhile(lambda n=n: warm(n)) for n in range(16)]
    assert {outcome(each) for each in warmed} == {1}
    for doing in (
        lambda: read(service.ledger, "kontroll"),
        lambda: record(service.ledger),
    ):
        until(lambda: idle(through), "all connections at rest in the pool")
        network.cut()
        doing()
    assert observations(opened.opened(), "t") == {"Lekte.": 1}
    assert all_readings(opened).count("kontroll") == 1
    checked(opened)


def idle(pool: ConnectionPool[Any]) -> bool:
    """Whether nothing is being lent, taken back or opened."""
    found = pool.get_stats()
    return found["pool_available"] == found["pool_size"] > 0


# -- it breaks, and the server goes on for a while -------------------------------------


@contextmanager
def nobody_writes(opened: OpenTenant) -> Iterator[None]:
    """Hold the lock every append waits for."""
    with psycopg.connect(opened.schemas.databases.ledger) as superuser:
        superuser.execute(f"SELECT * FROM {opened.schemas.schema}.head FOR UPDATE")
        yield


def waiting_appends(opened: OpenTenant) -> int:
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND query LIKE %s"
    )
    pattern = f'%"{opened.schemas.schema}"."append"%'
    with psycopg.connect(opened.schemas.databases.ledger) as superuser:
        row = superuser.execute(query, (pattern,)).fetchone()
    assert row is not None
    return int(row[0])


def test_a_write_still_under_way_when_its_connection_broke_is_recorded_once(
    opened: OpenTenant, network: Proxy, service: Tenant
) -> None:
    """The second try asks before the first has committed, and waits behind it."""
    service.ledger.load(service.ledger.index.case_id("t"))
    with nobody_writes(opened):
        network.strike(Moment.MIDWAY, "append")
        recording = meanwhile(lambda: record(service.ledger))
        until(lambda: waiting_appends(opened) == 2, "two tries that wait")
    receipt = outcome(recording)
    assert record(opened.opened().ledger) == receipt
    assert observations(opened.opened(), "t") == {"Lekte.": 1}
    checked(opened)


def test_a_read_still_under_way_when_its_connection_broke_is_on_record_once(
    opened: OpenTenant, network: Proxy, service: Tenant
) -> None:
    """A read that was asked for once must not look like two."""
    service.ledger.load(service.ledger.index.case_id("t"))
    with nobody_writes(opened):
        network.strike(Moment.MIDWAY, "append")
        reading = meanwhile(lambda: read(service.ledger, "kontroll"))
        until(lambda: waiting_appends(opened) == 2, "two tries that wait")
    assert outcome(reading) == 1
    assert all_readings(opened) == ["kontroll"]
    checked(opened)


# -- it swallows everything ------------------------------------------------------------


class Impatient(BoundedConnection):
    """Gives a statement up sooner than the service does, so that no test waits long."""

    patience = 1.0


@pytest.fixture
def impatient(opened: OpenTenant, network: Proxy) -> Tenant:
    """The tenant as `service` is, with little patience."""
    open_cases(opened, "t")
    through = network.conninfo(opened.schemas.ledger())
    pool = open_pool(through, connections=Impatient)
    opened.pools.append(pool)
    keys = opened.pool(opened.schemas.keys())
    return Tenant.open(
        opened.schemas.schema, opened.keyring, pool, keys, clock=opened.clock
    )


def test_a_write_into_a_network_that_swallows_everything_ends_as_unknown(
    opened: OpenTenant, network: Proxy, impatient: Tenant
) -> None:
    fault = network.strike(Moment.NEVER, "append", times=1_000)
    recording = meanwhile(lambda: record(impatient.ledger))
    until(fault.struck.is_set, "the request")
    assert isinstance(outcome(recording), OutcomeUnknown)
    network.heal()
    again = record(impatient.ledger)
    assert observations(opened.opened(), "t") == {"Lekte.": 1}
    assert record(impatient.ledger) == again
    checked(opened)


def test_a_read_from_a_network_that_swallows_everything_ends_as_not_available(
    opened: OpenTenant, network: Proxy, impatient: Tenant
) -> None:
    fault = network.strike(Moment.NEVER, "erasures", times=1_000)
    reading = meanwhile(lambda: read(impatient.ledger, "kontroll"))
    until(fault.struck.is_set, "the request")
    assert isinstance(outcome(reading), Overloaded)
    network.heal()
    assert all_readings(opened) == []


def test_callers_behind_one_that_hangs_are_answered(
    opened: OpenTenant, network: Proxy, impatient: Tenant
) -> None:
    """One writer writes for all who wait: what it waits for must not hold them all."""
    ledger = impatient.ledger
    ledger.load(ledger.index.case_id("t"))
    fault = network.strike(Moment.NEVER, "append")
    first = meanwhile(lambda: record(ledger, "Lekte.", "one"))
    until(fault.struck.is_set, "the request")
    others = [
        meanwhile(lambda n=n: record(ledger, f"Leste {n}.", f"{n}")) for n in range(4)
    ]
    for other in others:
        assert isinstance(outcome(other), Receipt | Overloaded)
    assert isinstance(outcome(first), Receipt)
    checked(opened)
