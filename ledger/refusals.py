"""Every reason a command is refused, one class each.

The code is stable and goes out to callers; the text they read is a translation of it. A
refusal names the fields it is about and never what stands in them, so that it can be
shown, logged and recorded without telling anything of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

_BY_CODE: dict[str, type[Refusal]] = {}


@dataclass(frozen=True)
class Refusal:
    """One reason; the subclasses are the codes, their docstrings the meanings."""

    code: ClassVar[str]
    status: ClassVar[int]  # HTTP

    fields: tuple[str, ...] = ()  # of the event; for open items their kind and id

    def __init_subclass__(cls) -> None:
        """Make the code known. Two refusals of one code are a mistake."""
        if cls.code in _BY_CODE:
            raise ValueError(f"refusal code {cls.code} is declared twice")
        _BY_CODE[cls.code] = cls

    @property
    def meaning(self) -> str:
        """What the code means, in one English sentence."""
        return " ".join((type(self).__doc__ or "").split())


def all_refusals() -> dict[str, type[Refusal]]:
    """Every declared refusal by its code."""
    return dict(_BY_CODE)


class Refused(Exception):
    """A command was refused; the first reason gives the code, the others are listed.

    `hidden` holds the true reasons when those shown had to be vaguer: they go to the
    access record of the stream they rest on and to nobody else.
    """

    def __init__(
        self, refusals: tuple[Refusal, ...], hidden: tuple[Refusal, ...] = ()
    ) -> None:
        if not refusals:
            raise ValueError("a command is refused for at least one reason")
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals
        self.hidden = hidden

    @property
    def code(self) -> str:
        """The code shown to whoever asked."""
        return self.refusals[0].code

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return self.refusals[0].status

    @property
    def true_code(self) -> str:
        """The code that the access record keeps."""
        return (self.hidden or self.refusals)[0].code


class NoCase(Refusal):
    """The case does not exist for this person."""

    code = "NO_CASE"
    status = 404


class Closed(Refusal):
    """The case is closed."""

    code = "CLOSED"
    status = 409


class CaseExists(Refusal):
    """The child has an open case already; said only to one who may see it."""

    code = "CASE_EXISTS"
    status = 409


class NotClosed(Refusal):
    """The case is not closed."""

    code = "NOT_CLOSED"
    status = 409


class WrongRole(Refusal):
    """This role may not do this."""

    code = "WRONG_ROLE"
    status = 403


class NotHolder(Refusal):
    """Only the holder of the baton, or one acting for the holder, may do this."""

    code = "NOT_HOLDER"
    status = 403


class NotInScope(Refusal):
    """The person or service is not party to this case or this part of it."""

    code = "NOT_IN_SCOPE"
    status = 403


class AskLeader(Refusal):
    """It cannot be done now; ask the leader. No detail, because the reason is shielded
    or lost.
    """

    code = "ASK_LEADER"
    status = 409


class StaleVersion(Refusal):
    """Something has happened since this view was fetched."""

    code = "STALE_VERSION"
    status = 412


class FutureDate(Refusal):
    """It is dated in the future."""

    code = "FUTURE_DATE"
    status = 409


class OutOfOrder(Refusal):
    """A later entry has already moved the baton or the level, or closed the case;
    correct that entry instead.
    """

    code = "OUT_OF_ORDER"
    status = 409


class Invalid(Refusal):
    """The body does not fit the event's fields."""

    code = "INVALID"
    status = 422


class Incomplete(Refusal):
    """Something this entry needs is missing; the problem names the fields."""

    code = "INCOMPLETE"
    status = 409


class NoReason(Refusal):
    """A reason, or a review date, is missing."""

    code = "NO_REASON"
    status = 409


class UnknownTarget(Refusal):
    """What the entry refers to does not exist in the case, or has ended."""

    code = "UNKNOWN_TARGET"
    status = 409


class NotDue(Refusal):
    """The date at which this happens by itself has not come."""

    code = "NOT_DUE"
    status = 409


class NotGraded(Refusal):
    """The concern has not been graded."""

    code = "NOT_GRADED"
    status = 409


class BadGrade(Refusal):
    """The grade is not on the scale."""

    code = "BAD_GRADE"
    status = 409


class Identifying(Refusal):
    """An anonymous discussion must not identify the child."""

    code = "IDENTIFYING"
    status = 409


class ParentsFirstForbidden(Refusal):
    """Suspected violence or abuse: the parents are not told first."""

    code = "PARENTS_FIRST_FORBIDDEN"
    status = 409


class DutyNotAssessed(Refusal):
    """The duty to report has not been assessed."""

    code = "DUTY_NOT_ASSESSED"
    status = 409


class NoReporter(Refusal):
    """A report to barnevern needs to say who reports."""

    code = "NO_REPORTER"
    status = 409


class NoConsent(Refusal):
    """No valid consent covers the service, and no other basis is given."""

    code = "NO_CONSENT"
    status = 409


class ConsentInvalid(Refusal):
    """The consent cannot be valid: giver, services or validity."""

    code = "CONSENT_INVALID"
    status = 409


class NoLegalBasis(Refusal):
    """No legal basis is given, or the one given does not carry this."""

    code = "NO_LEGAL_BASIS"
    status = 409


class LevelRule(Refusal):
    """The profile's rules for levels do not allow this."""

    code = "LEVEL_RULE"
    status = 409


class NoEvaluation(Refusal):
    """The profile wants an evaluation before the level changes."""

    code = "NO_EVALUATION"
    status = 409


class ChildUnheard(Refusal):
    """The child has not been heard since the last decision, and no exception is
    recorded.
    """

    code = "CHILD_UNHEARD"
    status = 409


class HolderExists(Refusal):
    """The case has a holder; propose a handover."""

    code = "HOLDER_EXISTS"
    status = 409


class NoVacancy(Refusal):
    """The case has a holder; an interim holder needs a vacancy."""

    code = "NO_VACANCY"
    status = 409


class NotProposed(Refusal):
    """No open handover proposal to this person."""

    code = "NOT_PROPOSED"
    status = 409


class OpenItems(Refusal):
    """Something is open; say what becomes of it first."""

    code = "OPEN_ITEMS"
    status = 409


class NotUnborn(Refusal):
    """The subject is not an unborn child."""

    code = "NOT_UNBORN"
    status = 409


class AddressProtected(Refusal):
    """Answered as if the case did not exist: protected address without clearance."""

    code = "ADDRESS_PROTECTED"
    status = 404


class OneOfficer(Refusal):
    """Two different persons are needed."""

    code = "ONE_OFFICER"
    status = 409


class Retention(Refusal):
    """The entries must be kept."""

    code = "RETENTION"
    status = 409


class Hold(Refusal):
    """A legal hold or an open supervisory case stands."""

    code = "HOLD"
    status = 409


class GrantExpired(Refusal):
    """The grant is not valid now."""

    code = "GRANT_EXPIRED"
    status = 403


class GrantTooLong(Refusal):
    """The grant would last longer than allowed."""

    code = "GRANT_TOO_LONG"
    status = 409


class ProfileInvalid(Refusal):
    """The profile breaks its own rules; the problem names key and line."""

    code = "PROFILE_INVALID"
    status = 422
