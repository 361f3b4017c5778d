"""A page as HTML: its template with the texts of its reader."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.pages import days
from api.pages.texts import NAMES, Texts
from api.pages.visitor import LANGUAGE_PARAMETER, Visitor
from ledger.aggregates.guard import LOCAL
from ledger.codes import Code, code_list

TEMPLATES = Path(__file__).parent / "templates"


def draw(
    visitor: Visitor, template: str, *, status: int = 200, **content: Any
) -> HTMLResponse:
    """The page that the template makes of the content."""
    drawn = templates().get_template(template)
    text = drawn.render(
        t=visitor.t,
        lang=visitor.t.language,
        member=visitor.member,
        path=visitor.request.url.path,
        languages=[(c, name, _in_language(visitor, c)) for c, name in NAMES.items()],
        **_words(visitor.t),
        **content,
    )
    headers = {"Vary": "Cookie, Accept-Language"}
    return HTMLResponse(text, status, headers=headers)


@cache
def templates() -> Environment:
    """The templates; what they write is escaped, and what is not there is a fault."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
    )
    made.filters["day"] = _day
    made.filters["clock"] = clock_text
    return made


def _in_language(visitor: Visitor, language: str) -> str:
    """The same address in another language."""
    url = visitor.request.url
    kept = [
        pair
        for pair in visitor.request.query_params.multi_items()
        if pair[0] != LANGUAGE_PARAMETER
    ]
    return f"{url.path}?{urlencode([*kept, (LANGUAGE_PARAMETER, language)])}"


def _words(t: Texts) -> dict[str, Any]:
    """What templates call to say things that hang on the language."""

    def away(day: date, today: date) -> str:
        return days.away(day, today=today, t=t)

    def service(code: str | None) -> str:
        return service_name(code, t)

    def authority(code: str) -> str:
        return code_name("guardian-authorities", code, t)

    return {"away": away, "service": service, "authority": authority}


def service_name(code: str | None, t: Texts) -> str:
    """A service as people call it: the short name, else the one of the code list."""
    if code is None:
        return ""
    if f"values.service.{code}" in t:
        return t(f"values.service.{code}")
    return code_name("service-kinds", code, t)


def code_name(codes: str, code: str, t: Texts) -> str:
    """The name of a code of a list; of an open one, a code may have none."""
    return name_of(code_list(codes).named(code), t) or code


def name_of(code: Code | None, t: Texts) -> str:
    """What a code is called, and whether that has not been checked."""
    if code is None:
        return ""
    name: str = getattr(code, t.language)
    return unverified(name, t) if code.unverified else name


def unverified(text: str, t: Texts) -> str:
    """The text with a mark that it is from memory and has not been checked."""
    return f"{text} ({t('entry.unverified')})"


def _day(day: date) -> Markup:
    """A day in figures, told to programs too."""
    said = days.day_text(day)
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), said)


def clock_text(moment: datetime, t: Texts) -> str:
    """A moment to the minute, where the case is led."""
    local = moment.astimezone(LOCAL)
    day = days.day_text(local.date())
    if t.language == "en":
        return f"{day} {local:%H:%M}"
    return f"{day} kl. {local:%H.%M}"
