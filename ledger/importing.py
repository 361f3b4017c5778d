"""Reads a case history from a file and records it, each case in one call.

A history file is JSON Lines, one object an action. All lines of all cases are decided
in memory before the first is recorded, so a bad line leaves nothing behind; every line
has a key of its own, so a file imported again, or after being killed anywhere, records
what is missing and doubles nothing. A line marked `refused` must be refused with that
code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from audit.failures import ProofFailed
from audit.record import parse_json
from ledger.application import DECISIONS, CaseLedger
from ledger.entry import Actor
from ledger.events import Event, from_json, type_called
from ledger.events.event import Role
from ledger.loaded import LoadedCase
from ledger.recorder import AlreadyRecorded, Conflict, Overloaded, RequestKey
from ledger.refusals import Refused
from ledger.requests import asked_for
from ledger.writing import (
    NUMBERS_A_CHILD,
    Writing,
)

Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Progress = Callable[[int, int], None]
"""Told how many lines are done of how many."""


class ImportStopped(Exception):
    """A line cannot be imported, and nothing of the file was. No content is told."""

    def __init__(self, line: int, code: str, said: str) -> None:
        super().__init__(f"line {line}: {code}: {said}")
        self.line = line
        self.code = code


class _Object(BaseModel):
    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", hide_input_in_errors=True
    )


class Person(_Object):
    """Who acted, as the file says."""

    person: Label
    role: Role
    service: Label | None = None
    unit: Label | None = None
    title: Label | None = None
    name: Label | None = None


class HistoryLine(_Object):
    """One action. `at` is when it happened, `recorded` when it was written down."""

    at: AwareDatetime
    recorded: AwareDatetime | None = None
    by: Person
    case: Label
    event: Label
    data: dict[str, Any]
    shield: Label | None = None
    refused: Label | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A line that was read, and the event it records."""

    number: int  # in the file, from 1
    line: HistoryLine
    event: Event
    by: Actor


@dataclass(slots=True)
class ImportedCase:
    """What became of one case of the file, in lines."""

    label: str
    case: UUID
    recorded: int = 0
    refused: int = 0
    skipped: int = 0


@dataclass(slots=True)
class _Plan:
    """One case, decided and sealed, not yet recorded."""

    outcome: ImportedCase
    actions: Sequence[Action]
    writing: Writing
    requests: list[RequestKey] = field(default_factory=list)


