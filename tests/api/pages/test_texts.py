"""Every text in three languages, none missing and none left over."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.pages import going_back, silences
from api.pages.listing import is_shown
from api.pages.paper import HEADINGS, SCALES
from api.pages.texts import LANGUAGES, TextMissing, all_texts, read_texts, texts_in
from ledger.events import all_types, catalogue_name, recordable_types
from ledger.events.event import Event, Part, Role
from ledger.projections.overview import DueKind

PAGES = Path(going_back.__file__).parent
USED = re.compile(r"""\bt(?:eller\.t)?\(\s*f?["']([a-zA-Z0-9_.]*[a-zA-Z0-9_])["']""")

# Keys that are put together from a code: the group, and its codes.
BY_CODE = {
    "paper": [key.partition(".")[2] for key in (*HEADINGS.values(), *SCALES.values())],
    "values": None,  # its own tests are below
    "events": None,
    "due": typing.get_args(DueKind),
    "refusal": None,
    "help": None,
    "statement.did": None,
    "statement.did_not": None,
    "shape": ("circle", "square", "diamond", "bubble"),
    "going_back": ("no_day", "ahead"),
    "circle": ("holder", "joined", "invited", "left"),
}


def sources() -> str:
    files = [*PAGES.glob("*.py"), *(PAGES / "templates").glob("*.html")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def case_types() -> list[type[Event]]:
    return recordable_types()


def fields(model: type[Part]) -> Iterator[tuple[str, object]]:
    """Every field shown of a model and of the parts within it, with its annotation."""
    for name, field in model.model_fields.items():
        if not is_shown(name):
            continue
        yield name, field.annotation
        for inner in leaves(field.annotation):
            if isinstance(inner, type) and issubclass(inner, Part):
                yield from fields(inner)


def leaves(annotation: object) -> Iterator[object]:
    if typing.get_origin(annotation) is typing.Literal:
        yield annotation
    elif typing.get_args(annotation):
        for inner in typing.get_args(annotation):
            yield from leaves(inner)
    else:
        yield annotation


def test_every_text_that_is_used_is_there():
    missing = {key for key in USED.findall(sources()) if key not in all_texts()}
    assert missing == set()


def test_no_text_is_left_over():
    used = set(USED.findall(sources()))
    used |= {f"fields.{name}" for kind in case_types() for name, _ in fields(kind)}
    used |= {"fields.occurred_at"}  # stands beside the event, and may be corrected
    for group, codes in BY_CODE.items():
        known = {key for key in all_texts() if key.startswith(f"{group}.")}
        used |= known if codes is None else {f"{group}.{code}" for code in codes}
    assert set(all_texts()) - used == set()


def test_a_text_takes_the_same_details_in_every_language():
    def details(forms):
        return {
            name for form in forms.values() for name in re.findall(r"{(\w+)}", form)
        }

    differing = {
        key
        for key, said in all_texts().items()
        if len({frozenset(details(forms)) for forms in said.values()}) != 1
    }
    assert differing == set()


@pytest.mark.parametrize("kind", all_types().values(), ids=catalogue_name)
def test_every_type_of_event_has_a_line_of_its_own(kind):
    assert f"events.{catalogue_name(kind)}" in all_texts()


@pytest.mark.parametrize("kind", case_types(), ids=catalogue_name)
def test_every_field_that_is_shown_has_a_name(kind):
    shown = {f"fields.{name}" for name, _ in fields(kind)}
    assert shown - set(all_texts()) == set()


@pytest.mark.parametrize("kind", case_types(), ids=catalogue_name)
def test_every_closed_code_has_a_name(kind):
    codes = {
        f"values.{name}.{code}"
        for name, annotation in fields(kind)
        for leaf in leaves(annotation)
        if typing.get_origin(leaf) is typing.Literal and name != "grounds"
        for code in typing.get_args(leaf)
    }
    assert codes - set(all_texts()) == set()


def test_every_role_and_everything_due_has_a_name():
    named = {f"values.role.{role}" for role in Role}
    named |= {f"due.{kind}" for kind in typing.get_args(DueKind)}
    named |= {f"silence.{kind}" for kind in typing.get_args(silences.Kind)}
    named |= {f"going_back.{kind}" for kind in typing.get_args(going_back.Mistake)}
    assert named - set(all_texts()) == set()


@pytest.mark.parametrize(
    "text",
    [
        {"nb": "a", "nn": "a"},
        {"nb": "a", "nn": "a", "en": ""},
        {"nb": {"one": "a"}, "nn": "a", "en": "a"},
    ],
)
def test_a_text_without_a_language_or_form_is_refused(text):
    with pytest.raises(TextMissing):
        read_texts({"group": {"key": text}})


def test_the_number_chooses_the_form():
    assert [texts_in("nn")("days.count", n=n) for n in (1, 2)] == ["1 dag", "2 dagar"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_key_is_no_text(language):
    with pytest.raises(KeyError):
        texts_in(language)("nothing.here")


def test_no_text_begs_shouts_or_speaks_of_events_and_logging():
    forbidden = re.compile(r"vennligst|please|!|verifisert|\blogget\b", re.IGNORECASE)
    said = [
        (key, form)
        for key, languages in all_texts().items()
        for forms in languages.values()
        for form in forms.values()
    ]
    assert [each for each in said if forbidden.search(each[1])] == []
