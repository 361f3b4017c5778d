"""The toolbox names only what there is, in every language."""

from datetime import date

import pytest

from ledger.codes import code_list, scale_named
from ledger.events import type_called
from ledger.profiles import profile_named
from ledger.toolbox import documents, offers_of
from ledger.toolbox.document import Document

DOCUMENTS = list(documents().values())
FJORDVIK = offers_of("fjordvik").offers


def each_document(test):
    return pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.id)(test)


@each_document
def test_a_filled_document_becomes_events_that_there_are(document: Document):
    assert all(type_called(name) for name in document.records)
    assert document.records or document.guide


@each_document
def test_a_field_that_is_kept_is_kept_in_a_field_of_those_events(document: Document):
    for field in document.fields:
        if field.fills is not None:
            event, _, name = field.fills.partition(".")
            assert event in document.records
            assert name in type_called(event).model_fields


@each_document
def test_a_document_belongs_to_steps_and_scales_that_there_are(document: Document):
    levels = profile_named("standard").levels
    assert set(document.steps) <= {s.step for level in levels for s in level.steps}
    assert all(scale_named(scale) for scale in document.scales)
    types = {code.code for code in code_list("meeting-types").codes}
    assert {agenda.type for agenda in document.agendas} <= types


@each_document
def test_agendas_have_as_many_points_in_every_language(document: Document):
    for agenda in document.agendas:
        items = agenda.items
        assert len(items.nb) == len(items.nn) == len(items.en) > 1


def test_the_documents_that_municipalities_name_are_there():
    assert {
        "samtykke",
        "observasjon",
        "skala",
        "samtale",
        "mote",
        "overtakelse",
        "melding",
    } <= documents().keys()


def test_what_is_reported_to_barnevern_is_drawn_from_shielded_entries_alone_there():
    shielded = {document.id for document in DOCUMENTS if document.shielded}
    assert shielded == {"meldeplikt", "melding"}


def test_every_service_that_offers_something_is_known():
    known = {code.code for code in code_list("service-kinds").codes}
    assert {offer.service for offer in FJORDVIK} <= known
    assert len({offer.id for offer in FJORDVIK}) == len(FJORDVIK) == 25


def test_an_offer_is_for_levels_ages_and_a_service():
    play_group = FJORDVIK[0]
    assert play_group.suits(level=1, age=5, service="barnehage")
    assert not play_group.suits(level=2, age=None, service=None)
    assert not play_group.suits(level=None, age=6, service=None)
    assert not play_group.suits(level=None, age=None, service="skole")


def test_an_offer_that_has_ended_is_no_longer_offered_and_stays_readable():
    ended = FJORDVIK[0].model_copy(update={"valid_to": date(2026, 6, 30)})
    assert ended.stands_on(date(2026, 6, 30))
    assert not ended.stands_on(date(2026, 7, 1))
    assert ended.name.en


def test_a_municipality_without_a_list_offers_nothing():
    assert offers_of("nowhere").offers == ()
