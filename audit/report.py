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
from typing import Any, Final, NamedTuple
from uuid import UUID

from audit import norwegian
from audit.b64 import to_base64
from audit.failures import REASONS, ProofFailed
from audit.note import Checkpoint
from audit.policy import SignedCheckpoint

FORMAT: Final = "stafettlogg-report/1"
LISTED: Final = 1_000  # failures in full; beyond that they are only counted

NOTICES: Final[dict[str, str]] = {
    "UNWITNESSED": "no independent witness vouches for this checkpoint: the log could"
    " show other readers another history",
    "COMPLETENESS": "not proven: that the streams, the key registry among them, go on"
    " no further, and that the case has no other streams; for that stands the signer of"
    " the manifest alone",
    "SERVICE_ATTESTED": "actor: service-attested; who acted rests on the service's"
    " word, no actor has signed",
    "TIME_ATTESTED": "time: service-attested; a witness bounds it from above only",
    "BEACONS": "the entries name earlier checkpoints, which this bundle does not prove",
    "ERASED": "bodies have been erased under erasure entries that are proven",
    "SEALED": "bodies were not available to this check; what they say is not judged",
    "UNPUBLISHED": "the last entries are not yet covered by a checkpoint",
    "NOTHING_PUBLISHED": "there is no checkpoint yet: nobody outside has seen this log",
    "RESTORED": "the log was restored from a backup: entries signed after it are lost,"
    " as the registry says",
    "UNLISTED_FAILURES": "more failures than are listed; all are counted",
}

UNPROVEN: Final = ("COMPLETENESS", "SERVICE_ATTESTED", "TIME_ATTESTED")
"""The notices that stand beside every verdict on a bundle."""

SENTENCES: Final[dict[str, str]] = {
    "proved": "PROVED {by}: {entries} signed, linked and in the log; {shown} shown,"
    " {sealed} not disclosed, {erased} of these erased.",
    "one entry": "1 entry is",
    "entries": "{count} entries are",
    "one witness": "with 1 witness",
    "witnesses": "with {count} witnesses",
    "alone": "BY THE LOG ALONE, no independent witness vouches for it",
    "not proved": "NOT PROVED: {count} checks failed; the first is {code}.",
    "one failed": "NOT PROVED: 1 check failed, {code}.",
    "unfinished": "NOT PROVED: the check did not finish.",
    "log": "Log {origin}, {size} entries, root {root}",
    "witness": "Witness {name}, {at}",
    "unpublished": "Not yet published: {count} entries",
    "notice": "Note: {text}.",
    "position": "position {position}: ",
    "erased": ", erased (leaf {index})",
    "proved and shown": "proved and shown",
    "proved, not disclosed": "proved, not disclosed",
    "FAILED": "FAILED",
}


class Language(NamedTuple):
    """The words of a report: reasons by code, notices by name, and what joins them."""

    reasons: Mapping[str, str]
    notices: Mapping[str, str]
    sentences: Mapping[str, str]

    def say(self, sentence: str, **details: object) -> str:
        """A sentence with its details filled in."""
        return self.sentences[sentence].format(**details)


LANGUAGES: Final = {
    "en": Language(REASONS, NOTICES, SENTENCES),
    "nb": Language(norwegian.REASONS, norwegian.NOTICES, norwegian.SENTENCES),
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

    def as_text(self, language: Language) -> str:
        """One line for a person."""
        place = ""
        if self.position is not None:
            place = language.say("position", position=self.position)
        if self.stream is not None:
            place += f"{self.stream}/{self.version}: "
        detail = f" ({self.detail})" if self.detail else ""
        return f"{place}{self.code}: {language.reasons[self.code]}{detail}"

    def __str__(self) -> str:
        return self.as_text(LANGUAGES["en"])


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

    def as_text(self, language: Language) -> str:
        """One line for a person."""
        standing = language.say(self.standing.value)
        if self.erased_by is not None:
            standing += language.say("erased", index=self.erased_by)
        codes = "".join(f" {code}" for code in self.codes)
        return f"{self.stream}/{self.version}: {standing}{codes}"

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
        return self._verdict(LANGUAGES["en"])

    def _verdict(self, language: Language) -> str:
        failed = self.failed_by_code.total()
        if failed:
            sentence = "one failed" if failed == 1 else "not proved"
            return language.say(sentence, count=failed, code=self.code)
        if not self.is_finished:
            return language.say("unfinished")
        shown, sealed = self.counts[Standing.SHOWN], self.counts[Standing.SEALED]
        count = shown + sealed
        return language.say(
            "proved",
            by=self._by_whom(language),
            entries=language.say("one entry" if count == 1 else "entries", count=count),
            shown=shown,
            sealed=sealed,
            erased=self.erased,
        )

    def _by_whom(self, language: Language) -> str:
        if not self.is_witnessed:
            return language.say("alone")
        count = len(self.cosigned)
        return language.say("one witness" if count == 1 else "witnesses", count=count)

    def as_text(self, language: str = "en") -> str:
        """The report for a person: verdict, checkpoint, notices, failures, entries.

        `language` is one of `LANGUAGES`; codes are the same in all.
        """
        words = LANGUAGES[language]
        lines = [self._verdict(words)]
        if self.checkpoint is not None:
            origin, size = self.checkpoint.origin, self.checkpoint.size
            root = to_base64(self.checkpoint.root)
            lines.append(words.say("log", origin=origin, size=size, root=root))
        for name, time in sorted(self.cosigned.items()):
            lines.append(words.say("witness", name=name, at=_instant(time)))
        if self.unpublished:
            lines.append(words.say("unpublished", count=self.unpublished))
        lines += [
            words.say("notice", text=words.notices[name]) for name in self.notices
        ]
        lines += [f"{code}: {count}" for code, count in self.failed_by_code.items()]
        lines += [failure.as_text(words) for failure in self.failures]
        lines += [entry.as_text(words) for entry in self.entries]
        return "\n".join(lines) + "\n"

    def dumps(self) -> str:
        """`as_json` as text, ASCII only, so that no terminal is told what to do."""
        return json.dumps(self.as_json(), indent=2) + "\n"


def _instant(seconds: int) -> str:
    """Unix seconds as RFC 3339 in UTC; a time beyond the calendar as its number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
