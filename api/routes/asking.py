"""What every route asks of a request: parameters that are declared, and answers that
say how they go wrong."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi import params as declared_as
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from api.problems import MEDIA_TYPE, RequestRefused

API: Final = "/api/v1"

CaseId = Annotated[UUID, Path(description="The case.")]

Purpose = Annotated[
    str,
    Query(
        pattern="^[a-z][a-z0-9_-]{1,39}$",
        description="What the reading is for: a code, which goes on record.",
        examples=["follow_up"],
    ),
]
"""What a reading is for."""

PROBLEM_SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}
EVERYWHERE: Final = (400, 421, 500, 503)
"""How any request may go wrong."""

_MEANINGS: Final = {
    400: "The request is not one: `BODY_JSON`, `HEADER_INVALID`, `PURPOSE` …",
    401: "`NOT_SIGNED_IN`",
    403: "The role, or the part in the case, does not allow it.",
    404: "`NO_CASE`, `NOT_FOUND`: not there, or not for this person.",
    409: "A rule refuses it; `refusals` lists each that does.",
    412: "`STALE_VERSION`: something has come since the view was fetched.",
    408: "`BODY_TOO_SLOW`",
    413: "`BODY_TOO_LARGE`",
    415: "`MEDIA_TYPE`",
    421: "`WRONG_HOST`",
    422: "`INVALID`, `PARAMETER_INVALID`, `KEY_REUSED`",
    428: "`IF_MATCH_MISSING`",
    500: "`INTERNAL`, `NOT_AS_SIGNED`: a fault on our side.",
    503: "`OVERLOADED`, `DATABASE_UNREACHABLE`, `OUTCOME_UNKNOWN`: ask again.",
}


def goes_wrong(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, besides those of every route."""
    return {status: _problem(status) for status in sorted({*statuses, *EVERYWHERE})}


def _problem(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
    answer: dict[str, Any] = {"description": _MEANINGS[status], "content": content}
    if status == 503:
        header = {"description": "Seconds.", "schema": {"type": "integer"}}
        answer["headers"] = {"Retry-After": header}
    return answer


class StrictRoute(APIRoute):
    """A route that refuses parameters that are unknown or given twice.

    A mistyped `as_of` would show another moment than was asked for.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route; most are told apart by how the path ends, at no cost."""
        if not scope["path"].endswith(self._ending):
            return Match.NONE, {}
        return super().matches(scope)

    @cached_property
    def _ending(self) -> str:
        return self.path.rpartition("}")[2]

    def get_route_handler(
        self,
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers, once the parameters are known to be its own."""
        answer = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            given = [name for name, _ in request.query_params.multi_items()]
            if given:
                _refuse_undeclared(request.scope["route"], given)
            return await answer(request)

        return strictly


def chapter(prefix: str = "", *, tags: list[str | Enum] | None = None) -> APIRouter:
    """The routes of one chapter, with their whole paths.

    The application takes them over one by one: a router that is included is looked
    through twice for every request.
    """
    return APIRouter(
        prefix=API + prefix,
        tags=tags,
        route_class=StrictRoute,
        generate_unique_id_function=called,
    )


def called(route: APIRoute) -> str:
    """The operation's id: what its function is called."""
    return route.name


def _refuse_undeclared(route: APIRoute, given: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in given:
        if name in seen or name not in _declared(route):
            raise RequestRefused("PARAMETER_INVALID")
        seen.add(name)


_BY_ENDPOINT: Final[WeakKeyDictionary[Any, frozenset[str]]] = WeakKeyDictionary()


def _declared(route: APIRoute) -> frozenset[str]:
    if route.endpoint not in _BY_ENDPOINT:
        flat = get_flat_params(route.dependant)
        queries = (p for p in flat if isinstance(p.field_info, declared_as.Query))
        _BY_ENDPOINT[route.endpoint] = frozenset(query.alias for query in queries)
    return _BY_ENDPOINT[route.endpoint]
