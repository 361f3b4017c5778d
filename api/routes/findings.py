"""What a supervisor would ask about in a case, as far as the reader sees it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.problems import RequestRefused
from api.routes.asking import CaseId, Purpose, chapter, goes_wrong
from api.sign_in import SignedIn
from audit.findings import Severity, judge
from ledger.aggregates.guard import local_day
from ledger.judging import history_read

router = chapter("/cases/{case}", tags=["views"])


class FindingTold(BaseModel):
    """A question to the municipality, never a verdict.

    `about` is the id of the thing, or the event's name; `entries` are positions in the
    log; `key` names the sentence in the label table.
    """

    rule: str
    about: str | None = None
    first: Annotated[date, Field(alias="from")]
    to: date
    days: int | None = None
    name: str
    version: int
    severity: Severity
    key: str
    entries: list[int]
    basis: str
    source: str


class UnjudgedTold(BaseModel):
    """A rule that could not judge, why, and the entries that it lacked."""

    rule: str
    about: str | None = None
    name: str
    version: int
    reason: str
    entries: list[int]


class RulesTold(BaseModel):
    """A version of the process rules that the case is judged by."""

    id: str
    version: str
    valid_from: date


class FindingsTold(BaseModel):
    """What stands out in a case on a day; the verifier says the same of its bundle."""

    format: str
    case: str
    judged_at: date
    profiles: list[RulesTold]
    findings: list[FindingTold]
    not_judged: list[UnjudgedTold]


@router.get(
    "/findings",
    response_class=Response,
    responses={
        200: {
            "model": FindingsTold,
            "description": "As far as this person may see the case.",
        },
        **goes_wrong(400, 401, 404, 422),
    },
)
def get_findings(
    case: CaseId,
    member: SignedIn,
    purpose: Purpose,
    at: Annotated[
        str | None,
        Query(
            description="The local day on which open clocks are judged; today without.",
            pattern=r"^\d{4}-\d{2}-\d{2}$",
        ),
    ] = None,
) -> Response:
    """What a supervisor would ask about, from the entries this person sees."""
    tenant = member.tenant.parts
    day = _day(at) if at else local_day(tenant.ledger.clock())
    reading = tenant.ledger.read(
        case,
        by=member.actor,
        view="findings",
        purpose=purpose,
        grant=member.grant(case),
    )
    judgement = judge(history_read(tenant, reading, day, by=member.actor))
    return Response(judgement.dumps(), media_type="application/json")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RequestRefused("PARAMETER_INVALID", "at") from None
