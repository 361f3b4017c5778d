"""What the supervisor trusts: the pinned policy, and whether a checkpoint meets it.

The policy is a text file that the supervisor keeps; a copy inside a bundle is never
used. C2SP tlog-policy, with lines of ours (`tenant`, `registry`,
and `origin` for a log that goes on under another name than its entries bear):

    log fjordvik.kommune.no/stafettlogg+a2827b82+AUy1…
    tenant 4601
    registry fjordvik.kommune.no/registry+530d903a+Aeky…
    witness tilsyn statsforvalter.example/w1+0564877c+BHQi…
    witness nabo nabokommune.example/w1+1f2e3d4c+BPqr…
    group two all tilsyn nabo
    quorum two
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from audit.failures import ProofFailed
from audit.note import Checkpoint, KeyType, Vkey, open_note, parse_vkey
from audit.record import MAX_TEXT
from audit.restored import MARK

_BLANK: Final = " \t"
_WORDS: Final = frozenset(
    {"log", "origin", "registry", "tenant", "witness", "group", "quorum"}
)


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's key, and where checkpoints are submitted to it."""

    key: Vkey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Counts as one witness when at least `least` of its members have cosigned."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """One log, whose it is, the root of its key registry, and who must watch it.

    `witnesses` and `groups` go by the names that groups and `quorum` use; `quorum` is
    `None` where no witness is asked for.
    """

    log: Vkey
    registry: Vkey
    tenant: str
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    url: str | None = None
    former: str | None = None

    @property
    def name(self) -> str:
        """What the log is called: by C2SP tlog-policy, the name of its key."""
        return self.log.name

    @property
    def origin(self) -> str:
        """The origin that entries bear: the log's name, or the one it first had."""
        return self.former or self.log.name

    def is_met(self, name: str, cosigners: set[bytes]) -> bool:
        """Have enough of the witness or group `name` cosigned, by public key?"""
        if name in self.witnesses:
            return self.witnesses[name].key.public_key in cosigners
        group = self.groups[name]
        met = sum(self.is_met(member, cosigners) for member in group.members)
        return met >= group.least


def format_policy(policy: Policy) -> str:
    """The policy as a text file that `parse_policy` reads back."""
    lines = [
        _line("log", policy.log, policy.url),
        *([] if policy.former is None else [_line("origin", policy.former)]),
        _line("tenant", policy.tenant),
        _line("registry", policy.registry),
    ]
    for name, witness in policy.witnesses.items():
        lines.append(_line("witness", name, witness.key, witness.url))
    for name, group in policy.groups.items():
        lines.append(_line("group", name, group.least, *group.members))
    lines.append(_line("quorum", policy.quorum or "none"))
    return "".join(lines)


def _line(*items: object) -> str:
    return " ".join(str(item) for item in items if item is not None) + "\n"


def parse_policy(text: str, *, allow_unwitnessed: bool = False) -> Policy:
    """Read a policy file. Raises `ProofFailed` (`POLICY_…`).

    A policy that asks for no witness is refused, unless the caller takes it upon
    itself: without a witness the log can show each reader another history.
    """
    if any((c < " " and c not in "\t\n") or c == "\x7f" for c in text):
        raise ProofFailed("POLICY_MALFORMED", "control characters")
    draft = _Draft()
    for number, line in enumerate(text.split("\n"), 1):
        items = line.replace("\t", " ").split(" ")
        words = [item for item in items if item]
        if words and not words[0].startswith("#"):
            draft.read(number, words, line.strip(_BLANK))
    policy = draft.policy()
    if policy.quorum is None and not allow_unwitnessed:
        raise ProofFailed("POLICY_UNWITNESSED")
    return policy


