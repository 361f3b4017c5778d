"""Every secret of a tenant: signing keys, tenant keys, index key, wrapped data keys.

Only this module opens private keys. The rest of the ledger holds a `Keyring` and asks
it to sign, wrap or compute a keyed hash; a hardware token can stand behind the same
words. `FileKeyring` keeps the secrets in one file sealed by a passphrase. Data keys,
one a stream, lie wrapped in a database of their own (`DataKeys`), so that destroying
one is not undone by restoring the ledger.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Protocol
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)
from psycopg import sql
from psycopg_pool import ConnectionPool

from audit.note import key_id as note_key_id
from audit.note import vkey as note_vkey
from audit.record import thumbprint
from ledger import durable
from ledger.database.bounded import asked_again

KEY_BYTES = 32
_FORMAT = "stafettlogg-keyring/1"
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}


class KeyringError(Exception):
    """The keyring cannot be opened or used; the text names no secret."""


class DataKeyMissing(KeyringError):
    """No data key of this id is stored: it is destroyed, or the database is older."""


class Signer(Protocol):
    """One Ed25519 key that signs and is never seen."""

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes of the public key."""

    @property
    def key_id(self) -> bytes:
        """Its 32-byte thumbprint (RFC 9679)."""

    def sign(self, message: bytes) -> bytes:
        """A 64-byte Ed25519 signature over `message`."""


