"""A closed case goes to the archive, and how long it is kept rests on something."""

from __future__ import annotations

import pytest

from ledger.entry import Actor
from ledger.events.archive import (
    ArchivePackageMade,
    ArchiveReceipted,
    RetentionClassSet,
)
from ledger.events.event import Role
from ledger.refusals import NoLegalBasis, NotClosed, UnknownTarget
from tests.ledger.aggregates.story import CASE, TODAY, closed, given, heard

ARCHIVIST = Actor("arkivar", Role.ARCHIVE_OFFICER)
RECEIPT = ArchiveReceipted(package_id="ap-1", receipt="IKA-1", on=TODAY)


def packed(**said):
    usual = {"package_id": "ap-1", "format": "noark5", "hash": "00", "to": "IKA"}
    return ArchivePackageMade(**{**usual, **said})


def classed(name: str = "bevares", authority: str = "Bevaringsplan 2026"):
    return RetentionClassSet(**{"class": name}, authority=authority)


@pytest.mark.parametrize("snapshot", [None, False])
def test_an_open_case_is_not_packed_for_the_archive(snapshot):
    outcome = given(*CASE).when(packed(snapshot=snapshot), by=ARCHIVIST)
    outcome.then_refused(NotClosed)


def test_a_closed_case_is_packed_and_so_is_a_copy_of_an_open_one():
    past = given(*CASE, heard(), closed()).when(packed(), by=ARCHIVIST).then_recorded()
    assert past.case.archive.packages["ap-1"].hash == "00"
    given(*CASE).when(packed(snapshot=True), by=ARCHIVIST).then_recorded()


def test_a_receipt_is_for_a_package_that_was_made():
    given(*CASE).when(RECEIPT, by=ARCHIVIST).then_refused(UnknownTarget)
    past = given(*CASE).and_(packed(snapshot=True), by=ARCHIVIST)
    past = past.when(RECEIPT, by=ARCHIVIST).then_recorded()
    assert past.case.archive.packages["ap-1"].received_on == TODAY


@pytest.mark.parametrize("authority", ["", " "])
def test_a_retention_class_rests_on_something(authority):
    outcome = given(*CASE).when(classed(authority=authority), by=ARCHIVIST)
    outcome.then_refused(NoLegalBasis)
    assert outcome.fields == ("authority",)


def test_the_last_retention_class_holds():
    past = given(*CASE).when(classed(), by=ARCHIVIST).then_recorded()
    assert past.case.archive.retention_class == "bevares"
    past = past.when(classed("kasseres", "Vedtak 7"), by=ARCHIVIST).then_recorded()
    archive = past.case.archive
    assert (archive.retention_class, archive.authority) == ("kasseres", "Vedtak 7")


@pytest.mark.parametrize(
    ("name", "kept"), [("bevares", True), ("egen kode", True), ("kasseres", False)]
)
def test_a_class_that_does_not_say_that_the_case_may_go_keeps_it(name, kept):
    past = given(*CASE).and_(classed(name), by=ARCHIVIST)
    assert past.case.archive.must_be_kept is kept
