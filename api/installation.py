"""Settings, PostgreSQL, connections, keyrings and tenants of one machine, as a whole.

Everything that runs the ledger gets its parts here, so this is the one place that sees
to it that nothing is opened on an unsafe server, on old tables or with a signing key
that nobody outside can know.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from api.complaints import CommandFailed
from api.home import Home, TenantFolder
from api.mailing import courier_for
from api.settings import PREFIX, Settings
from audit.failures import ProofFailed
from ledger.database.bounded import BoundedConnection, open_pool
from ledger.database.embedded import EmbeddedPostgres
from ledger.database.migrate import (
    KEY_MIGRATIONS,
    MIGRATIONS,
    Migration,
    migrate,
    pending,
)
from ledger.database.roles import DatabaseRole, acting, create_roles
from ledger.database.start_up import (
    refuse_unsafe_environment,
    refuse_unsafe_server,
)
from ledger.following import Follower
from ledger.keyring import FileKeyring
from ledger.listing import Lists
from ledger.publisher import Publisher
from ledger.rollback import LastSigned, last_signed, refuse_rollback, signed_by
from ledger.sweeping import Sweeper
from ledger.tenant import Tenant, is_demo

PATIENCE = 15.0  # seconds to wait for a first connection

Ask = Callable[[str], str | None]
"""Asks whoever sits there for a secret; `None` when nobody does."""


def nobody(what: str) -> None:
    """Stand in for a person where there is none to ask."""


@dataclass(frozen=True, slots=True)
class Connections:
    """To the databases: how many at most, for a role and database, and of which kind.

    A command does one thing at a time, and has the patience of whoever typed it.
    """

    number: int = 4
    kind: type[BoundedConnection] = BoundedConnection


@dataclass(frozen=True, slots=True)
class Databases:
    """How to log in to the two databases; `server` is the embedded one, if any."""

    ledger: str
    keys: str
    server: EmbeddedPostgres | None = None


@dataclass(frozen=True, slots=True)
class OpenTenant:
    """A tenant ready for use, and its files."""

    folder: TenantFolder
    keyring: FileKeyring
    parts: Tenant
    lists: Lists

    @property
    def is_demo(self) -> bool:
        """Whether its entries may be recorded on a file's clock."""
        return is_demo(self.keyring.origin)

    def last_signed(self) -> LastSigned | None:
        """What this log has signed last, as far as its own files know.

        Raises `StateUnreadable`.
        """
        heads = (last_signed(self.folder.publisher_state), self._published())
        return max(filter(None, heads), key=lambda head: head.size, default=None)

    def is_called_as(self, signed: LastSigned | None) -> bool:
        """Whether what was signed last is of the log that the entries are."""
        return signed is None or signed.origin == self.parts.registry.log_name()

    def _published(self) -> LastSigned | None:
        """The checkpoint that is out; one that is none of ours is the publisher's."""
        try:
            note = self.folder.checkpoint.read_bytes()
            return signed_by(note, self.keyring)
        except (FileNotFoundError, ProofFailed):
            return None