class Keyring(Protocol):
    """What the ledger asks of whatever keeps a tenant's secrets."""

    @property
    def tenant(self) -> str:
        """The tenant, as header label 9 names it."""

    @property
    def origin(self) -> str:
        """The log origin."""

    @property
    def root(self) -> bytes:
        """The 32-byte public key of the registry's root."""

    @property
    def service(self) -> Signer:
        """The key that signs entries now."""

    @property
    def checkpoint(self) -> Signer:
        """The key that signs checkpoints."""

    @property
    def epoch(self) -> int:
        """The number of the tenant key that wraps new data keys."""

    def wrap(self, stream: UUID, key_id: UUID, data_key: bytes) -> bytes:
        """Wrap a 32-byte data key under the newest tenant key (RFC 5649)."""

    def unwrap(self, stream: UUID, key_id: UUID, epoch: int, wrapped: bytes) -> bytes:
        """The data key; raises `KeyringError` when it was wrapped for another place."""

    def keyed_hash(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA-256 under the index key, 32 bytes, apart for each purpose."""

    def seal_small(self, purpose: str, plaintext: bytes, bound_to: bytes) -> bytes:
        """Seal an index row: nonce ‖ AES-256-GCM, bound to `bound_to`."""

    def seal_alike(self, purpose: str, plaintext: bytes, bound_to: bytes) -> bytes:
        """As `seal_small`, but the same for the same; for a purpose of its own."""

    def open_small(self, purpose: str, sealed: bytes, bound_to: bytes) -> bytes:
        """Open an index row; raises `KeyringError` when it was changed or moved."""


@dataclass(frozen=True, slots=True)
class SoftwareSigner:
    """A signing key held in this process's memory."""

    _key: Ed25519PrivateKey = field(repr=False)
    public_key: bytes
    key_id: bytes

    @classmethod
    def from_seed(cls, seed: bytes) -> SoftwareSigner:
        """The signer of a 32-byte seed (RFC 8032)."""
        key = Ed25519PrivateKey.from_private_bytes(seed)
        public = key.public_key().public_bytes_raw()
        return cls(key, public, thumbprint(public))

    def sign(self, message: bytes) -> bytes:
        """A 64-byte Ed25519 signature over `message`."""
        return self._key.sign(message)


def verifier_key(name: str, signer: Signer) -> str:
    """The vkey (C2SP signed-note) under which `signer` signs notes as `name`."""
    return note_vkey(name, 1, signer.public_key)


def note_signature(name: str, signer: Signer, text: str) -> tuple[str, bytes, bytes]:
    """Name, 4-byte key id and signature of a note's text (C2SP signed-note)."""
    key_id = note_key_id(name, 1, signer.public_key)
    return name, key_id, signer.sign(text.encode())


class FileKeyring:
    """A tenant's secrets in one file, sealed by a passphrase (scrypt, AES-256-GCM)."""

    def __init__(self, path: Path, secrets_: dict[str, Any], passphrase: str) -> None:
        self._path = path
        self._passphrase = passphrase
        self._secrets = secrets_
        self.tenant: str = secrets_["tenant"]
        self.origin: str = secrets_["origin"]
        self._unpack()

    @classmethod
    def create(
        cls, path: Path, passphrase: str, *, tenant: str, origin: str, root: bytes
    ) -> FileKeyring:
        """Make fresh keys and write the file; an existing file is never overwritten.

        `root` is the 32-byte public key of the registry's root, which is kept
        elsewhere.
        """
        fresh = {
            "tenant": tenant,
            "origin": origin,
            "root": _text(root),
            "index": _fresh(),
            "tenant_keys": {"1": _fresh()},
            "service": [_fresh()],
            "checkpoint": _fresh(),
        }
        write_sealed(path, passphrase, fresh, replace=False)
        return cls(path, fresh, passphrase)

    @classmethod
    def open(cls, path: Path, passphrase: str) -> FileKeyring:
        """Open the file. Raises `KeyringError`: wrong passphrase, or changed."""
        held = read_sealed(path, passphrase)
        if "tenant_keys" not in held:
            raise KeyringError("the file is no keyring")
        return cls(path, held, passphrase)

    def _unpack(self) -> None:
        self.root: bytes = _bytes(self._secrets["root"])
        self._index = _bytes(self._secrets["index"])
        self._tenant_keys = {
            int(epoch): _bytes(key)
            for epoch, key in self._secrets["tenant_keys"].items()
        }
        self.epoch = max(self._tenant_keys)
        self.service: Signer = SoftwareSigner.from_seed(
            _bytes(self._secrets["service"][-1])
        )
        self.checkpoint: Signer = SoftwareSigner.from_seed(
            _bytes(self._secrets["checkpoint"])
        )
        self._purposes: dict[str, bytes] = {}

    def new_service_key(self) -> Signer:
        """Make the next signing key; the registry must introduce it before it signs."""
        self._secrets["service"].append(_fresh())
        self._rewrite()
        return self.service

    def new_epoch(self) -> int:
        """Make the next tenant key; data keys are wrapped anew by `DataKeys.rewrap`."""
        self._secrets["tenant_keys"][str(self.epoch + 1)] = _fresh()
        self._rewrite()
        return self.epoch

    def drop_epochs_before(self, epoch: int) -> None:
        """Destroy older tenant keys, and with them every older copy of a data key."""
        kept = self._secrets["tenant_keys"]
        for old in [number for number in kept if int(number) < epoch]:
            del kept[old]
        self._rewrite()

    def _rewrite(self) -> None:
        write_sealed(self._path, self._passphrase, self._secrets, replace=True)
        self._unpack()

    def wrap(self, stream: UUID, key_id: UUID, data_key: bytes) -> bytes:
        """Wrap a data key under the newest tenant key (RFC 5649)."""
        wrapping = self._wrapping_key(self.epoch, stream, key_id)
        return aes_key_wrap_with_padding(wrapping, data_key)

    def unwrap(self, stream: UUID, key_id: UUID, epoch: int, wrapped: bytes) -> bytes:
        """The data key, or `KeyringError` when stream, id or epoch are not its own."""
        wrapping = self._wrapping_key(epoch, stream, key_id)
        try:
            return aes_key_unwrap_with_padding(wrapping, wrapped)
        except InvalidUnwrap:
            raise KeyringError("a wrapped data key does not open") from None

    def _wrapping_key(self, epoch: int, stream: UUID, key_id: UUID) -> bytes:
        if epoch not in self._tenant_keys:
            raise KeyringError(f"tenant key of epoch {epoch} is not in the keyring")
        info = (
            b"stafettlogg/wrap/v1\0"
            + self.tenant.encode()
            + stream.bytes
            + key_id.bytes
        )
        return _derive(self._tenant_keys[epoch], info)

    def keyed_hash(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA-256 of `message` under the index key's subkey of this purpose."""
        return hmac.digest(self._subkey("hash/" + purpose), message, "sha256")

    def seal_small(self, purpose: str, plaintext: bytes, bound_to: bytes) -> bytes:
        """Nonce ‖ AES-256-GCM under the index key's subkey of this purpose."""
        nonce = os.urandom(12)
        cipher = AESGCM(self._subkey("seal/" + purpose))
        return nonce + cipher.encrypt(nonce, plaintext, bound_to)

    def seal_alike(self, purpose: str, plaintext: bytes, bound_to: bytes) -> bytes:
        """As `seal_small`, but the same plaintext in one place is the same bytes.

        The nonce is a keyed hash of both, so it repeats only where all of it does.
        """
        said = len(bound_to).to_bytes(4, "big") + bound_to + plaintext
        nonce = self.keyed_hash("nonce/" + purpose, said)[:12]
        cipher = AESGCM(self._subkey("seal/" + purpose))
        return nonce + cipher.encrypt(nonce, plaintext, bound_to)

    def open_small(self, purpose: str, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext of an index row."""
        cipher = AESGCM(self._subkey("seal/" + purpose))
        try:
            return cipher.decrypt(sealed[:12], sealed[12:], bound_to)
        except (InvalidTag, ValueError):
            raise KeyringError("an index row does not open") from None

    def _subkey(self, purpose: str) -> bytes:
        key = self._purposes.get(purpose)
        if key is None:
            key = _derive(self._index, b"stafettlogg/index/v1\0" + purpose.encode())
            self._purposes[purpose] = key
        return key


class RootKey:
    """The registry's root, in a file of its own that an operator keeps offline."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer

    @classmethod
    def create(cls, path: Path, passphrase: str) -> RootKey:
        """Make a root key and write its sealed file; never overwrites one."""
        seed = _fresh()
        write_sealed(path, passphrase, {"registry_root": seed}, replace=False)
        return cls(SoftwareSigner.from_seed(_bytes(seed)))

    @classmethod
    def open(cls, path: Path, passphrase: str) -> RootKey:
        """Open the file. Raises `KeyringError`: wrong passphrase, or changed."""
        held = read_sealed(path, passphrase)
        if "registry_root" not in held:
            raise KeyringError("the file is no registry root")
        return cls(SoftwareSigner.from_seed(_bytes(held["registry_root"])))


class DataKeys:
    """The data keys of a tenant's streams: wrapped in the key database, cached opened.

    The cache holds at most `limit` keys, each for `seconds`, so that a destroyed key is
    out of memory soon everywhere.
    """

    def __init__(
        self,
        keyring: Keyring,
        pool: ConnectionPool[Any],
        schema: str,
        *,
        limit: int = 50_000,
        seconds: float = 900.0,
    ) -> None:
        self._keyring = keyring
        self._pool = pool
        self._table = sql.Identifier(schema, "wrapped_key")
        self._limit = limit
        self._seconds = seconds
        self._opened: OrderedDict[UUID, tuple[float, UUID, bytes]] = OrderedDict()
        self._newest: dict[UUID, UUID] = {}
        self._lock = Lock()

    def create(self, streams: Iterable[UUID]) -> None:
        """Make and commit a data key for each stream, before anything is sealed."""
        fresh = [
            (uuid4(), stream, secrets.token_bytes(KEY_BYTES)) for stream in streams
        ]
        rows = [
            (
                key_id,
                stream,
                self._keyring.epoch,
                self._keyring.wrap(stream, key_id, key),
            )
            for key_id, stream, key in fresh
        ]
        insert = sql.SQL(
            "INSERT INTO {} (key_id, stream, epoch, wrapped)"
            " SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::bytea[])"
            " ON CONFLICT (key_id) DO NOTHING"  # asked again after a lost answer
        ).format(self._table)
        columns = [list(column) for column in zip(*rows, strict=True)]
        asked_again(self._pool, lambda connection: connection.execute(insert, columns))
        for key_id, stream, key in fresh:
            self._remember(key_id, stream, key)

    def of_stream(self, stream: UUID) -> tuple[UUID, bytes]:
        """Id and bytes of the key that new entries of `stream` are sealed with."""
        with self._lock:
            key_id = self._newest.get(stream)
        if key_id is None:
            self._load("stream = ANY(%s)", [stream])
            key_id = self._newest.get(stream)
            if key_id is None:
                raise DataKeyMissing("a stream has no data key")
        return key_id, self.named(key_id)

    def named(self, key_id: UUID) -> bytes:
        """The 32-byte data key of this id; raises `DataKeyMissing`."""
        found = self._cached(key_id)
        if found is None:
            self._load("key_id = ANY(%s)", [key_id])
            found = self._cached(key_id)
            if found is None:
                raise DataKeyMissing("a data key is not in the key database")
        return found

    def load_all(self, key_ids: Iterable[UUID]) -> None:
        """Bring many keys into the cache in one round trip."""
        missing = [key_id for key_id in set(key_ids) if self._cached(key_id) is None]
        if missing:
            self._load("key_id = ANY(%s)", missing)

    def rewrap(self) -> int:
        """Wrap every key under the newest tenant key. Returns how many were wrapped.

        Needs the owner's right to change rows, which no running service has.
        """
        old = self._rows("epoch < %s", self._keyring.epoch)
        update = sql.SQL("UPDATE {} SET epoch = %s, wrapped = %s WHERE key_id = %s")
        with self._pool.connection() as connection, connection.transaction():
            for key_id, stream, epoch, wrapped in old:
                key = self._keyring.unwrap(stream, key_id, epoch, wrapped)
                anew = self._keyring.wrap(stream, key_id, key)
                connection.execute(
                    update.format(self._table), (self._keyring.epoch, anew, key_id)
                )
        return len(old)

    def forget(self) -> None:
        """Empty the cache."""
        with self._lock:
            self._opened.clear()
            self._newest.clear()

    def _rows(self, condition: str, value: Any) -> list[tuple[UUID, UUID, int, bytes]]:
        query = sql.SQL(
            "SELECT key_id, stream, epoch, wrapped FROM {} WHERE {} ORDER BY made"
        ).format(self._table, sql.SQL(condition))
        return asked_again(
            self._pool,
            lambda connection: connection.execute(query, (value,)).fetchall(),
        )

    def _load(self, condition: str, value: list[UUID]) -> None:
        for key_id, stream, epoch, wrapped in self._rows(condition, value):
            key = self._keyring.unwrap(stream, key_id, epoch, wrapped)
            self._remember(key_id, stream, key)

    def _cached(self, key_id: UUID) -> bytes | None:
        with self._lock:
            held = self._opened.get(key_id)
            if held is None or held[0] < monotonic():
                return None
            return held[2]

    def _remember(self, key_id: UUID, stream: UUID, key: bytes) -> None:
        with self._lock:
            self._opened[key_id] = (monotonic() + self._seconds, stream, key)
            self._opened.move_to_end(key_id)
            self._newest[stream] = key_id
            while len(self._opened) > self._limit:
                _, (_, dropped, _) = self._opened.popitem(last=False)
                self._newest.pop(dropped, None)


def write_sealed(
    path: Path, passphrase: str, content: dict[str, Any], *, replace: bool
) -> None:
    """Write `content` as JSON sealed by the passphrase: whole, durable, mode 0600."""
    if not replace and path.exists():
        raise KeyringError("the key file exists already and is never overwritten")
    salt, nonce = os.urandom(16), os.urandom(12)
    head = {
        "format": _FORMAT,
        "kdf": {"name": "scrypt", **_SCRYPT},
        "salt": _text(salt),
    }
    bound = json.dumps(head, sort_keys=True).encode()
    cipher = AESGCM(_passphrase_key(passphrase, salt, _SCRYPT))
    sealed = cipher.encrypt(nonce, json.dumps(content).encode(), bound)
    document = {**head, "nonce": _text(nonce), "sealed": _text(sealed)}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content_bytes = json.dumps(document, indent=1).encode()
    durable.write(path, content_bytes, replace=replace, mode=0o600)


def read_sealed(path: Path, passphrase: str) -> dict[str, Any]:
    """Open a sealed file. Raises `KeyringError`, which tells no reason apart."""
    try:
        document = json.loads(path.read_bytes())
        head = {name: document[name] for name in ("format", "kdf", "salt")}
        if head["format"] != _FORMAT or head["kdf"]["name"] != "scrypt":
            raise KeyringError("the key file has an unknown format")
        cost = {name: int(head["kdf"][name]) for name in _SCRYPT}
        cipher = AESGCM(_passphrase_key(passphrase, _bytes(head["salt"]), cost))
        bound = json.dumps(head, sort_keys=True).encode()
        opened = cipher.decrypt(
            _bytes(document["nonce"]), _bytes(document["sealed"]), bound
        )
    except FileNotFoundError:
        raise KeyringError("the key file does not exist") from None
    except (InvalidTag, ValueError, KeyError, TypeError):
        raise KeyringError(
            "the key file does not open: wrong passphrase, or the file was changed"
        ) from None
    content: dict[str, Any] = json.loads(opened)
    return content


def _passphrase_key(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    if not (2**14 <= cost["n"] <= 2**20 and cost["r"] == 8 and 1 <= cost["p"] <= 4):
        raise KeyringError("the key file asks for an unreasonable scrypt cost")
    return Scrypt(salt=salt, length=KEY_BYTES, **cost).derive(passphrase.encode())


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def _fresh() -> str:
    return _text(secrets.token_bytes(KEY_BYTES))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
