"""Reads a profile from a TOML text, and says which line is wrong.

A municipality's own profile is one such file. What is wrong with it is told by the key
and its line, so that whoever wrote the file finds it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ledger.profiles.profile import Profile
from ledger.refusals import ProfileInvalid, Refused

Path = tuple[str | int, ...]


def profile_from_toml(text: str) -> Profile:
    """The profile a TOML text holds.

    Raises `Refused` with `PROFILE_INVALID`, whose fields name each wrong key and its
    line, counted from 1.
    """
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Refused((ProfileInvalid((str(error),)),)) from None
    except ValidationError as error:
        wrong = [f"{_name(p)} (line {line_of(text, p)})" for p in _wrong(error)]
        raise Refused((ProfileInvalid(tuple(wrong)),)) from None


def profile_from_file(content: bytes) -> Profile:
    """The profile that the bytes of a TOML file hold. Raises as `profile_from_toml`."""
    try:
        return profile_from_toml(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused((ProfileInvalid((f"UTF-8 (line {line})",)),)) from None


def profile_from_rules(rules: Mapping[str, Any]) -> Profile:
    """The profile that was adopted as plain data.

    Raises `Refused` with `PROFILE_INVALID`, whose fields name each wrong key.
    """
    try:
        return Profile.model_validate_json(json.dumps(rules))
    except ValidationError as error:
        raise Refused((ProfileInvalid(tuple(map(_name, _wrong(error)))),)) from None


def _wrong(error: ValidationError) -> Iterator[Path]:
    """Where the values stand that do not fit; rules that disagree name a key."""
    for detail in error.errors(include_url=False):
        raised = detail.get("ctx", {}).get("error")
        named = (str(raised),) if isinstance(raised, ValueError) else ()
        yield (*detail["loc"], *named)


def _name(path: Path) -> str:
    return ".".join(map(str, path))


def line_of(text: str, path: Path) -> int:
    """The line, from 1, on which a value stands, or what it is missing from."""
    lines, at = text.splitlines(), -1
    for key, index in _places(path):
        found = _line_after(lines, at, key, index)
        if found is None:
            break
        at = found
    return max(at, 0) + 1


def _places(path: Path) -> Iterator[tuple[str, int | None]]:
    """The keys of a path, each with the number of the one that is meant among many."""
    for part, after in zip(path, (*path[1:], ""), strict=True):
        if isinstance(part, str):
            yield part, after if isinstance(after, int) else None


def _line_after(
    lines: Sequence[str], at: int, key: str, index: int | None
) -> int | None:
    """Where a key is said next: as a table, as a key, or within the line itself."""
    table = re.compile(rf"\s*\[\[(.*\.)?{re.escape(key)}\]\]")
    tables = [n for n in range(at + 1, len(lines)) if table.match(lines[n])]
    if tables:
        return tables[min(index or 0, len(tables) - 1)]
    within = re.compile(rf"[{{,]\s*{re.escape(key)}\s*=")
    if at >= 0 and within.search(lines[at]):
        return at
    said = re.compile(rf"\s*{re.escape(key)}\s*=")
    for number in range(at + 1, len(lines)):
        if at >= 0 and lines[number].startswith("[["):
            return None  # the next table begins: the key is missing from this one
        if said.match(lines[number]):
            return _item(lines, number, index)
    return None


def _item(lines: Sequence[str], at: int, index: int | None) -> int:
    """The line of an item of a list whose items stand on lines of their own."""
    items = [n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith("{")]
    return at if index is None or index >= len(items) else items[index]