class Installation:
    """The parts, made when they are first asked for and closed with it.

    Usable as a context manager.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        ask: Ask = nobody,
        connections: Connections | None = None,
    ) -> None:
        self.settings = settings
        self._connections = connections or Connections()
        self.home = Home(settings.home, settings.log_directory or settings.home / "log")
        self._ask = ask
        self._stack = ExitStack()
        self._pools: dict[str, ConnectionPool[Any]] = {}
        self._signing: set[str] = set()  # tenants whose keys are kept as they are

    def __enter__(self) -> Installation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    # -- databases ---------------------------------------------------------------------

    @cached_property
    def databases(self) -> Databases:
        """Both databases, reachable and safe; the embedded ones with our roles in them.

        Raises `UnsafeSettings`, `PostgresFailed`, `psycopg.OperationalError`.
        """
        refuse_unsafe_environment(os.environ)
        found = self._log_in()
        for conninfo in (found.ledger, found.keys):
            with psycopg.connect(conninfo, autocommit=True) as connection:
                refuse_unsafe_server(connection)
        if found.server is not None:
            create_roles(found.ledger)
            create_roles(found.keys)
        return found

    def _log_in(self) -> Databases:
        configured, keys = self.settings.database, self.settings.key_database
        if configured is None or keys is None:
            server = EmbeddedPostgres(self.home.path)
            self._stack.enter_context(server)
            return Databases(server.conninfo(), server.key_conninfo, server)
        return Databases(configured.get_secret_value(), keys.get_secret_value())

    def revive(self) -> None:
        """Start the embedded server again, if it is that and was killed."""
        if self.databases.server is not None:
            self.databases.server.start()

    def ledger_conninfo(self, role: DatabaseRole) -> str:
        """How to connect to the ledger's database in a role."""
        return self.settings.conninfo(role, self.databases.ledger)

    def keys_conninfo(self, role: DatabaseRole) -> str:
        """How to connect to the keys' database in a role."""
        return acting(self.databases.keys, role)

    def pool(self, conninfo: str) -> ConnectionPool[Any]:
        """The one pool of connections like this, shared by all tenants."""
        if conninfo not in self._pools:
            wanted = self._connections
            pool = open_pool(conninfo, size=wanted.number, connections=wanted.kind)
            self._pools[conninfo] = self._stack.enter_context(pool)
            pool.wait(PATIENCE)
        return self._pools[conninfo]

    # -- migrations --------------------------------------------------------------------

    def prepare_roles(self) -> None:
        """Create the roles in both databases, unless they are there and ours to act in.

        Raises `CommandFailed` when the login may not.
        """
        owner = self.settings.database_owner
        login = self.databases.ledger if owner is None else owner.get_secret_value()
        for conninfo in (login, self.databases.keys):
            try:
                create_roles(conninfo)
            except psycopg.errors.InsufficientPrivilege:
                if not _may_act(conninfo, DatabaseRole.OWNER):
                    raise CommandFailed("ROLES_MISSING", _ROLES_MISSING) from None

    def migrate(self, folder: TenantFolder) -> list[Migration]:
        """Bring both schemas of a tenant up to date; answers what was applied."""
        owner = DatabaseRole.OWNER
        ledger, keys = self.ledger_conninfo(owner), self.keys_conninfo(owner)
        return [
            *migrate(ledger, folder.schema, MIGRATIONS),
            *migrate(keys, folder.schema, KEY_MIGRATIONS),
        ]

    def pending(self, folder: TenantFolder) -> list[Migration]:
        """Migrations that the tenant's schemas have not seen yet, the keys' last."""
        writer, databases = DatabaseRole.WRITER, self.databases
        if not all(_may_act(d, writer) for d in (databases.ledger, databases.keys)):
            raise CommandFailed("MIGRATIONS_PENDING", _MIGRATE_FIRST)
        return [
            *pending(self.ledger_conninfo(writer), folder.schema, MIGRATIONS),
            *pending(self.keys_conninfo(writer), folder.schema, KEY_MIGRATIONS),
        ]

    def _bring_up(self, folder: TenantFolder) -> None:
        """Migrate what is embedded; of anything else an operator decides when."""
        if self.databases.server is not None:
            self.migrate(folder)
        elif self.pending(folder):
            raise CommandFailed("MIGRATIONS_PENDING", _MIGRATE_FIRST)

    # -- tenants -----------------------------------------------------------------------

    @property
    def has_passphrase(self) -> bool:
        """Whether the settings give one."""
        return self.settings.read_passphrase() is not None

    def passphrase(self, folder: TenantFolder) -> str:
        """What opens the keyring. Raises `CommandFailed`, `SettingsRefused`."""
        if folder.passphrase.exists():
            return folder.passphrase.read_text(encoding="utf-8").rstrip("\n")
        found = self.settings.read_passphrase()
        found = found or self._ask(f"Passphrase of tenant {folder.name}")
        if not found:
            raise CommandFailed("PASSPHRASE_MISSING", _PASSPHRASE_MISSING)
        return found

    def tenant(
        self, name: str, *, signs: bool = True, even_rolled_back: bool = False
    ) -> OpenTenant:
        """Open a tenant. One that `signs` entries keeps its keys from being changed.

        Raises `CommandFailed`, `RolledBack` unless that is what is looked into,
        `KeyringError` and whatever `databases` does.
        """
        folder = self.home.known(name)
        if signs and name not in self._signing:
            self._stack.enter_context(folder.in_use())
            self._signing.add(name)
        if folder.restoring.exists():
            raise CommandFailed("RESTORE_UNFINISHED", _RESTORE_UNFINISHED)
        keyring = FileKeyring.open(folder.keyring, self.passphrase(folder))
        self._bring_up(folder)
        tenant = self.put_together(folder, keyring)
        signed = tenant.last_signed()  # first: the ledger goes on growing
        if not even_rolled_back:
            refuse_rollback(signed, tenant.parts.recorder.max_notification_id() or 0)
        tenant.parts.trust_registry()
        known = {key_id for key_id, _ in tenant.parts.registry.trusted_keys()}
        if not known:
            raise CommandFailed("TENANT_ABSENT", _TENANT_ABSENT)
        if not even_rolled_back and not tenant.is_called_as(signed):
            raise CommandFailed("OTHER_LOG", _OTHER_LOG)
        if signs and keyring.service.key_id not in known:
            raise CommandFailed("KEY_NOT_INTRODUCED", _KEY_NOT_INTRODUCED)
        return tenant

    def put_together(self, folder: TenantFolder, keyring: FileKeyring) -> OpenTenant:
        """The tenant's parts on these connections; nothing is read yet."""
        parts = self._parts(folder, keyring, DatabaseRole.WRITER)
        pool = self.pool(self.ledger_conninfo(DatabaseRole.WRITER))
        return OpenTenant(folder, keyring, parts, Lists(parts, pool))

    def _parts(
        self, folder: TenantFolder, keyring: FileKeyring, role: DatabaseRole
    ) -> Tenant:
        return Tenant.open(
            folder.schema,
            keyring,
            self.pool(self.ledger_conninfo(role)),
            self.pool(self.keys_conninfo(role)),
        )

    def follower(self, tenant: OpenTenant) -> Follower:
        """What follows a tenant's log, with the rights to that and to no more."""
        role = DatabaseRole.FOLLOWER
        parts = self._parts(tenant.folder, tenant.keyring, role)
        parts.trust_registry()
        return Follower(parts, self.pool(self.ledger_conninfo(role)))

    def sweeper(self, tenant: OpenTenant) -> Sweeper:
        """What does in a tenant what is due by the clock; the tenant signs."""
        pool = self.pool(self.ledger_conninfo(DatabaseRole.WRITER))
        settings, folder = self.settings, tenant.folder
        courier = courier_for(settings, folder, is_demo=tenant.is_demo)
        return Sweeper(tenant.parts, pool, courier)

    def publisher(self, tenant: OpenTenant) -> Publisher:
        """What publishes a tenant's log, with the right to read envelopes only."""
        return tenant.parts.publisher(
            self.pool(self.ledger_conninfo(DatabaseRole.PUBLISHER)),
            directory=tenant.folder.log,
            state=tenant.folder.publisher_state,
        )


_ROLES_MISSING = (
    "the login may not create the ledger's roles; give it CREATEROLE and the database,"
    " or let an administrator create them."
)
_MIGRATE_FIRST = (
    "the database's tables are older than this program; run `stafettlogg migrate`."
)
_PASSPHRASE_MISSING = (
    f"no passphrase: set {PREFIX}PASSPHRASE_FILE to a file that holds it."
)
_TENANT_ABSENT = (
    "the database holds no entry of this tenant: it is another database, or what was in"
    " it is lost. Restore it; nothing was written."
)
_OTHER_LOG = (
    "what was signed last is of another log than the entries: an acceptance of a loss"
    " was interrupted (give `restore --accept` again), or the entries were replaced."
)
_RESTORE_UNFINISHED = (
    "a restore was interrupted, or goes on just now; give the same `restore` again."
)
_KEY_NOT_INTRODUCED = (
    "a change of the signing key was interrupted; give `keys rotate` again."
)


def _may_act(conninfo: str, role: DatabaseRole) -> bool:
    """Whether the role exists and this login may take it on."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute(
            "SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')",
            (str(role),),
        ).fetchone()
    return row is not None
