"""What the service says of itself: who may be tried, and what a code means."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from api.language import preferred
from api.problems import RequestRefused, all_codes, status_of, titles
from api.routes.asking import chapter, goes_wrong
from api.service import Service
from api.sign_in import DEMO_TENANT, sample_people
from ledger.refusals import all_refusals

router = chapter(tags=["about"])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented who may be tried: the `id` is the bearer token."""

    id: str
    name: str | None
    role: str
    service: str | None
    unit: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class SampleCase:
    """A case of the demo, and what its history file calls it."""

    label: str
    case: str


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo: nobody signs in, everybody in it is invented."""

    tenant: str
    people: tuple[Person, ...]
    cases: tuple[SampleCase, ...]


@router.get("/demo", responses={200: {"model": Demo}, **goes_wrong(422)})
def get_demo(request: Request) -> Response:
    """Who may be tried, and in which cases."""
    service: Service = request.app.state.service
    people = tuple(
        Person(p.id, p.actor.name, p.actor.role, p.actor.service, p.actor.unit,
               p.actor.title)
        for p in sample_people().values()
        if p.tenant in service.tenants
    )  # fmt: skip
    return JSONResponse(asdict(Demo(DEMO_TENANT, people, _sample_cases(service))))


def _sample_cases(service: Service) -> tuple[SampleCase, ...]:
    tenant = service.tenants.get(DEMO_TENANT)
    if tenant is None:
        return ()
    case_id = tenant.parts.ledger.index.case_id
    return tuple(SampleCase(e, str(case_id(e))) for e in tenant.folder.labels())


_DOCUMENT: Final[dict[str, Any]] = {
    "content": {"application/json": {"schema": {"type": "object"}}}
}


@router.get(
    "/openapi.json",
    responses={200: _DOCUMENT, **goes_wrong(422)},
)
def get_description(request: Request) -> Response:
    """This API as OpenAPI 3.1 tells it."""
    return Response(request.app.state.openapi, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code is called; `meaning` says more, in English, of a rule's refusal."""

    code: str
    status: int
    title: str
    meaning: str | None


@router.get(
    "/problems/{code}", responses={200: {"model": Meaning}, **goes_wrong(404, 422)}
)
def get_problem(request: Request, code: str) -> Response:
    """What a problem's code means."""
    if code not in all_codes():
        raise RequestRefused("NOT_FOUND")
    language = preferred(request.headers.get("accept-language", ""))
    rule = all_refusals().get(code)
    meaning = rule().meaning if rule else None
    said = Meaning(code, status_of(code), titles(code)[language], meaning)
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return JSONResponse(asdict(said), headers=headers)
