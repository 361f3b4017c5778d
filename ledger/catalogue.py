"""The catalogue of events as a document, made from the classes and the guards.

Nothing in it is written by hand: what an event says stands in its class, what refuses
it in its command. `python -m ledger.catalogue` writes it anew; a test fails when it has
not been.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ledger.aggregates.deciding import COMMANDS
from ledger.aggregates.guard import no_guard
from ledger.aggregates.trust import adopt_profile
from ledger.codes import cites_unverified
from ledger.events import Event, all_types, catalogue_name
from ledger.events.event import Kind, Stream, personal_fields
from ledger.events.trust import ProfileAdopted
from ledger.refusals import Refusal

DOCUMENT: Final = Path(__file__).parent / "events" / "CATALOGUE.md"

ABOUT: Final = """\
# The catalogue of events

Made from the event classes and their guards; `make catalogue` writes it anew.

- **act**: something is done now, and guarded. **fact**: something has happened; it is
  accepted, and a breach becomes a finding. **never**: a duty or a right, refused only
  by its own guards.
- Before the guards come `NO_CASE`, `WRONG_ROLE` and `FUTURE_DATE`, for acts also
  `STALE_VERSION`. Guards run in the order written; the first gives the code.
- A field marked * is required. Where a guard asks for a field that is not, its absence
  is that guard's refusal. *personal* is what names, numbers or describes a person.
- "unverified" beside a legal basis: from memory, and not checked by anybody yet.
"""

_COMMANDS: Final[dict[type[Event], Callable[..., Any]]] = {
    **COMMANDS,
    ProfileAdopted: adopt_profile,
}
_KINDS: Final = {
    "boolean": "yes or no",
    "integer": "whole number",
    "number": "number",
    "object": "object",
    "string": "text",
}
_FORMATS: Final = {"date": "day", "date-time": "moment", "uuid": "id"}


def document() -> str:
    """The whole catalogue as Markdown, chapter by chapter."""
    chapters: dict[str, list[type[Event]]] = {}
    for event_type in all_types().values():
        chapters.setdefault(chapter_of(event_type), []).append(event_type)
    count = sum(map(len, chapters.values()))
    parts = [f"{ABOUT}\n{count} events in {len(chapters)} chapters.\n"]
    for chapter, types in chapters.items():
        parts.append(f"## {chapter.capitalize()}\n\n{_opening(chapter)}\n")
        parts += map(_described, types)
    return "\n".join(parts)


def chapter_of(event_type: type[Event]) -> str:
    """The chapter that declares an event type."""
    return event_type.__module__.rpartition(".")[2]


def told_basis(event_type: type[Event]) -> str | None:
    """The legal basis of an event as it is told: what nobody has checked says so."""
    basis = event_type.BASIS
    unchecked = basis is not None and cites_unverified(basis)
    return f"{basis} (unverified)" if unchecked else basis


def _opening(chapter: str) -> str:
    """What the chapter is about, as its module says."""
    return _first(inspect.getdoc(import_module(f"ledger.events.{chapter}")) or "")


def _described(event_type: type[Event]) -> str:
    lines = [f"### {catalogue_name(event_type)}", ""]
    lines += [_first(inspect.getdoc(event_type) or ""), ""]
    lines += [f"- {fact}" for fact in _facts(event_type)]
    lines += ["", *_fields(event_type)]
    return "\n".join(lines).rstrip() + "\n"


def _facts(event_type: type[Event]) -> Iterator[str]:
    stream = "" if event_type.STREAM is Stream.CASE else f", {event_type.STREAM} stream"
    shielded = ", always under a shield" if event_type.SHIELDED_BY_RULE else ""
    yield f"`{event_type.NAME}`, {event_type.KIND}{stream}{shielded}"
    normally = " normally" if event_type.KIND is Kind.NEVER else ""
    yield f"recorded{normally} by: {', '.join(sorted(event_type.RECORDED_BY))}"
    yield f"refused by: {', '.join(refused_by(event_type)) or 'no guard of its own'}"
    if event_type.BASIS:
        yield f"basis: {told_basis(event_type)}"
    yield f"source: {event_type.SOURCE}"


def _fields(event_type: type[Event]) -> Iterator[str]:
    schema = event_type.model_json_schema()
    required, personal = schema.get("required", ()), personal_fields(event_type)
    if not schema.get("properties"):
        return
    yield "| field | type | |"
    yield "|---|---|---|"
    for name, said in schema["properties"].items():
        star = "*" if name in required else ""
        mark = "personal" if name in personal else ""
        yield f"| `{name}`{star} | {_type(said, schema)} | {mark} |"


def _type(said: dict[str, Any], schema: dict[str, Any]) -> str:
    """What a field holds, in words; the fields of an inner object are named."""
    if "$ref" in said:
        inner = schema["$defs"][said["$ref"].rpartition("/")[2]]
        if "properties" in inner:
            return "object: " + ", ".join(f"`{name}`" for name in inner["properties"])
        return _type(inner, schema)
    if "anyOf" in said:
        kinds = (_type(s, schema) for s in said["anyOf"] if s.get("type") != "null")
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in said:
        return ", ".join(f"`{value}`" for value in said["enum"])
    if "const" in said:
        return f"`{said['const']}`"
    if said.get("type") == "array":
        return f"list of {_type(said.get('items', {}), schema)}"
    kind = str(said.get("type", "anything"))
    return _FORMATS.get(str(said.get("format")), _KINDS.get(kind, kind))


def _first(text: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(text.partition("\n\n")[0].split())


# --- what refuses ---------------------------------------------------------------------


def refused_by(event_type: type[Event]) -> tuple[str, ...]:
    """The codes that an event's guards may refuse it by, in their order."""
    command = _COMMANDS.get(event_type, no_guard)
    return tuple(dict.fromkeys(_codes(command)))


@cache
def _codes(command: Callable[..., Any]) -> tuple[str, ...]:
    """Read off a command's text: what it yields, and what the guards it asks yield."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(command)))
    names: dict[str, Any] = getattr(command, "__globals__", {})
    found: list[str] = []
    for node in _in_order(tree):
        meant = names.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if isinstance(meant, type) and issubclass(meant, Refusal):
            found.append(meant.code)
        elif inspect.isgeneratorfunction(meant) and meant is not command:
            found += _codes(meant)
    return tuple(found)


def _in_order(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls of a text, from its beginning to its end."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return iter(sorted(calls, key=lambda call: (call.lineno, call.col_offset)))


def main() -> None:
    """Write the document anew."""
    DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
