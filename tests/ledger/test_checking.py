"""The check that only the keeper of the keys can make of a whole tenant."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from audit.report import Report
from ledger.checking import check_log
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.importing import Importer
from ledger.refusals import Refused
from tests.ledger.test_application import Story, concern, opening
from tests.tenants import OpenTenant

SAMPLES = Path(__file__).parents[2] / "api" / "samples"


@pytest.fixture
def full(opened: OpenTenant) -> OpenTenant:
    """A tenant with imports, requests, readings and refusals, published."""
    ledger = opened.opened().ledger
    importer = Importer(ledger, on_file_clock=True)
    for path in sorted(SAMPLES.glob("*.jsonl")):
        importer.run(path.read_bytes().splitlines())
    story = Story(ledger)
    story.record(opening("19882198765"))
    story.record(concern(), key="once")
    with pytest.raises(Refused):
        story.record(opening("19882198765"))
    reader = Actor("t-koord", Role.KOORDINERENDE_ENHET)
    ledger.read(story.case, by=reader, view="state", purpose="p")
    opened.publisher().publish()
    return opened


def report_of(opened: OpenTenant) -> Report:
    tenant = opened.opened()
    pool = opened.pool(opened.schemas.ledger())
    return check_log(
        tenant,
        pool,
        log=opened.log,
        policy=tenant.policy(),
        allow_unwitnessed=True,
    )


def tamper(opened: OpenTenant, statement: str) -> None:
    with psycopg.connect(
        opened.schemas.databases.ledger, autocommit=True
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"SET search_path TO {opened.schemas.schema}")
        connection.execute(statement)


def test_a_tenant_nobody_touched_is_found_whole(full: OpenTenant) -> None:
    report = report_of(full)
    assert report.ok, report.as_text()


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE head SET position = position + 1", "HEAD_POSITION"),
        ("UPDATE head SET erasures = erasures + 1", "HEAD_COUNTER"),
        ("UPDATE head SET grants = grants + 1", "HEAD_COUNTER"),
        (
            "UPDATE keyed_index SET sealed = set_byte(sealed, 40, 1 -"
            " sign(get_byte(sealed, 40))::int)",
            "INDEX_DAMAGED INDEX_ABSENT",  # what it led to is not led to any more
        ),
        ("DELETE FROM keyed_index", "INDEX_ABSENT"),
        ("INSERT INTO keyed_index VALUES ('x', 'y')", "INDEX_UNKNOWN"),
        ("UPDATE request SET key = '\\x00' || key", "REQUEST_DAMAGED"),
        (
            "UPDATE request SET content = '\\x00' || content"
            " WHERE kept_until IS NOT NULL",
            "REQUEST_DAMAGED",
        ),
        (
            "UPDATE request SET first = first + 1, last = last + 1"
            " WHERE kept_until IS NOT NULL",
            "REQUEST_DAMAGED",
        ),
        ("UPDATE request SET first = 99999, last = 99999", "REQUEST_DAMAGED"),
        ("UPDATE request SET last = last + 1", "REQUEST_DAMAGED"),
    ],
)
def test_what_stands_beside_the_entries_must_agree_with_them(
    full: OpenTenant, statement: str, codes: str
) -> None:
    tamper(full, statement)
    assert set(report_of(full).failed_by_code) == set(codes.split())


def test_progress_is_told_in_entries(full: OpenTenant) -> None:
    told: list[tuple[int, int]] = []
    tenant = full.opened()
    Importer(tenant.ledger, on_file_clock=True)
    check_log(
        tenant,
        full.pool(full.schemas.ledger()),
        log=full.log,
        policy=tenant.policy(),
        allow_unwitnessed=True,
        progress=lambda done, of: told.append((done, of)),
    )
    assert all(done <= of for done, of in told)