class _Draft:
    """A policy while its lines are read, each against those before it."""

    def __init__(self) -> None:
        self.once: dict[str, str] = {}
        self.keys: dict[str, Vkey] = {}
        self.url: str | None = None
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.at = ""

    def read(self, number: int, words: list[str], line: str) -> None:
        """Take in one line that is neither empty nor a comment."""
        self.at = f"line {number}"
        match words:
            case ["log", key, *url] if len(url) < 2:
                self._once("log", key)
                self._key("log", key, KeyType.ED25519)
                self.url = url[0] if url else None
            case ["origin", name]:
                self._once("origin", name)
            case ["registry", key]:
                self._once("registry", key)
                self._key("registry", key, KeyType.ED25519)
            case ["tenant", _, *_]:
                self._once("tenant", line.removeprefix("tenant").strip(_BLANK))
            case ["witness", name, key, *url] if len(url) < 2:
                self._name(name)
                parsed = self._key(f"witness {name}", key, KeyType.COSIGNATURE)
                self.witnesses[name] = Witness(parsed, url[0] if url else None)
            case ["group", name, least, *members] if members:
                self._name(name)
                self.groups[name] = self._group(least, members)
            case ["quorum", name]:
                self._once("quorum", name)
                if name != "none":
                    self._known(name)
            case [word, *_] if word in _WORDS:
                raise ProofFailed("POLICY_MALFORMED", self.at)
            case _:
                raise ProofFailed("POLICY_UNKNOWN_LINE", self.at)

    def policy(self) -> Policy:
        """The policy, once every line is read."""
        if not {"log", "registry", "tenant"} <= self.once.keys():
            raise ProofFailed("POLICY_INCOMPLETE")
        texts = (self.keys["log"].name, self.once["tenant"], *self._former())
        if max(map(len, texts)) > MAX_TEXT:
            raise ProofFailed("POLICY_MALFORMED", "an origin or tenant too long")
        quorum = self.once.get("quorum", "none")
        return Policy(
            log=self.keys["log"],
            registry=self.keys["registry"],
            tenant=self.once["tenant"],
            witnesses=self.witnesses,
            groups=self.groups,
            quorum=None if quorum == "none" else quorum,
            url=self.url,
            former=next(self._former(), None),
        )

    def _former(self) -> Iterator[str]:
        """The origin, where the log goes on under another name."""
        if "origin" in self.once:
            yield self.once["origin"]

    def _once(self, what: str, value: str) -> None:
        if what in self.once:
            raise ProofFailed("POLICY_REPEATED", f"{what}, {self.at}")
        self.once[what] = value

    def _key(self, role: str, text: str, type: KeyType) -> Vkey:
        """A key of the type that its role signs with; one role a key."""
        key = parse_vkey(text)
        if key.type != type:
            raise ProofFailed("POLICY_KEY", f"a key of another type, {self.at}")
        for other in self.keys.values():
            if other.public_key == key.public_key or (
                (other.name, other.key_id) == (key.name, key.key_id)
            ):
                raise ProofFailed("POLICY_KEY_REPEATED", self.at)
        self.keys[role] = key
        return key

    def _name(self, name: str) -> None:
        if name in self.witnesses or name in self.groups:
            raise ProofFailed("POLICY_REPEATED", self.at)
        if name == "none":
            raise ProofFailed("POLICY_MALFORMED", f"a name, {self.at}")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise ProofFailed("POLICY_UNKNOWN_NAME", self.at)

    def _group(self, least: str, members: list[str]) -> Group:
        """A group of names already defined, none of which another group has."""
        for member in members:
            self._known(member)
        taken = [member for group in self.groups.values() for member in group.members]
        if len({*members, *taken}) != len(members) + len(taken):
            raise ProofFailed("POLICY_REPEATED", f"a member, {self.at}")
        needed = {"all": len(members), "any": 1}.get(least)
        if needed is None:
            if not (least.isascii() and least.isdigit()):
                raise ProofFailed("POLICY_MALFORMED", self.at)
            needed = int(least[:9])
        if not 1 <= needed <= len(members):
            raise ProofFailed("POLICY_THRESHOLD", self.at)
        return Group(needed, tuple(members))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that the policy accepts, and who has cosigned it, and when.

    `cosigned` maps a witness's name in the policy to its newest cosignature, in Unix
    seconds. `is_witnessed` says whether the policy's quorum was met.
    """

    checkpoint: Checkpoint
    cosigned: Mapping[str, int]
    is_witnessed: bool

    @property
    def witnessed_at(self) -> int | None:
        """The median cosignature time, the later of the two middle ones.

        One witness with a wrong clock among several cannot move it far.
        """
        times = sorted(self.cosigned.values())
        return times[len(times) // 2] if times else None


def open_checkpoint(note: bytes, policy: Policy) -> SignedCheckpoint:
    """Check a checkpoint against the policy. Raises `ProofFailed` (`CP_…`)."""
    named = {witness.key: name for name, witness in policy.witnesses.items()}
    opened = open_note(note, [policy.log, *named])
    if all(signature.key != policy.log for signature in opened.signatures):
        raise ProofFailed("CP_SIGNATURE", "the log has not signed")
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != policy.name:
        raise ProofFailed("CP_ORIGIN")
    cosigned: dict[str, int] = {}
    for signature in opened.signatures:
        if signature.time is not None:
            name = named[signature.key]
            cosigned[name] = max(signature.time, cosigned.get(name, 0))
    keys = {policy.witnesses[name].key.public_key for name in cosigned}
    is_met = policy.quorum is not None and policy.is_met(policy.quorum, keys)
    if policy.quorum is not None and not is_met:
        raise ProofFailed("CP_QUORUM", f"{len(keys)} cosigned")
    return SignedCheckpoint(checkpoint, cosigned, is_met)


def open_known(note: bytes, policy: Policy) -> Checkpoint:
    """A checkpoint that the checker has kept, of this log or of what it was before.

    It was accepted when it was fetched; here its signature is enough. Raises
    `ProofFailed` (`CP_…`).
    """
    name = note.partition(b"\n")[0].decode("utf-8", "replace")
    if name.partition(MARK)[0] != policy.origin:
        raise ProofFailed("CP_ORIGIN")
    key = Vkey(name, KeyType.ED25519, policy.log.public_key)
    checkpoint = Checkpoint.parse(open_note(note, [key]).text)
    if checkpoint.origin != name:
        raise ProofFailed("CP_ORIGIN")
    return checkpoint
