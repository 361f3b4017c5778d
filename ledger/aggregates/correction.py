"""The correction chapter: an entry is corrected by another that points at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.aggregates.guard import Commands
from ledger.entry import Actor, Entry, Erased
from ledger.events.consent import InformationDisclosed, InformationWithheld
from ledger.events.correction import EntryCorrected, Target
from ledger.events.event import Event, Stream, catalogue_name
from ledger.profiles import Profile
from ledger.refusals import Refusal, UnknownTarget

if TYPE_CHECKING:
    from ledger.aggregates.case import Case

OF_THE_BODY = frozenset({"occurred_at"})  # stands beside the event, is claimed like it


def correct_entry(
    case: Case, event: EntryCorrected, /, *, by: Actor, at: datetime, rules: Profile
) -> Iterator[Refusal]:
    """Say what an entry of the case should have said in one of its fields."""
    entry = target_of(case, event.target)
    if entry is None:
        yield UnknownTarget(("target",))
    elif not _has_field(entry.event, event.field):
        yield UnknownTarget(("field",))


def target_of(case: Case, target: Target) -> Entry[Event] | None:
    """The newest entry of the case that is meant, `None` when there is none.

    An entry's id is its place: `<stream>/<version>`, or its position in the ledger.
    Records of reading are in other streams, so no target reaches them.
    """
    return next((e for e in reversed(case.entries) if _is_meant(target, e)), None)


def _is_meant(target: Target, entry: Entry[Any]) -> bool:
    event = entry.event
    if isinstance(event, Erased) or event.STREAM is not Stream.CASE:
        return False
    if not target.event and not target.entry:
        return False
    if target.entry and not _is_id(target.entry, entry):
        return False
    if target.event and target.event not in (catalogue_name(type(event)), event.NAME):
        return False
    return all(
        getattr(event, key, None) == wanted for key, wanted in target.ids.items()
    )


def _is_id(text: str, entry: Entry[Any]) -> bool:
    if text == str(entry.position):
        return True
    if not text.endswith(f"/{entry.version}"):  # spares writing out most streams
        return False
    place = f"{entry.stream}/{entry.version}"
    return text in (place, f"urn:uuid:{place}")


def _has_field(event: Event, field: str) -> bool:
    """Whether the event's type has the field, or the body that the event stands in."""
    outermost = field.partition(".")[0]
    return outermost in type(event).model_fields or outermost in OF_THE_BODY


COMMANDS: Commands = {EntryCorrected: correct_entry}


UNCHANGING: frozenset[type[Event]] = frozenset(
    {
        EntryCorrected,
        InformationDisclosed,
        InformationWithheld,
    }
)
"""Types that change no chapter: that they stand among the entries is all there is."""
