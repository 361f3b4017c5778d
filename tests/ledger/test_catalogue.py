"""The catalogue of events is made from the classes and the guards, and is current."""

from __future__ import annotations

import pytest

from ledger.catalogue import DOCUMENT, document, refused_by
from ledger.events import all_types, catalogue_name
from ledger.events.concern import CaseOpened, ConcernClarified, ConcernRaised
from ledger.events.consent import ConsentGiven
from ledger.events.log import StafettloggOpened
from ledger.events.trust import ProfileAdopted

TEXT = document()


def test_the_document_is_what_the_classes_and_guards_say():
    kept = DOCUMENT.read_text(encoding="utf-8")
    assert kept == TEXT, "write it anew with: python -m ledger.catalogue"


@pytest.mark.parametrize("event_type", all_types().values(), ids=catalogue_name)
def test_every_event_is_in_it_with_every_field(event_type):
    part = TEXT.partition(f"### {catalogue_name(event_type)}\n")[2].partition("###")[0]
    assert f"`{event_type.NAME}`" in part
    assert all(f"| `{name}`" in part for name in event_type.model_fields)


@pytest.mark.parametrize(
    ("event_type", "codes"),
    [
        (ConcernRaised, ()),
        (StafettloggOpened, ("CLOSED", "OUT_OF_ORDER", "LEVEL_RULE", "NO_CONSENT")),
        (ConsentGiven, ("UNKNOWN_TARGET", "CONSENT_INVALID")),
        (ProfileAdopted, ("PROFILE_INVALID",)),
        (
            ConcernClarified,
            ("CLOSED", "OUT_OF_ORDER", "UNKNOWN_TARGET", "NOT_GRADED", "NO_REASON"),
        ),
    ],
)
def test_guards_are_read_off_the_command_in_their_order(event_type, codes):
    assert refused_by(event_type) == codes


def test_what_is_required_and_what_is_about_a_person_is_marked():
    part = TEXT.partition(f"### {CaseOpened.__name__}\n")[2].partition("###")[0]
    assert "| `name`* | text | personal |" in part
    assert "| `national_id` | text | personal |" in part
    assert "| `subject_kind`* | `born`, `unborn`, `pregnant`, `youth` |  |" in part


def test_a_basis_from_memory_is_marked():
    part = TEXT.partition("### TilbakemeldingReceived\n")[2].partition("###")[0]
    assert "- basis: bvl § 13-3 (unverified)" in part
