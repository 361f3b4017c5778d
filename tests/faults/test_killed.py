"""The program, the server or one of its backends is killed under load.

What was acknowledged is on record, once; every chain is whole; the publisher goes on.
"""

from __future__ import annotations

import os
import signal

import psycopg
import pytest

from ledger.database.embedded import EmbeddedPostgres
from ledger.database.roles import DatabaseRole
from tests.faults.examining import check_acknowledged, checked, open_cases
from tests.faults.patience import until
from tests.faults.processes import Program, at_once, programs
from tests.tenants import OpenTenant

LABELS = ("k-1", "k-2", "k-3", "k-4")


def writer(opened: OpenTenant, name: str) -> Program:
    return Program("write", opened, name=name, labels=LABELS, threads=4)


def publisher(opened: OpenTenant, **orders: object) -> Program:
    role = opened.schemas.ledger(DatabaseRole.PUBLISHER)
    return Program("publish", opened, publisher=role, **orders)


def acks(*writers: Program) -> int:
    return sum(len(writer.all("acked")) for writer in writers)


def more_acks(count: int, *writers: Program) -> None:
    """Wait until each has `count` more requests acknowledged than now."""
    goals = {writer: acks(writer) + count for writer in writers}
    until(
        lambda: all(
            acks(writer) >= goal or writer.has_ended() for writer, goal in goals.items()
        ),
        f"{count} more acknowledgements of each writer",
    )
    for each, goal in goals.items():
        assert acks(each) >= goal, each.complaint


def acknowledged(*writers: Program) -> list[dict[str, object]]:
    return [line for writer in writers for line in writer.said if "acked" in line]


@pytest.mark.xdist_group("killed")
def test_a_writing_program_killed_under_load_loses_and_doubles_nothing(
    opened: OpenTenant,
) -> None:
    open_cases(opened, *LABELS)
    with programs(writer(opened, "one"), writer(opened, "two")) as (one, two):
        at_once(one, two)
        more_acks(20, one, two)
        one.kill()
        more_acks(20, two)  # the other goes on
        two.kill()
    stored = check_acknowledged(opened, acknowledged(one, two), *LABELS)
    in_flight = 4 + 4  # a thread waits for one answer at a time
    assert len(stored) <= acks(one, two) + in_flight
    opened.publisher().publish()
    checked(opened)


@pytest.mark.xdist_group("killed")
def test_what_a_killed_program_had_asked_for_may_be_asked_for_again(
    opened: OpenTenant,
) -> None:
    """Another process sends the same requests: each is one event in the end."""
    open_cases(opened, *LABELS)
    with programs(writer(opened, "same")) as (first,):
        at_once(first)
        more_acks(30, first)
        first.kill()
    sent_again = Program(
        "write", opened, name="same", labels=LABELS, threads=4, each=30
    )
    with programs(sent_again) as (second,):
        at_once(second)
        second.succeed()
    both = acknowledged(first, second)
    stored = check_acknowledged(opened, both, *LABELS)
    told = {(ack["acked"], ack["position"], ack["leaf"]) for ack in both}
    assert len({said for said, _, _ in told}) == len(told), "two answers to one request"
    assert len(stored) >= 4 * 30
    checked(opened)


@pytest.mark.xdist_group("killed-server")
def test_a_server_killed_under_load_loses_and_doubles_nothing(
    own_tenant: tuple[EmbeddedPostgres, OpenTenant],
) -> None:
    server, opened = own_tenant
    open_cases(opened, *LABELS)
    published = opened.publisher().publish().size
    with programs(writer(opened, "one"), writer(opened, "two")) as (one, two):
        at_once(one, two)
        for _ in range(2):
            more_acks(15, one, two)
            assert server.postmaster_pid is not None
            os.kill(server.postmaster_pid, signal.SIGKILL)
            server.start()
        more_acks(15, one, two)
        one.tell("stop")
        two.tell("stop")
        one.succeed()
        two.succeed()
    assert one.all("leaked") + two.all("leaked") == []
    stored = check_acknowledged(opened, acknowledged(one, two), *LABELS)
    assert len(stored) <= acks(one, two) + 8  # those told to stop while asking again
    signed = opened.publisher().publish().size
    assert signed > published
    report = checked(opened)
    assert report.checkpoint is not None
    assert report.checkpoint.size == signed


@pytest.mark.xdist_group("killed-server")
def test_a_backend_killed_under_load_loses_and_doubles_nothing(
    own_tenant: tuple[EmbeddedPostgres, OpenTenant],
) -> None:
    """The server then restarts all its sessions, and recovers by itself."""
    server, opened = own_tenant
    open_cases(opened, *LABELS)
    opened.publisher().publish()
    with programs(writer(opened, "one"), writer(opened, "two")) as (one, two):
        at_once(one, two)
        more_acks(15, one, two)
        os.kill(until(lambda: appending_backend(server), "a backend"), signal.SIGKILL)
        more_acks(15, one, two)
        one.tell("stop")
        two.tell("stop")
        one.succeed()
        two.succeed()
    assert one.all("leaked") + two.all("leaked") == []
    check_acknowledged(opened, acknowledged(one, two), *LABELS)
    opened.publisher().publish()
    checked(opened)


def appending_backend(server: EmbeddedPostgres) -> int:
    """The process of a session that appends just now; 0 when none does."""
    query = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE state = 'active' AND query LIKE '%append%' AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(server.conninfo()) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.xdist_group("killed")
def test_a_publisher_killed_under_load_goes_on_where_it_was(
    opened: OpenTenant,
) -> None:
    open_cases(opened, *LABELS)
    with programs(writer(opened, "one")) as (one,):
        at_once(one)
        signed = [0]
        for _ in range(3):
            with programs(publisher(opened, following=True)) as (following,):
                following.hear("ready")
                following.tell("go")
                grown = signed[-1] + 10
                until(lambda goal=grown: signed_size(opened) > goal, "a checkpoint")
                following.kill()
                signed.append(signed_size(opened))
        one.kill()
    assert signed == sorted(set(signed))
    final = opened.publisher().publish()
    assert final.size >= signed[-1]
    checked(opened)


def signed_size(opened: OpenTenant) -> int:
    """The size in the checkpoint that is out; 0 before the first."""
    try:
        return int((opened.log / "checkpoint").read_bytes().split(b"\n")[1])
    except FileNotFoundError:
        return 0
