"""What one web process holds: the tenants it serves, open for as long as it runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from psycopg_pool import ConnectionPool

from api.bounds import Bounds
from api.feed import Feed
from api.installation import Connections, Installation, OpenTenant
from api.opening import open_every
from ledger.database.bounded import BoundedConnection
from ledger.database.roles import DatabaseRole
from ledger.lag import Followed
from ledger.tables import Tables
from ledger.views import VIEWS


class Impatient(BoundedConnection):
    """Gives a statement up while there is time to answer and to ask once more."""

    patience = 2.0


CONNECTIONS = Connections(number=Bounds().at_work, kind=Impatient)
"""One for each request at work, so that none of them waits for another's."""


class Service:
    """The tenants of an installation that can be opened, and why the others cannot.

    Raises what stands in the way when no tenant can be opened.
    """

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        every = open_every(installation)
        self.closed, opened = every.closed, every.opened
        self.tenants: Mapping[str, OpenTenant] = MappingProxyType(opened)
        self.feeds = {n: Feed(t.parts.recorder) for n, t in opened.items()}
        pool = installation.pool(installation.ledger_conninfo(DatabaseRole.WRITER))
        self.followed = {n: _followed(t, pool) for n, t in opened.items()}
        self.streams = 0  # open ones, of the feed
        self.in_flight: set[tuple[str, str, str]] = set()  # tenant, person, request key

    def let_listeners_go(self) -> None:
        """End what would go on without end, so that the process can."""
        for feed in self.feeds.values():
            feed.is_closed = True


def _followed(tenant: OpenTenant, pool: ConnectionPool[Any]) -> Followed:
    tables = Tables(tenant.parts.keyring, tenant.parts.schema)
    clock = tenant.parts.ledger.clock
    return Followed(tables, tenant.parts.recorder, pool, VIEWS, clock)
