"""Why a command did not do its work: a stable code and one sentence.

Nothing of a case stands in a complaint: no name, number or word, nor what was typed.
What no clause below knows is told by its class and the line it came from, for the text
of a stranger's error may hold anything.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout
from pydantic import ValidationError

from api.settings import SettingsRefused
from audit.failures import REASONS, ProofFailed
from ledger.application import KeyReused
from ledger.backup import BackupRefused
from ledger.batches import LogGap
from ledger.database.alone import AlreadyAtWork
from ledger.database.embedded import PostgresFailed
from ledger.database.migrate import MigrationRefused
from ledger.database.start_up import UnsafeSettings
from ledger.database.unprivileged import NoAccount
from ledger.exporting import NotPublished
from ledger.following import AlreadyFollowing, LogSmaller
from ledger.importing import ImportStopped
from ledger.keyring import KeyringError
from ledger.publisher import AlreadyPublishing, PublishingRefused
from ledger.rebuilding import AlreadyRebuilding
from ledger.recorder import OutcomeUnknown, Overloaded
from ledger.refusals import Refusal, Refused, all_refusals
from ledger.rollback import RolledBack, StateUnreadable
from ledger.sealing import IntegrityFailure


class CommandFailed(Exception):
    """A command cannot go on; `said` is a sentence for whoever typed it."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}")
        self.code = code
        self.said = said


@dataclass(frozen=True, slots=True)
class Complaint:
    """A code, a sentence, and further facts for programs."""

    code: str
    said: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints in place of an answer."""
        return {"error": {"code": self.code, "message": self.said, **self.more}}


def complaint_about(error: Exception) -> Complaint:
    """Say why, whatever it is."""
    match error:
        case CommandFailed():
            return Complaint(error.code, error.said)
        case Refused():
            return _refused(error)
        case ImportStopped():
            return _import_stopped(error)
        case BackupRefused():
            return Complaint(error.code, str(error))
        case RolledBack():
            places = {"first_missing": error.first_missing, "signed": error.signed}
            return Complaint("ROLLED_BACK", _sentence(str(error)), places)
        case IntegrityFailure():
            return _not_as_signed(error)
        case PublishingRefused():
            said = str(error).removeprefix(f"{error.code}: ")
            return Complaint(error.code, f"Nothing was signed: {said}.")
        case ProofFailed():
            return Complaint(error.code, f"{REASONS[error.code]}.")
        case ValidationError():
            return Complaint("INVALID", f"the data does not fit: {misfits(error)}.")
        case psycopg.Error() | PoolTimeout():
            return _of_database(error)
        case OSError():
            reason = error.strerror or type(error).__name__
            return Complaint("FILE", f"a file cannot be read or written: {reason}.")
    for kind, code in _BY_KIND.items():
        if isinstance(error, kind):
            return Complaint(code, _sentence(str(error)))
    return _unexpected(error)


_BY_KIND: Mapping[type[Exception], str] = {
    SettingsRefused: "SETTINGS",
    UnsafeSettings: "UNSAFE_SETTINGS",
    KeyringError: "KEYRING",
    PostgresFailed: "POSTGRES",
    NoAccount: "POSTGRES",
    MigrationRefused: "MIGRATION_REFUSED",
    AlreadyPublishing: "ALREADY_PUBLISHING",
    AlreadyAtWork: "ALREADY_AT_WORK",
    AlreadyFollowing: "ALREADY_FOLLOWING",
    AlreadyRebuilding: "ALREADY_REBUILDING",
    LogGap: "LOG_GAP",
    LogSmaller: "LOG_SMALLER",
    NotPublished: "NOT_PUBLISHED",
    KeyReused: "KEY_REUSED",
    OutcomeUnknown: "OUTCOME_UNKNOWN",
    StateUnreadable: "STATE_CHANGED",
    Overloaded: "OVERLOADED",
}
"""Errors of our own whose text tells nothing of a case."""


def _sentence(text: str) -> str:
    line = " ".join(text.split())
    return line if line.endswith(".") else f"{line}."


def _refused(error: Refused) -> Complaint:
    first, *others = error.refusals
    also = f" Also: {', '.join(other.code for other in others)}." if others else ""
    return Complaint(
        first.code,
        _meaning(first) + also,
        {"refusals": [_as_json(refusal) for refusal in error.refusals]},
    )


def _meaning(refusal: Refusal) -> str:
    about = f" ({', '.join(refusal.fields)})" if refusal.fields else ""
    return f"{refusal.meaning.removesuffix('.')}{about}."


def _as_json(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "fields": list(refusal.fields)}


def _import_stopped(error: ImportStopped) -> Complaint:
    said = str(error).removeprefix(f"line {error.line}: {error.code}: ")
    if error.code == "NOT_REFUSED":  # what it was marked with may be any word
        said = "it is marked as refused, and the rules accept it"
    refusal = all_refusals().get(error.code)
    meaning = f" {refusal().meaning}" if refusal and error.code != "INVALID" else ""
    sentence = f"line {error.line}: {said}.{meaning} Nothing of the file was recorded."
    return Complaint(error.code, sentence, {"line": error.line})


def misfits(error: ValidationError) -> str:
    """Which fields are wrong and how; what stood in them is not told.

    Nor is the name of a field that no event has, for it may be any word.
    """
    problems = error.errors(
        include_url=False, include_context=False, include_input=False
    )
    return "; ".join(_misfit(each["loc"], each["type"]) for each in problems)


def _misfit(place: tuple[int | str, ...], problem: str) -> str:
    if problem == "extra_forbidden":
        return ".".join([*map(str, place[:-1]), "a field that is not known"])
    where = ".".join(map(str, place)) or "all of it"
    return f"{where} ({problem.replace('_', ' ')})"


def _not_as_signed(error: IntegrityFailure) -> Complaint:
    place = {"stream": str(error.stream), "version": error.version}
    said = (
        "what is stored is not what was signed, at version"
        f" {error.version} of stream {error.stream}; run fsck."
    )
    return Complaint(error.code, said, place)


def _of_database(error: Exception) -> Complaint:
    """PostgreSQL's errors repeat values, so only those about connecting are told."""
    if isinstance(error, PoolTimeout):
        return Complaint("DATABASE_UNREACHABLE", "no connection could be had in time.")
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if isinstance(error, psycopg.OperationalError) and state is None:
        return Complaint("DATABASE_UNREACHABLE", _sentence(str(error)))
    kind = type(error).__name__
    said = f"PostgreSQL answers {kind} ({state or 'no code'}) {place_of(error)}."
    return Complaint("DATABASE", said)


def _unexpected(error: Exception) -> Complaint:
    said = f"{type(error).__name__} {place_of(error)}; this is a fault in the program."
    return Complaint("UNEXPECTED", said)


def place_of(error: Exception) -> str:
    """The innermost line of ours that the error passed."""
    ours = Path(__file__).parent.parent
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        if path.is_relative_to(ours) and "site-packages" not in path.parts:
            return f"at {path.relative_to(ours)}:{frame.lineno}"
    return "outside our code"
