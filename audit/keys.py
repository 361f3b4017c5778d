"""The key registry, rebuilt from its own entries: which key could sign, and where.

The registry root, whose key the supervisor has pinned, signs entries that introduce,
rotate and revoke keys. A place is a leaf index (from 0): a key is valid from the leaf
that introduces it; a rotated key up to the leaf before the rotation; a retired key up
to its revocation; a compromised key up to the last leaf the root still trusts, which
may lie far back, and without such a leaf nowhere. So what was signed well stays proved
when the key has gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from audit.b64 import from_base64
from audit.failures import ProofFailed
from audit.record import REGISTRY_KIND, Body, Header, parse_instant, thumbprint
from audit.restored import RESTORED, Restoration, names

INTRODUCED: Final = "signing-key-introduced.v1"
ROTATED: Final = "signing-key-rotated.v1"
REVOKED: Final = "signing-key-revoked.v1"
KEY_EVENTS: Final = frozenset({INTRODUCED, ROTATED, REVOKED})
ROOT_EVENTS: Final = KEY_EVENTS | {RESTORED}

SERVICE: Final = "service"
PURPOSES: Final = frozenset(
    {SERVICE, "checkpoint", "actor", "registry_root", "witness"}
)
_FIELDS: Final = {
    INTRODUCED: {
        "key_id", "algorithm", "purpose", "holder", "valid_from", "public_key"
    },
    ROTATED: {"key_id", "replaces", "valid_from"},
    REVOKED: {"key_id", "valid_to", "reason"},
}  # fmt: skip
_FOREVER: Final = 1 << 62


@dataclass(slots=True)
class _Key:
    public_key: bytes
    purpose: str
    first: int
    last: int = _FOREVER
    ended: str = "KEY_RETIRED"

    def end(self, last: int, code: str) -> None:
        """Narrow the span; it is never widened again."""
        if last < self.last:
            self.last, self.ended = last, code


class KeyRegistry:
    """The keys of a log, given the 32-byte public key of the registry root."""

    def __init__(self, root: bytes) -> None:
        """Start with no key but the root."""
        self.root = root
        self.root_id = thumbprint(root)
        self.restored: list[Restoration] = []
        self._keys: dict[bytes, _Key] = {}

    def signer(self, header: Header, index: int) -> bytes:
        """The public key that must have signed the entry at `index`.

        Raises `ProofFailed` (`KEY_…`) when the key it names could not sign there.
        """
        if header.kid == self.root_id:
            if header.kind != REGISTRY_KIND:
                raise ProofFailed("KEY_ROOT_MISUSED")
            return self.root
        return self.service_key(header.kid, index)

    def service_key(self, kid: bytes, index: int) -> bytes:
        """The service key named `kid`, if it is valid at `index`. Raises `KEY_…`."""
        key = self._keys.get(kid)
        if key is None:
            raise ProofFailed("KEY_UNKNOWN", kid.hex())
        if key.purpose != SERVICE:
            raise ProofFailed("KEY_PURPOSE", kid.hex())
        if index < key.first:
            raise ProofFailed("KEY_NOT_YET_VALID", kid.hex())
        if index > key.last:
            raise ProofFailed(key.ended, kid.hex())
        return key.public_key

    def last_index(self, kid: bytes) -> int:
        """The last leaf index at which a known key is valid."""
        return self._keys[kid].last

    def check_author(self, header: Header, body: Body) -> None:
        """Check that the root, and nobody else, writes what is the root's to write.

        That is about keys and about restorations of the log, in the registry.

        Raises `ProofFailed` (`KEY_OUTSIDE_REGISTRY`, `KEY_NOT_ROOT`,
        `KEY_ROOT_MISUSED`).
        """
        is_the_roots = body.type in ROOT_EVENTS
        if is_the_roots and header.kind != REGISTRY_KIND:
            raise ProofFailed("KEY_OUTSIDE_REGISTRY")
        if is_the_roots and header.kid != self.root_id:
            raise ProofFailed("KEY_NOT_ROOT")
        if not is_the_roots and header.kid == self.root_id:
            raise ProofFailed("KEY_ROOT_MISUSED")

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader must know of the log beside a verdict."""
        return ("RESTORED",) if self.restored else ()

    def log_name(self, origin: str) -> str:
        """What the log is called whose entries have this origin."""
        return names(origin, self.restored)[-1]

    def apply(self, body: Body, index: int, leaf: bytes) -> bytes | None:
        """Take in an entry of `ROOT_EVENTS` that the root has signed, in log order.

        Answers with the id of the key that it ends, if any. Raises `ProofFailed`
        (`KEY_FIELDS`, `KEY_THUMBPRINT`, `KEY_REPEATED`, `KEY_UNKNOWN`, `KEY_PURPOSE`,
        `RESTORED_FIELDS`).
        """
        event = body.event
        if body.type == RESTORED:
            self.restored.append(Restoration.parse(event, leaf))
            return None
        if event.keys() - {"last_trusted"} != _FIELDS[body.type]:
            raise ProofFailed("KEY_FIELDS", "fields missing or unknown")
        kid = _key_id(event["key_id"])
        if body.type == ROTATED:
            return self._rotate(kid, event, index)
        if body.type == REVOKED:
            return self._revoke(kid, event, index)
        self._introduce(kid, event, index)
        return None

    def _introduce(self, kid: bytes, event: dict[str, Any], index: int) -> None:
        public_key = _public_key(event["public_key"])
        if thumbprint(public_key) != kid:
            raise ProofFailed("KEY_THUMBPRINT", kid.hex())
        if kid in self._keys:
            raise ProofFailed("KEY_REPEATED", kid.hex())
        parse_instant(event["valid_from"], "KEY_FIELDS")
        purpose, holder = event["purpose"], event["holder"]
        if event["algorithm"] != "Ed25519" or "last_trusted" in event:
            raise ProofFailed("KEY_FIELDS", "algorithm")
        if not all(type(text) is str for text in (purpose, holder)):
            raise ProofFailed("KEY_FIELDS", "purpose or holder")
        if purpose not in PURPOSES:
            raise ProofFailed("KEY_FIELDS", "purpose")
        self._keys[kid] = _Key(public_key, purpose, index)

    def _rotate(self, kid: bytes, event: dict[str, Any], index: int) -> bytes:
        replaced = _key_id(event["replaces"])
        parse_instant(event["valid_from"], "KEY_FIELDS")
        if "last_trusted" in event:
            raise ProofFailed("KEY_FIELDS", "last_trusted")
        if kid == replaced:
            raise ProofFailed("KEY_REPEATED", kid.hex())
        if self._known(kid).purpose != self._known(replaced).purpose:
            raise ProofFailed("KEY_PURPOSE", kid.hex())
        self._known(replaced).end(index - 1, "KEY_ROTATED")
        return replaced

    def _revoke(self, kid: bytes, event: dict[str, Any], index: int) -> bytes:
        key = self._known(kid)
        parse_instant(event["valid_to"], "KEY_FIELDS")
        match event["reason"], event.get("last_trusted", -1):
            case "retired", -1:
                key.end(index, "KEY_RETIRED")
            case "compromised", int(trusted) if type(trusted) is int and trusted >= -1:
                key.end(min(index, trusted), "KEY_COMPROMISED")
            case _:
                raise ProofFailed("KEY_FIELDS", "reason or last_trusted")
        return kid

    def _known(self, kid: bytes) -> _Key:
        if kid not in self._keys:
            raise ProofFailed("KEY_UNKNOWN", kid.hex())
        return self._keys[kid]


def _key_id(value: object) -> bytes:
    try:
        kid = bytes.fromhex(value) if type(value) is str else b""
    except ValueError:
        kid = b""
    if len(kid) != 32 or kid.hex() != value:
        raise ProofFailed("KEY_FIELDS", "a key id that is not 32 bytes in hex")
    return kid


def _public_key(value: object) -> bytes:
    try:
        key = from_base64(value) if type(value) is str else b""
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ProofFailed("KEY_FIELDS", "a public key that is not 32 bytes in base64")
    return key
