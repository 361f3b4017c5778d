"""The supervisor's pages: is the log real and whole, and how was the case on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from api.pages.case_page import Typed, case_content, read, status_of
from api.pages.cases_page import case_rows
from api.pages.drawing import draw, service_name
from api.pages.going_back import going_back, neighbours
from api.pages.picture import Language
from api.pages.route import SEE_OTHER, PageRoute
from api.pages.visitor import Looking, Visitor
from api.words import label_table
from audit.report import LANGUAGES, Report, Standing
from audit.verify import verify_bundle
from ledger.application import Reading
from ledger.events.event import Role
from ledger.events.supervision import SupervisoryCaseOpened
from ledger.exporting import NotPublished, bundle_of, export_bundle
from ledger.projections.moment import PRESENT
from ledger.refusals import NoCase, Refused

router = APIRouter(prefix="/tilsyn", route_class=PageRoute)

# The verifier speaks two languages; who reads nynorsk is given its bokmål.
_VERIFIER: Mapping[Language, str] = {"nb": "nb", "nn": "nb", "en": "en"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What the verifier found; the three counts are never added up.

    They are of what the reader sees: no page of a supervisor says if there is more.
    `newer` entries stand on the page and came after the checkpoint, so nothing proves
    them yet.
    """

    ok: bool
    proved: int
    not_disclosed: int
    failed: int
    newer: int
    failures: tuple[str, ...]
    checked_at: datetime
    size: int | None  # of the checkpoint
    origin: str | None
    is_witnessed: bool

    @property
    def is_plain(self) -> bool:
        """Whether all that is shown is proved, by others than the log as well."""
        return self.ok and self.is_witnessed and not self.newer


@router.get("")
def get_granted(visitor: Looking) -> Response:
    """The cases that a supervisor has a grant for."""
    if visitor.known.actor.role is not Role.SUPERVISOR:
        return RedirectResponse("/saker", SEE_OTHER)
    return draw(visitor, "granted.html", rows=case_rows(visitor, "granted_page"))


@router.get("/{case}")
def get_case(
    visitor: Looking, case: UUID, slik: Typed = None, kjent: Typed = None
) -> Response:
    """A granted case: its proof today, or how it was on a day."""
    _supervisors_only(visitor)
    when = going_back(slik, kjent, today=visitor.today)
    reading = read(visitor, case, "supervision_page").at(when.moment)
    return draw(
        visitor,
        "supervision.html",
        status=status_of(when),
        case=case,
        when=when,
        jumps=neighbours(reading.at(PRESENT).entries, when.day),
        proof=None if when.is_past else _proof(visitor, reading),
        supervised=_supervised(reading),
        sectors=_sectors(reading, visitor),
        **case_content(visitor, reading, when),
    )


@router.get("/{case}/bevis")
def get_bundle(visitor: Looking, case: UUID) -> Response:
    """The evidence bundle, to be checked without us."""
    _supervisors_only(visitor)
    member = visitor.known
    packed = export_bundle(
        member.tenant.parts,
        case,
        log=member.tenant.folder.log,
        by=member.actor,
        purpose="supervision_bundle",
        grant=member.grant(case),
        labels=label_table(),
    )
    headers = {"Content-Disposition": f'attachment; filename="{case}.zip"'}
    return Response(packed, media_type="application/zip", headers=headers)


def _supervisors_only(visitor: Visitor) -> None:
    if visitor.known.actor.role is not Role.SUPERVISOR:
        raise Refused((NoCase(),))


def _supervised(reading: Reading) -> SupervisoryCaseOpened | None:
    events = (entry.event for entry in reading.entries)
    found = [event for event in events if isinstance(event, SupervisoryCaseOpened)]
    return found[-1] if found else None


def _sectors(reading: Reading, visitor: Visitor) -> str | None:
    """The sectors that a grant on record opens; `None` without one."""
    if reading.grant is None:
        return None
    names = (service_name(code, visitor.t) for code in sorted(reading.grant.sectors))
    return ", ".join(names)


# --- proof ----------------------------------------------------------------------------


def _proof(visitor: Visitor, reading: Reading) -> Proof | None:
    """Check the reader's own bundle with the supervisor's program and policy."""
    tenant = visitor.known.tenant
    try:
        bundle = bundle_of(
            tenant.parts, reading, log=tenant.folder.log, by=visitor.known.actor
        )
    except NotPublished:
        return None
    policy = tenant.folder.policy.read_text(encoding="utf-8")
    report = verify_bundle(bundle, policy, allow_unwitnessed=tenant.is_demo)
    return _told(report, reading, visitor)


def _told(report: Report, reading: Reading, visitor: Visitor) -> Proof:
    words = LANGUAGES[_VERIFIER[visitor.t.language]]
    size = report.checkpoint.size if report.checkpoint else None
    return Proof(
        ok=report.ok,
        proved=report.counts[Standing.SHOWN],
        not_disclosed=report.counts[Standing.SEALED],
        failed=report.counts[Standing.FAILED],
        newer=sum((entry.position or 0) > (size or 0) for entry in reading.entries),
        failures=tuple(failure.as_text(words) for failure in report.failures),
        checked_at=visitor.known.tenant.parts.ledger.clock(),
        size=size,
        origin=report.checkpoint.origin if report.checkpoint else None,
        is_witnessed=report.is_witnessed,
    )
