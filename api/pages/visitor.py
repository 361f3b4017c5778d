"""Who looks at a page: a sample person named in a cookie, and the language they read.

The cookie is for pages only, as a bearer token is for the API only. It changes nothing
but who one is, and a form of another site cannot set it: `refuse_others_form`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.responses import Response

from api.language import preferred
from api.pages.picture import LANGUAGES, Language
from api.pages.texts import Texts, texts_in
from api.service import Service
from api.sign_in import COOKIE, Member, NotSignedIn, member_called
from ledger.aggregates.guard import local_day

LANGUAGE_COOKIE = "stafettlogg-sprak"
LANGUAGE_PARAMETER = "sprak"
YEAR = 365 * 24 * 3600  # seconds
FORM_BYTES = 4096  # more than any form of ours


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who looks at pages, known or not."""

    request: Request
    t: Texts
    member: Member | None

    @property
    def known(self) -> Member:
        """Who it is. Raises `NotSignedIn`."""
        if self.member is None:
            raise NotSignedIn
        return self.member

    @property
    def today(self) -> date:
        """The day it is where the case is led."""
        return local_day(self.known.tenant.parts.ledger.clock())


async def visitor_of(request: Request) -> Visitor:
    """Whoever sent the request."""
    service: Service = request.app.state.service
    try:
        member = member_called(service, request.cookies.get(COOKIE))
    except NotSignedIn:
        member = None
    return Visitor(request, texts_in(language_of(request)), member)


Looking = Annotated[Visitor, Depends(visitor_of)]
"""Whoever looks at a page."""


def language_of(request: Request) -> Language:
    """What was chosen, else what the browser asks for, else bokmål."""
    chosen = known_language(request.cookies.get(LANGUAGE_COOKIE))
    asked = preferred(request.headers.get("accept-language", ""))
    return chosen or known_language(asked) or LANGUAGES[0]


def known_language(code: str | None) -> Language | None:
    """The language of a code, if we speak it."""
    return next((known for known in LANGUAGES if known == code), None)


def remember(answer: Response, name: str, value: str) -> None:
    """Set a cookie that no script reads and no other site's form sends."""
    answer.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="lax")


def refuse_others_form(request: Request) -> None:
    """Refuse a form that no page of ours sent, or a large one, before it is read.

    A browser says who sent it in `Sec-Fetch-Site`, which no page can write, and an
    older one in `Origin`. Who says neither is no browser with a form of ours. Raises
    `HTTPException` (403, 413).
    """
    if not _is_our_own(request):
        raise HTTPException(403)
    said = request.headers.get("content-length", "")
    if not said.isdecimal() or int(said[:20]) > FORM_BYTES:
        raise HTTPException(413)


def _is_our_own(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return request.headers.get("origin") == ours
