"""The correction chapter: what was recorded wrongly, beside what should have stood."""

from __future__ import annotations

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from ledger.events.event import (
    EVERYONE_OF_STAFF,
    Code,
    Confidential,
    Event,
    Id,
    Kind,
    OptionalCode,
    OptionalId,
    Part,
    Quotation,
    Ref,
    Role,
    register,
)


class Target(Part):
    """The entry that is meant: an event's name with its id field, or an entry's id.

    The id field is the event's own: `{"event": "MeetingHeld", "meeting_id": "m-1"}`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Id]

    event: OptionalCode = None
    entry: OptionalId = None

    @model_validator(mode="after")
    def _extra_fields_are_ids(self) -> Target:
        if not all(_is_id_field(name) for name in self.ids):
            raise PydanticCustomError(
                "target_field", "Beside event and entry a target holds id fields only"
            )
        return self

    @property
    def ids(self) -> dict[str, str]:
        """The id fields of the target, by name."""
        return dict(self.__pydantic_extra__)


def _is_id_field(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name.endswith("_id")


@register
class EntryCorrected(Event):
    """Someone found that an entry says something wrong, and said what is right.

    Also on a closed case. The target stays as it was; both are shown.
    """

    NAME = "entry-corrected.v1"
    KIND = Kind.NEVER
    RECORDED_BY = EVERYONE_OF_STAFF | {Role.PRIVACY_OFFICER, Role.ARCHIVE_OFFICER}
    BASIS = "GDPR art. 16; new fvl § 70"
    SOURCE = "domain.md §5 Correct, restrict, erase"

    target: Target
    field: Code
    wrong: Quotation  # the value as recorded; one that is not a string as JSON text
    right: Quotation  # the value as it should be, in the same form
    reason: Confidential
    requested_by: Ref
