"""Where one comes in: the start page, the choice of a sample person, help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from api.pages.addresses import START, local_address
from api.pages.drawing import draw
from api.pages.people import Person
from api.pages.route import SEE_OTHER, PageRoute
from api.pages.visitor import Looking, Visitor, remember
from api.sign_in import COOKIE, SamplePerson, sample_people
from ledger.events.event import Role

router = APIRouter(route_class=PageRoute)


def landing(visitor: Visitor) -> str:
    """The page that somebody begins at."""
    is_supervisor = visitor.known.actor.role is Role.SUPERVISOR
    return "/tilsyn" if is_supervisor else "/saker"


@router.get(START)
def get_start(visitor: Looking) -> Response:
    """The start page; who is known goes on to their own first page."""
    if visitor.member is not None:
        return RedirectResponse(landing(visitor), SEE_OTHER)
    return draw(visitor, "start.html")


@router.get("/prov")
def get_people(visitor: Looking, retur: str = START) -> Response:
    """Who may be tried."""
    people = [_offered(person) for person in sample_people().values()]
    return draw(visitor, "prov.html", people=people, back=local_address(retur))


def _offered(person: SamplePerson) -> Mapping[str, object]:
    actor = person.actor
    called = Person(actor.ref, actor.name or actor.ref, actor.title, actor.unit)
    return {"id": person.id, "called": called, "actor": actor}


@router.post("/prov")
def choose_person(
    person: Annotated[str, Form()] = "",
    retur: Annotated[str, Form()] = START,
) -> Response:
    """Be this sample person from now on; nobody, without one."""
    answer = RedirectResponse(local_address(retur), SEE_OTHER)
    if person in sample_people():
        remember(answer, COOKIE, person)
    else:
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


@router.get("/hjelp")
def get_help(visitor: Looking) -> Response:
    """How to read a case."""
    return draw(visitor, "help.html")


@router.get("/tilgjengelighet")
def get_statement(visitor: Looking) -> Response:
    """What was tested for accessibility, and what was not."""
    return draw(visitor, "accessibility.html")
