"""What the pages say, in three languages, from the files in `translations/`.

A text is a table of the three languages; where it holds a number `n`, each has two
forms. Nothing falls back to another language: a file that lacks one is refused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from api.pages.picture import LANGUAGES, Language

NAMES = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}  # as their readers say
FILES = ("pages", "events", "fields", "values")

Forms = Mapping[str, str]
"""One form for each count: "one" and "other"; only "other" without a count."""


class TextMissing(Exception):
    """A text lacks a language, or a language lacks a form."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Every text in one language; called with a key, it says the text."""

    language: Language
    forms: Mapping[str, Forms]

    def __call__(self, key: str, **details: object) -> str:
        """The text with its details filled in; `n` chooses the form.

        Raises `KeyError` for a key that is not there, or a detail that is not given.
        """
        forms = self.forms[key]
        form = "one" if details.get("n") == 1 and "one" in forms else "other"
        return forms[form].format(**details)

    def __contains__(self, key: str) -> bool:
        return key in self.forms

    def code(self, group: str, code: str) -> str:
        """The name of a code of a group; of an open list, a code may have none."""
        key = f"{group}.{code}"
        return self(key) if key in self else code.replace("_", " ")


@cache
def texts_in(language: Language) -> Texts:
    """All texts of a language."""
    return Texts(language, {key: said[language] for key, said in all_texts().items()})


@cache
def all_texts() -> Mapping[str, Mapping[str, Forms]]:
    """Every text by key, as "<file>.<key>" but for `pages`, which is not named.

    Raises `TextMissing`.
    """
    found: dict[str, Mapping[str, Forms]] = {}
    for name in FILES:
        found |= read_texts(_tables(name), () if name == "pages" else (name,))
    return found


@cache
def reminders_in(language: Language) -> Texts:
    """What calendars and notices say in a language. Raises `TextMissing`."""
    said = read_texts(_tables("reminders"))
    return Texts(language, {key: forms[language] for key, forms in said.items()})


def _tables(name: str) -> Mapping[str, Any]:
    file = files("api") / "translations" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def read_texts(
    table: Mapping[str, Any], above: tuple[str, ...] = ()
) -> dict[str, Mapping[str, Forms]]:
    """The texts of nested tables. Raises `TextMissing`."""
    return {".".join(path): _forms(path, text) for path, text in _walk(table, above)}


def _walk(
    table: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for name, inner in table.items():
        if set(inner) & set(LANGUAGES):
            yield (*above, name), inner
        else:
            yield from _walk(inner, (*above, name))


def _forms(path: tuple[str, ...], text: Mapping[str, Any]) -> Mapping[str, Forms]:
    forms: dict[str, Forms] = {}
    for language in LANGUAGES:
        said = text.get(language)
        if isinstance(said, str) and said:
            forms[language] = {"other": said}
        elif isinstance(said, dict) and set(said) == {"one", "other"}:
            forms[language] = said
        else:
            raise TextMissing(f"{'.'.join(path)}: {language}")
    return forms
