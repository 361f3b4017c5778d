"""The API page for people: made from the document that programs read, without scripts.

It is drawn here and not by a program of others in the browser, so the strictest
Content-Security-Policy holds for it too.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

HERE: Final = Path(__file__).parent

router = APIRouter(prefix="/api", include_in_schema=False)


class Shown(NamedTuple):
    """One operation, as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[dict[str, Any]]
    example: str | None
    statuses: list[str]


@router.get("/docs")
def get_docs(request: Request) -> Response:
    """What can be asked, and how."""
    return Response(_page(request.app.state.openapi), media_type="text/html")


@router.get("/docs.css")
def get_style() -> Response:
    """How the page looks."""
    return Response((HERE / "docs.css").read_bytes(), media_type="text/css")


@lru_cache(maxsize=1)
def _page(document: str) -> str:
    templates = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    said = json.loads(document)
    about = said["info"]["description"].replace("*", "").split("\n\n")
    page = templates.get_template("docs.html")
    return page.render(about=about, chapters=_chapters(said))


def _chapters(document: dict[str, Any]) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            shown = _shown(document, method, path, operation)
            found.setdefault(operation["tags"][0], []).append(shown)
    return found


def _shown(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> Shown:
    shared = document["components"]["parameters"]
    parameters = [
        shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in operation.get("parameters", ())
    ]
    return Shown(
        method.upper(),
        path,
        operation["summary"],
        operation["description"],
        [{"description": None, **each} for each in parameters],
        _example(operation),
        sorted(operation["responses"]),
    )


def _example(operation: dict[str, Any]) -> str | None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        example = content["example"]
        if isinstance(example, str):
            return example
        return json.dumps(example, ensure_ascii=False, indent=2)
    return None
