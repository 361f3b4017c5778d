from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.database.roles import DatabaseRole, acting, create_roles
from tests.clusters import DEBIAN_15, cluster

BINARIES = [
    None,
    pytest.param(
        DEBIAN_15,
        marks=pytest.mark.skipif(
            not DEBIAN_15.exists(), reason="Debian's PostgreSQL 15 is not installed"
        ),
    ),
]


def current_user(conninfo: str) -> str:
    with psycopg.connect(conninfo) as connection:
        return connection.execute("SELECT current_user").fetchone()[0]


@pytest.mark.parametrize("role", DatabaseRole)
def test_a_connection_acts_in_its_role_from_the_start(every_postgres, role):
    assert current_user(acting(every_postgres.ledger, role)) == role


def test_taking_on_a_role_keeps_the_other_options(database):
    busy = make_conninfo(database.ledger, options="-c work_mem=5MB")
    with psycopg.connect(acting(busy, DatabaseRole.WRITER)) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
        assert connection.execute("SELECT current_user").fetchone() == (
            DatabaseRole.WRITER,
        )


@pytest.mark.parametrize(
    "role", [role for role in DatabaseRole if role is not DatabaseRole.OWNER]
)
def test_only_the_owner_makes_schemas(every_postgres, role):
    with (
        psycopg.connect(acting(every_postgres.ledger, role)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE SCHEMA t_nobody")


@pytest.mark.parametrize("role", DatabaseRole)
def test_no_role_logs_in_creates_roles_or_is_above_the_rules(every_postgres, role):
    with psycopg.connect(every_postgres.ledger) as connection:
        assert (
            connection.execute(
                "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls"
                " FROM pg_roles WHERE rolname = %s",
                (role,),
            ).fetchone()
            == (False,) * 5
        )


@pytest.mark.parametrize("binaries", BINARIES)
def test_processes_may_create_the_roles_at_the_same_time(binaries):
    with cluster(binaries) as server, ThreadPoolExecutor(8) as threads:
        conninfos = [server.conninfo(), server.key_conninfo] * 4
        assert list(threads.map(create_roles, conninfos)) == [None] * 8
        for role in DatabaseRole:
            assert current_user(acting(server.key_conninfo, role)) == role


@pytest.mark.parametrize("binaries", BINARIES)
def test_a_login_that_is_no_superuser_can_create_the_roles_and_act_in_them(binaries):
    with cluster(binaries) as server:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute("CREATE ROLE testdrift LOGIN CREATEROLE")
            connection.execute("ALTER DATABASE stafettlogg OWNER TO testdrift")
        login = make_conninfo(server.conninfo(), user="testdrift")
        create_roles(login)
        create_roles(login)
        for role in DatabaseRole:
            assert current_user(acting(login, role)) == role
        with psycopg.connect(acting(login, DatabaseRole.OWNER)) as connection:
            connection.execute("CREATE SCHEMA t_testby")
