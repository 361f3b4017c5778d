"""What a check came to: a verdict an entry, a verdict on the whole, and the reasons.

A verdict says what was proved and by whom, never a bare "ok"; and what cannot be
proved from these bytes stands beside it as a notice. No word said in a case appears.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from audit.b64 import to_base64
from audit.failures import REASONS, ProofFailed
from audit.note import Checkpoint
from audit.policy import SignedCheckpoint

FORMAT: Final = "stafettlogg-report/1"
LISTED: Final = 1_000  # failures in full; beyond that they are only counted

NOTICES: Final[dict[str, str]] = {
    "UNWITNESSED": "no independent witness vouches for this checkpoint: the log could"
    " show other readers another history",
    "COMPLETENESS": "not proven: that the streams go on no further, and that the case"
    " has no other streams; for that stands the signer of the manifest alone",
    "SERVICE_ATTESTED": "actor: service-attested; who acted rests on the service's"
    " word, no actor has signed",
    "TIME_ATTESTED": "time: service-attested; a witness bounds it from above only",
    "BEACONS": "the entries name earlier checkpoints, which this bundle does not prove",
    "ERASED": "bodies have been erased under erasure entries that are proven",
    "SEALED": "bodies were not available to this check; what they say is not judged",
    "UNPUBLISHED": "the last entries are not yet covered by a checkpoint",
    "NOTHING_PUBLISHED": "there is no checkpoint yet: nobody outside has seen this log",
    "UNLISTED_FAILURES": "more failures than are listed; all are counted",
}


class Standing(StrEnum):
    """What is known of one entry."""

    SHOWN = "proved and shown"
    SEALED = "proved, not disclosed"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Failure:
    """One check that did not hold, and where."""

    code: str
    detail: str
    stream: UUID | None = None
    version: int | None = None
    position: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Stable key order; places that are not known are left out."""
        said: dict[str, Any] = {"code": self.code, "reason": REASONS[self.code]}
        if self.detail:
            said["detail"] = self.detail
        if self.stream is not None:
            said["stream"] = str(self.stream)
        if self.version is not None:
            said["version"] = self.version
        if self.position is not None:
            said["position"] = self.position
        return said

    def __str__(self) -> str:
        """One line for a person."""
        place = f"position {self.position}: " if self.position is not None else ""
        if self.stream is not None:
            place += f"{self.stream}/{self.version}: "
        detail = f" ({self.detail})" if self.detail else ""
        return f"{place}{self.code}: {REASONS[self.code]}{detail}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of the entry `version` of `stream`; `index` is its leaf, from 0.

    `erased_by` is the leaf index of the entry under which its body was erased.
    """

    stream: UUID
    version: int
    index: int | None
    standing: Standing
    codes: tuple[str, ...] = ()
    erased_by: int | None = None

    def __str__(self) -> str:
        """One line for a person."""
        erased = (
            f", erased (leaf {self.erased_by})" if self.erased_by is not None else ""
        )
        codes = "".join(f" {code}" for code in self.codes)
        return f"{self.stream}/{self.version}: {self.standing.value}{erased}{codes}"

    def as_json(self) -> dict[str, Any]:
        """Stable key order."""
        return {
            "stream": str(self.stream),
            "version": self.version,
            "index": self.index,
            "standing": self.standing.value,
            "codes": list(self.codes),
            "reasons": [REASONS[code] for code in self.codes],
            "erased_by": self.erased_by,
        }


@dataclass(slots=True)
class Report:
    """The outcome of a check of a `subject` ("bundle" or "log").

    `ok` only when nothing failed. `code` is `PROVED`, `PROVED_UNWITNESSED` or the code
    of the first failure. `counts` has the entries by standing, and `failed_by_code`
    all failures, also those beyond the `LISTED` ones.
    """

    subject: str
    case: UUID | None = None
    checkpoint: Checkpoint | None = None
    cosigned: Mapping[str, int] = field(default_factory=dict)
    witnessed_at: int | None = None
    is_witnessed: bool = False
    entries: list[Verdict] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    failed_by_code: Counter[str] = field(default_factory=Counter)
    counts: Counter[Standing] = field(default_factory=Counter)
    erased: int = 0
    unpublished: int = 0
    notices: list[str] = field(default_factory=list)
    is_finished: bool = False

    @property
    def ok(self) -> bool:
        """Did the check run to its end, and did all of it hold?"""
        return self.is_finished and not self.failed_by_code

    @property
    def code(self) -> str:
        """One code for the whole."""
        if self.failed_by_code:
            return next(iter(self.failed_by_code))
        return "PROVED" if self.is_witnessed else "PROVED_UNWITNESSED"

    def fail(
        self,
        failure: ProofFailed,
        *,
        stream: UUID | None = None,
        version: int | None = None,
        position: int | None = None,
    ) -> None:
        """Record a failure; beyond the `LISTED` first ones it is only counted."""
        self.failed_by_code[failure.code] += 1
        if len(self.failures) < LISTED:
            place = (stream, version, position)
            self.failures.append(Failure(failure.code, failure.detail, *place))
        else:
            self.notice("UNLISTED_FAILURES")

    def judge(self, verdict: Verdict) -> None:
        """Record the verdict on an entry."""
        self.entries.append(verdict)
        self.counts[verdict.standing] += 1
        self.erased += verdict.erased_by is not None

    def notice(self, name: str) -> None:
        """Say, once, something that a reader must know beside the verdict."""
        if name not in self.notices:
            self.notices.append(name)

    def accept(self, signed: SignedCheckpoint) -> None:
        """Record the checkpoint that everything is measured against."""
        self.checkpoint = signed.checkpoint
        self.cosigned = signed.cosigned
        self.witnessed_at = signed.witnessed_at
        self.is_witnessed = signed.is_witnessed
        if not signed.is_witnessed:
            self.notice("UNWITNESSED")

    def as_json(self) -> dict[str, Any]:
        """The report as plain data, keys in a stable order."""
        return {
            "format": FORMAT,
            "subject": self.subject,
            "ok": self.ok,
            "code": self.code,
            "verdict": self.verdict,
            "case": None if self.case is None else str(self.case),
            "checkpoint": self._checkpoint_json(),
            "witnesses": [
                {"name": name, "at": _instant(time)}
                for name, time in sorted(self.cosigned.items())
            ],
            "counts": {
                "entries": self.counts.total(),
                "shown": self.counts[Standing.SHOWN],
                "not_disclosed": self.counts[Standing.SEALED],
                "erased": self.erased,
                "failed": self.counts[Standing.FAILED],
                "unpublished": self.unpublished,
            },
            "notices": [{"code": n, "text": NOTICES[n]} for n in self.notices],
            "failed_by_code": dict(self.failed_by_code),
            "failures": [failure.as_json() for failure in self.failures],
            "entries": [verdict.as_json() for verdict in self.entries],
        }

    def _checkpoint_json(self) -> dict[str, Any] | None:
        if self.checkpoint is None:
            return None
        at = None if self.witnessed_at is None else _instant(self.witnessed_at)
        return {
            "origin": self.checkpoint.origin,
            "size": self.checkpoint.size,
            "root": to_base64(self.checkpoint.root),
            "witnessed_at": at,
        }

    @property
    def verdict(self) -> str:
        """The outcome in one sentence."""
        if not self.ok:
            failed = self.failed_by_code.total()
            if not failed:
                return "NOT PROVED: the check did not finish."
            checks = "1 check" if failed == 1 else f"{failed} checks"
            return f"NOT PROVED: {checks} failed; the first is {self.code}."
        shown, sealed = self.counts[Standing.SHOWN], self.counts[Standing.SEALED]
        entries = (
            "1 entry is" if shown + sealed == 1 else f"{shown + sealed} entries are"
        )
        return (
            f"PROVED {self._by_whom}: {entries} signed, linked and in the log;"
            f" {shown} shown, {sealed} not disclosed, {self.erased} of these erased."
        )

    @property
    def _by_whom(self) -> str:
        if self.is_witnessed:
            count = len(self.cosigned)
            return "with 1 witness" if count == 1 else f"with {count} witnesses"
        return "BY THE LOG ALONE, no independent witness vouches for it"

    def as_text(self) -> str:
        """The report for a person: verdict, checkpoint, notices, failures, entries."""
        lines = [self.verdict]
        if self.checkpoint is not None:
            lines.append(
                f"Log {self.checkpoint.origin}, {self.checkpoint.size} entries,"
                f" root {to_base64(self.checkpoint.root)}"
            )
        for name, time in sorted(self.cosigned.items()):
            lines.append(f"Witness {name}, {_instant(time)}")
        if self.unpublished:
            lines.append(f"Not yet published: {self.unpublished} entries")
        lines += [f"Note: {NOTICES[name]}." for name in self.notices]
        lines += [f"{code}: {n}" for code, n in self.failed_by_code.items()]
        lines += [str(failure) for failure in self.failures]
        lines += map(str, self.entries)
        return "\n".join(lines) + "\n"

    def dumps(self) -> str:
        """`as_json` as text, ASCII only, so that no terminal is told what to do."""
        return json.dumps(self.as_json(), indent=2)


def _instant(seconds: int) -> str:
    """Unix seconds as RFC 3339 in UTC; a time beyond the calendar as its number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
