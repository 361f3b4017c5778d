from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ledger.database.embedded import (
    DATABASE,
    KEY_DATABASE,
    EmbeddedPostgres,
    PostgresFailed,
)
from tests.clusters import as_owner_of

PROJECT = Path(__file__).parents[3]

USER = """
import sys
from pathlib import Path
from ledger.database.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.postmaster_pid, flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_process(home: Path):
    """A process of its own that uses the server until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(home)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process


def ask(conninfo: str, question: str) -> str:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return str(row[0])


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_started_server_holds_the_ledger_and_the_keys_apart(own_postgres):
    question = "SELECT current_database()"
    assert ask(own_postgres.conninfo(), question) == DATABASE
    assert ask(own_postgres.key_conninfo, question) == KEY_DATABASE


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ],
)
def test_the_server_is_durable_private_and_the_same_everywhere(
    database, setting, value
):
    assert ask(database.ledger, f"SHOW {setting}") == value


def test_only_its_account_reaches_the_data_and_the_socket(own_postgres):
    folder = own_postgres.data_directory.parent
    socket = folder / ".s.PGSQL.5432"
    for path in (folder, own_postgres.data_directory, socket, own_postgres.log_file):
        assert path.stat().st_mode & 0o077 == 0


def test_what_was_committed_outlives_a_stop(own_postgres):
    with psycopg.connect(own_postgres.conninfo()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 4 AS number")
    own_postgres.stop()
    assert own_postgres.postmaster_pid is None
    own_postgres.start()
    assert ask(own_postgres.conninfo(), "SELECT number FROM kept") == "4"


def test_a_killed_server_is_started_again_with_all_that_was_committed(own_postgres):
    with psycopg.connect(own_postgres.conninfo()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
        connection.commit()
        killed = own_postgres.postmaster_pid
        os.kill(killed, signal.SIGKILL)
        own_postgres.start()
    assert own_postgres.postmaster_pid != killed
    assert ask(own_postgres.conninfo(), "SELECT count(*) FROM kept") == "1000"


def test_a_process_that_took_over_a_dead_servers_number_is_no_server(own_postgres):
    os.kill(own_postgres.postmaster_pid, signal.SIGKILL)
    # Of the same account, for PostgreSQL takes any other account's process for gone.
    with subprocess.Popen(
        ["/bin/cat"],
        stdin=subprocess.PIPE,
        **as_owner_of(own_postgres.data_directory),
    ) as stranger:
        pid_file = own_postgres.data_directory / "postmaster.pid"
        for remains in (pid_file, pid_file.parents[1] / ".s.PGSQL.5432.lock"):
            lines = remains.read_text().splitlines(keepends=True)
            remains.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
        own_postgres.start()
        assert own_postgres.postmaster_pid != stranger.pid
        stranger.communicate()
    assert ask(own_postgres.conninfo(), "SELECT 1") == "1"


def test_processes_that_start_at_the_same_time_share_one_server(short_folder):
    with (
        another_process(short_folder) as one,
        another_process(short_folder) as two,
        another_process(short_folder) as three,
    ):
        told = {int(process.stdout.readline()) for process in (one, two, three)}
    assert len(told) == 1
    assert not is_alive(told.pop())


def test_the_last_one_to_use_the_server_stops_it(own_postgres):
    pid = own_postgres.postmaster_pid
    home = own_postgres.data_directory.parents[1]
    with EmbeddedPostgres(home) as second:
        assert second.postmaster_pid == pid
        own_postgres.stop()
        assert ask(second.conninfo(), "SELECT 1") == "1"
    assert not is_alive(pid)


def test_a_killed_user_neither_ends_the_server_nor_keeps_it_running(short_folder):
    with another_process(short_folder) as user:
        pid = int(user.stdout.readline())
        user.kill()
    with EmbeddedPostgres(short_folder) as server:
        assert server.postmaster_pid == pid
        assert ask(server.conninfo(), "SELECT 1") == "1"
    assert not is_alive(pid)


def test_a_making_that_was_cut_short_is_made_anew(short_folder):
    half = short_folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(short_folder) as server:
        assert ask(server.conninfo(), "SELECT 1") == "1"
    assert not half.exists()


@pytest.mark.parametrize("name", ["l" * 100, "one, two", 'it\'s "$HOME"; `id`'])
def test_the_folder_may_have_any_name(short_folder, name):
    with EmbeddedPostgres(short_folder / name) as server:
        assert ask(server.conninfo(), "SELECT 1") == "1"
        assert Path(ask(server.conninfo(), "SHOW data_directory")).samefile(
            server.data_directory
        )


def test_a_socket_folder_that_others_may_enter_is_refused(short_folder):
    server = EmbeddedPostgres(short_folder / ("l" * 100))
    with server:
        socket_folder = Path(ask(server.conninfo(), "SHOW unix_socket_directories"))
    assert not socket_folder.exists()
    socket_folder.mkdir(mode=0o755)
    with pytest.raises(PostgresFailed, match="not ours alone"):
        server.start()
    socket_folder.rmdir()


def test_no_value_of_a_statement_reaches_the_log(own_postgres):
    canary = "Kanari-Testesen-4711"
    failing = [
        ("INSERT INTO person VALUES (%s), (%s)", (canary, canary)),
        ("INSERT INTO person VALUES (%s || repeat('x', 99))", (canary,)),
        ("SELECT CAST(%s AS integer)", (canary,)),
        (f"SELECT '{canary}' FROM nowhere", None),
        (f"DO $$ BEGIN RAISE WARNING '{canary}'; RAISE '{canary}'; END $$", None),
    ]
    with psycopg.connect(own_postgres.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE TABLE person (name varchar(40) PRIMARY KEY)")
        for statement, values in failing:
            with pytest.raises(psycopg.Error):
                connection.execute(statement, values)
    own_postgres.stop()
    log = own_postgres.log_file.read_text()
    assert "database system is shut down" in log
    assert canary not in log


def test_a_failure_says_what_failed_and_where_the_log_is(short_folder):
    broken = EmbeddedPostgres(short_folder, settings={"no_such_setting_at_all": "1"})
    with pytest.raises(PostgresFailed, match=r"no_such_setting_at_all.*server\.log"):
        broken.start()


def test_variables_for_other_servers_do_not_count(short_folder, monkeypatch):
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGHOST", "nowhere.example")
    with EmbeddedPostgres(short_folder) as server:
        assert ask(server.conninfo(), "SELECT current_user") == "postgres"
