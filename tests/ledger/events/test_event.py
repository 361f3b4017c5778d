import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.events import (
    all_types,
    catalogue_name,
    from_json,
    to_json,
    type_called,
    type_named,
)
from ledger.events.concern import CaseOpened, ConcernRaised
from ledger.events.event import Event, Kind, Role, register

TYPES = sorted(all_types().values(), key=lambda event_type: event_type.NAME)
every_type = pytest.mark.parametrize("event_type", TYPES, ids=catalogue_name)


def test_a_type_is_found_by_its_wire_name_and_by_its_catalogue_name():
    assert type_named("concern-raised.v1") is ConcernRaised
    assert type_called("ConcernRaised") is ConcernRaised
    assert catalogue_name(ConcernRaised) == "ConcernRaised"


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        type_named("concern-lowered.v1")
    with pytest.raises(KeyError):
        type_called("ConcernLowered")
    with pytest.raises(KeyError):
        from_json("concern-lowered.v1", b"{}")


def test_two_types_of_one_name_are_a_mistake():
    class Again(Event):
        NAME = "concern-raised.v1"
        KIND = Kind.FACT
        RECORDED_BY = frozenset({Role.SYSTEM})
        SOURCE = "this test"

    with pytest.raises(ValueError, match="declared twice"):
        register(Again)
    assert type_named("concern-raised.v1") is ConcernRaised


def test_the_wire_name_of_a_type_and_the_name_of_a_child_never_meet(made):
    opened = made(CaseOpened)
    assert (opened.NAME, opened.name) == ("case-opened.v1", "Testbarn Gáddjá Golf")


@every_type
def test_a_wire_name_is_the_catalogue_name_in_small_letters(event_type):
    words = "".join(
        f"-{c.lower()}" if c.isupper() else c for c in catalogue_name(event_type)
    )
    assert f"{words[1:]}.v1" == event_type.NAME


@every_type
def test_an_event_says_in_a_sentence_what_happened(event_type):
    first_paragraph = (event_type.__doc__ or "").split("\n\n")[0]
    assert first_paragraph.endswith(".")
    assert first_paragraph != Event.__doc__


@every_type
def test_an_event_never_changes(event_type, golden_bytes):
    event = from_json(event_type.NAME, golden_bytes(event_type))
    field = next(iter(event_type.model_fields))
    with pytest.raises(ValidationError):
        setattr(event, field, getattr(event, field))


@every_type
def test_a_field_that_the_type_does_not_name_is_refused(event_type, made):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        made(event_type, also="this")


@every_type
def test_a_required_field_cannot_be_left_out_and_an_optional_one_can(event_type, made):
    for name, field in event_type.model_fields.items():
        if field.is_required():
            with pytest.raises(ValidationError):
                made(event_type, **{name: None})
        else:
            assert getattr(made(event_type, **{name: None}), name) is None
            assert name not in json.loads(to_json(made(event_type, **{name: None})))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of a JSON value's leaves."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    if isinstance(value, list):
        items = enumerate(value)
    return [p for key, inner in items for p in leaves(inner, (*path, key))] or [path]


def with_leaf(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    """A copy of a JSON value with one leaf replaced."""
    if not path:
        return leaf
    copy = value.copy()
    copy[path[0]] = with_leaf(value[path[0]], path[1:], leaf)
    return copy


SECRET = "Hemmelig Testbarn"
SHAPES = [
    SECRET,
    f"{SECRET}\0",
    [SECRET],
    {"x": SECRET},
    SECRET * 20_000,
    4711_4711_4711,
]


@every_type
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: str(shape)[:12])
def test_no_refusal_repeats_the_value_it_refuses(event_type, shape, golden_bytes):
    example = json.loads(golden_bytes(event_type))
    for path in leaves(example):
        try:
            from_json(event_type.NAME, json.dumps(with_leaf(example, path, shape)))
        except ValidationError as refusal:
            told = str(refusal) + repr(refusal.errors(include_input=False))
            assert SECRET not in told
            assert "471147114711" not in told


# How long an example takes says nothing about the rule.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@UNHURRIED
@given(data=st.data())
def test_an_event_with_any_leaf_changed_is_refused_or_comes_back_the_same(
    data, golden_bytes
):
    event_type = data.draw(st.sampled_from(TYPES))
    example = json.loads(golden_bytes(event_type))
    path = data.draw(st.sampled_from(leaves(example)))
    changed = with_leaf(example, path, data.draw(JSON))
    check_refused_or_same(event_type, json.dumps(changed).encode())


@UNHURRIED
@given(data=st.data())
def test_mangled_bytes_are_refused_or_come_back_the_same(data, golden_bytes):
    event_type = data.draw(st.sampled_from(TYPES))
    whole = golden_bytes(event_type)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 20)))
    check_refused_or_same(
        event_type, whole[:start] + data.draw(st.binary()) + whole[end:]
    )


def check_refused_or_same(event_type: type[Event], written: bytes) -> None:
    try:
        event = from_json(event_type.NAME, written)
    except ValidationError:
        return
    assert from_json(event_type.NAME, to_json(event)) == event
    assert to_json(from_json(event_type.NAME, to_json(event))) == to_json(event)


@pytest.mark.parametrize(
    "written", [b"", b"null", b"[]", b"{", b"[" * 100_000, b"\xff", b"\xef\xbb\xbf{}"]
)
def test_what_is_no_object_is_refused(written):
    with pytest.raises(ValidationError):
        from_json("concern-raised.v1", written)
