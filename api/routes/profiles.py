"""The process rules that cases follow: which versions there are, and adopting one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from api.routes.asking import chapter, goes_wrong
from api.sign_in import Member, SignedIn
from api.strict_json import bounded_body
from ledger.aggregates.trust import adoption_of
from ledger.events.trust import ProfileAdopted
from ledger.profiles import Profile, profile_from_file
from ledger.projections.plain import as_json
from ledger.refusals import Refused, WrongRole

router = chapter(tags=["profiles"])

TOML: Final = "application/toml"
MAX_FILE: Final = 1 << 18  # bytes

_FILE: Final = """\
id = "testvik"
name = "Testvik"
version = "1"
valid_from = 2026-01-01
clarify_days = 21
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a profile; `rules` are all of it."""

    id: str
    name: str
    version: str
    valid_from: str
    rules: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Versions:
    """Every version there is: those shipped, and those adopted."""

    profiles: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was adopted; `new` is false where it was on record before."""

    id: str
    version: str
    valid_from: str
    new: bool


@router.get(
    "/profiles",
    responses={200: {"model": Versions}, **goes_wrong(401, 422)},
)
def get_profiles(request: Request, member: SignedIn) -> Response:
    """Every version of every profile that entries may name."""
    book = member.tenant.parts.ledger.current_rules().book
    return JSONResponse(as_json(Versions(tuple(map(_version, book.versions)))))


def _version(profile: Profile) -> Version:
    return Version(
        id=profile.id,
        name=profile.name,
        version=profile.version,
        valid_from=profile.valid_from.isoformat(),
        rules=profile.model_dump(mode="json"),
    )


@router.post(
    "/profiles",
    responses={
        200: {"model": Adopted, "description": "On record."},
        **goes_wrong(401, 403, 408, 413, 415, 422, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {TOML: {"schema": {"type": "string"}, "example": _FILE}},
        }
    },
)
async def post_profile(request: Request, member: SignedIn) -> Response:
    """Adopt the process rules in a file; they hold from the day they name.

    What is wrong is named with key and line. The same file again records nothing. By:
    `administrator`, `koordinerende_enhet`.
    """
    if member.actor.role not in ProfileAdopted.RECORDED_BY:
        raise Refused((WrongRole(),))
    content = await bounded_body(request, kind=TOML, limit=MAX_FILE)
    adopted = await run_in_threadpool(_adopted, member, profile_from_file(content))
    return JSONResponse(as_json(adopted))


def _adopted(member: Member, profile: Profile) -> Adopted:
    parts = member.tenant.parts
    event = adoption_of(profile, parts.keyring.tenant)
    is_new = parts.registry.adopt(event, by=member.actor, now=parts.ledger.clock())
    begins = profile.valid_from.isoformat()
    return Adopted(profile.id, profile.version, begins, is_new)
