"""Who asks: until there is a sign-in, a named sample person of the demo.

Nobody proves anything here, so the service starts in this mode for demo tenants only,
listens on loopback and says on every page and answer that it is a demo. A program names
the person as a bearer token, a browser in a cookie; never one for the other, so that
no page of a stranger can make a browser act.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from api.addressing import DEMO_PEOPLE
from api.complaints import CommandFailed
from api.installation import OpenTenant
from api.service import Service
from ledger.entry import Actor
from ledger.events.event import Role

DEMO_TENANT = "fjordvik"
COOKIE = "stafettlogg-demo-person"
AUTH = "demo"  # how entries say the actor was known


class NotSignedIn(Exception):
    """Nobody is named, or nobody who is known."""


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody who may be tried; `cases` are labels a supervisor has a grant for."""

    id: str
    actor: Actor
    tenant: str = DEMO_TENANT
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks, and the tenant they belong to: nothing crosses it."""

    person: SamplePerson
    tenant: OpenTenant

    @property
    def actor(self) -> Actor:
        """Who acts, as entries say it."""
        return self.person.actor

    def grant(self, case: UUID) -> str | None:
        """The id of the grant that covers the case; only supervisors have them."""
        index = self.tenant.parts.ledger.index
        covered = map(index.case_id, self.person.cases)
        return f"{AUTH}:{self.person.id}" if case in covered else None


@cache
def sample_people() -> Mapping[str, SamplePerson]:
    """Everybody who may be tried, by id, in the file's order."""
    said = tomllib.loads(DEMO_PEOPLE.read_text(encoding="utf-8"))
    people = (_person(**one) for one in said["person"])
    return {person.id: person for person in people}


def _person(
    *, id: str, role: str, email: str, cases: tuple[str, ...] = (), **about: str
) -> SamplePerson:
    """The person; where they are written to is nobody's matter here."""
    actor = Actor(role=Role(role), auth=AUTH, **about)
    return SamplePerson(id, actor, cases=tuple(cases))


def refuse_without_sign_in(tenants: Mapping[str, OpenTenant]) -> None:
    """Refuse to serve real people while anybody could be anyone."""
    real = [name for name, tenant in tenants.items() if not tenant.is_demo]
    if real:
        said = f"there is no sign-in yet, and {', '.join(real)} is not a demo."
        raise CommandFailed("SIGN_IN_MISSING", said)


def member_called(service: Service, person: str | None) -> Member:
    """The sample person of this id. Raises `NotSignedIn`."""
    found = sample_people().get(person or "")
    if found is None or found.tenant not in service.tenants:
        raise NotSignedIn
    return Member(found, service.tenants[found.tenant])


class _ByToken(SecurityBase):
    """Reads the person out of the request, in one step with the scheme it describes."""

    scheme_name = "demo"
    model = HTTPBearer(
        description="The id of a sample person, such as `cecilie`."
        " See `GET /api/v1/demo`."
    )

    async def __call__(self, request: Request) -> Member:
        """Who asks. Raises `NotSignedIn`."""
        said = request.headers.get("authorization", "")
        scheme, person = get_authorization_scheme_param(said)
        service: Service = request.app.state.service
        named = person if scheme.lower() == "bearer" else None
        member = member_called(service, named)
        request.state.tenant = member.tenant.folder.name
        return member


SignedIn = Annotated[Member, Depends(_ByToken())]
"""Who a program says it asks for."""
