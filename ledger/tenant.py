"""One municipality's ledger, put together from its keys and its two schemas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg_pool import ConnectionPool

from audit.note import parse_vkey, vkey
from audit.policy import Policy, format_policy
from ledger.application import CaseLedger, utc_now
from ledger.keyring import DataKeys, Keyring, RootKey, verifier_key
from ledger.publisher import Envelopes, Publisher
from ledger.recorder import LedgerRecorder
from ledger.registry import Registry
from ledger.sealing import SealingMapper

_DEMO = ".demo.example/stafettlogg"


def origin_of(tenant: str, *, demo: bool) -> str:
    """The log origin a tenant gets unless it names its own; a demo's says so."""
    return tenant + (_DEMO if demo else ".kommune.no/stafettlogg")


def is_demo(origin: str) -> bool:
    """Whether this log's times may be a file's and not a clock's."""
    return origin.endswith(_DEMO)


@dataclass(frozen=True, slots=True)
class Tenant:
    """All parts of one tenant that write or read entries."""

    schema: str
    keyring: Keyring
    data_keys: DataKeys
    recorder: LedgerRecorder
    mapper: SealingMapper
    registry: Registry
    ledger: CaseLedger

    @classmethod
    def open(
        cls,
        schema: str,
        keyring: Keyring,
        pool: ConnectionPool[Any],
        key_pool: ConnectionPool[Any],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> Tenant:
        """Put a tenant together; the pools' connections commit by themselves."""
        data_keys = DataKeys(keyring, key_pool, schema)
        recorder = LedgerRecorder(pool, schema)
        mapper = SealingMapper(keyring, data_keys)
        registry = Registry(recorder, mapper, keyring, data_keys)
        ledger = CaseLedger(recorder, mapper, keyring, data_keys, clock=clock)
        return cls(schema, keyring, data_keys, recorder, mapper, registry, ledger)

    def found(self, root: RootKey) -> None:
        """Begin the log: the registry introduces the keys. Safe to repeat."""
        self.registry.found(root, now=self.ledger.clock())

    def trust_registry(self) -> None:
        """Accept what older and newer service keys have signed."""
        self.mapper.trust(self.registry.trusted_keys())

    def publisher(
        self, pool: ConnectionPool[Any], *, directory: Path, state: Path
    ) -> Publisher:
        """What publishes this tenant's log; `pool` needs the right to read only."""
        return Publisher(
            Envelopes(pool, self.schema),
            self.keyring.checkpoint,
            self.registry.log_name(),
            directory=directory,
            state=state,
        )

    def policy(self, name: str | None = None) -> str:
        """What a supervisor pins, as a policy file; witnesses are theirs to add.

        `name` is what the log is called, where it is no longer called by its origin.
        """
        origin = self.keyring.origin
        name = name or origin
        return format_policy(
            Policy(
                log=parse_vkey(verifier_key(name, self.keyring.checkpoint)),
                former=None if name == origin else origin,
                registry=parse_vkey(vkey(f"{origin}/registry", 1, self.keyring.root)),
                tenant=self.keyring.tenant,
            )
        )