class Importer:
    """Imports history files into one tenant's ledger.

    `on_file_clock`: entries are recorded at the time the file gives (`recorded`, else
    `at`), never backwards within a case. Only a demo or test tenant may do that.
    """

    def __init__(self, ledger: CaseLedger, *, on_file_clock: bool) -> None:
        self._ledger = ledger
        self._on_file_clock = on_file_clock

    def run(
        self, lines: Iterable[bytes], progress: Progress = lambda done, of: None
    ) -> list[ImportedCase]:
        """Import a file. Raises `ImportStopped`; `Overloaded` when others interfere."""
        actions = [_read(number, line) for number, line in enumerate(lines, start=1)]
        by_case: dict[str, list[Action]] = {}
        for action in actions:
            by_case.setdefault(action.line.case, []).append(action)
        plans: list[_Plan] = []
        for of_case in by_case.values():
            plans.append(self._plan(of_case, plans))
            progress(sum(len(plan.actions) for plan in plans), len(actions))
        for number, plan in enumerate(plans):
            self._commit(plan, plans[:number])
        return [plan.outcome for plan in plans]

    def _plan(self, actions: Sequence[Action], earlier: Sequence[_Plan]) -> _Plan:
        """Decide every line of one case that is not on record yet."""
        label = actions[0].line.case
        case = self._ledger.index.case_id(label)
        keys = [self._key(case, n, action) for n, action in enumerate(actions)]
        done = self._on_record(actions, keys)
        outcome = ImportedCase(label, case)
        plan = _Plan(outcome, actions, Writing(self._ledger, self._ledger.load(case)))
        last = max((n for n, key in enumerate(keys) if key.key in done), default=-1)
        outcome.skipped = last + 1
        for action, key in list(zip(actions, keys, strict=True))[last + 1 :]:
            self._decide(plan, action, key, earlier)
        return plan

    def _key(self, case: UUID, ordinal: int, action: Action) -> RequestKey:
        index, line = self._ledger.index, action.line
        key = index.request_key("import", f"{case}/{ordinal}")
        asked = asked_for(case, action.event, action.by, line.at, line.shield)
        return RequestKey(key, index.request_content(key, asked), days=None)

    def _on_record(
        self, actions: Sequence[Action], keys: Sequence[RequestKey]
    ) -> set[bytes]:
        """Keys of lines recorded before; they are the first ones, and say the same."""
        known = self._ledger.recorder.known([key.key for key in keys])
        missing: int | None = None
        for action, key in zip(actions, keys, strict=True):
            if key.key not in known:
                # A refusal in a case that was not open yet has left no trace.
                leaves_trace = action.line.refused is None
                missing = missing or (action.number if leaves_trace else None)
            elif missing is not None:
                raise ImportStopped(
                    missing, "REQUEST_DAMAGED", "later lines are on record, this is not"
                )
            elif known[key.key][0] != key.content:
                raise ImportStopped(
                    action.number, "KEY_REUSED", "this line was imported otherwise"
                )
        return set(known)

    def _decide(
        self, plan: _Plan, action: Action, key: RequestKey, earlier: Sequence[_Plan]
    ) -> None:
        line, writing = action.line, plan.writing
        now = self._now(line)
        first = writing.size
        try:
            writing.add(
                action.event,
                by=action.by,
                occurred_at=line.at,
                now=now,
                shield=line.shield,
                others=_same_child(action.event, earlier),
            )
        except Refused as refused:
            self._refused(plan, action, refused, now)
        else:
            if line.refused is not None:
                raise ImportStopped(
                    action.number, "NOT_REFUSED", f"{line.refused} was expected"
                )
            plan.outcome.recorded += 1
        count = writing.size - first
        if count:
            plan.requests.append(
                RequestKey(key.key, key.content, first=first, count=count, days=None)
            )

    def _refused(
        self, plan: _Plan, action: Action, refused: Refused, now: datetime
    ) -> None:
        line = action.line
        if line.refused != refused.code:
            raise ImportStopped(action.number, refused.code, f"{line.event} is refused")
        plan.writing.add_refusal(
            action.event,
            action.by,
            refused,
            occurred_at=line.at,
            now=now,
            shield=line.shield,
        )
        plan.outcome.refused += 1

    def _now(self, line: HistoryLine) -> datetime:
        if self._on_file_clock:
            return line.recorded or line.at
        return self._ledger.clock()

    def _commit(self, plan: _Plan, earlier: Sequence[_Plan]) -> None:
        """Record a case; when others wrote to it meanwhile, decide on it again."""
        for _ in range(DECISIONS):
            try:
                if plan.writing.size:
                    plan.writing.commit(plan.requests)
                return
            except (Conflict, AlreadyRecorded):
                again = self._plan(plan.actions, earlier)
                plan.writing, plan.requests = again.writing, again.requests
                plan.outcome = again.outcome
        raise Overloaded("others write to the same case all the time")


def _read(number: int, line: bytes) -> Action:
    try:
        parse_json(line, "BODY_JSON")  # one meaning only: no key twice, no NaN
        parsed = HistoryLine.model_validate_json(line)
        event_type = type_called(parsed.event)
        event = from_json(event_type.NAME, json.dumps(parsed.data).encode())
    except ProofFailed:
        raise ImportStopped(number, "INVALID", "the line is not strict JSON") from None
    except ValidationError as error:
        raise ImportStopped(number, "INVALID", _where(error)) from None
    except KeyError:
        raise ImportStopped(number, "INVALID", "event: an unknown event type") from None
    by = parsed.by
    actor = Actor(by.person, by.role, by.service, by.unit, by.name, by.title, "import")
    return Action(number, parsed, event, actor)


def _where(error: ValidationError) -> str:
    """Which fields are wrong and how, never what stood in them."""
    problems = error.errors(
        include_url=False, include_context=False, include_input=False
    )
    return "; ".join(f"{_field(problem)}: {problem['type']}" for problem in problems)


def _field(problem: ErrorDetails) -> str:
    """The path of a field; the name of an unknown one is the file's own word."""
    path = problem["loc"]
    if problem["type"] == "extra_forbidden":
        path = path[:-1]
    return ".".join(map(str, path)) or "line"


def _same_child(event: Event, earlier: Sequence[_Plan]) -> list[LoadedCase]:
    """Cases of the same child that stand earlier in the file and are new with it."""
    if not isinstance(event, NUMBERS_A_CHILD) or event.national_id is None:
        return []
    return [
        plan.writing.loaded for plan in earlier if plan.writing.opens(event.national_id)
    ]
