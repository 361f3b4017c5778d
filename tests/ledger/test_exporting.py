"""The evidence bundle: what its reader may see, proved to someone without our code."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from audit.build_pyz import build_pyz
from audit.report import Standing
from audit.verify import verify_bundle
from ledger.entry import Actor
from ledger.events.event import Role
from ledger.events.people import GuardianRegistered
from ledger.exporting import NotPublished, export_bundle
from ledger.importing import Importer
from ledger.refusals import Refused
from tests.tenants import OpenTenant

SAMPLES = Path(__file__).parents[2] / "api" / "samples"
COORDINATOR = Actor("t-koord", Role.KOORDINERENDE_ENHET)
MOTHER = Actor("c-mor", Role.GUARDIAN)
HEAD_TEACHER = Actor("d-rektor", Role.LEADER, "skole", "Fjordvik skole")


@pytest.fixture
def published(opened: OpenTenant) -> OpenTenant:
    importer = Importer(opened.opened().ledger, on_file_clock=True)
    for path in sorted(SAMPLES.glob("*.jsonl")):
        importer.run(path.read_bytes().splitlines())
    opened.publisher().publish()
    return opened


def bundle_of(opened: OpenTenant, label: str, by: Actor = COORDINATOR) -> bytes:
    tenant = opened.opened()
    case = tenant.ledger.index.case_id(label)
    return export_bundle(
        tenant, case, log=opened.log, by=by, purpose="tilsyn", verifier=b"PK"
    )


@pytest.mark.parametrize("label", ["a", "c", "d"])
def test_a_bundle_verifies_against_the_policy(
    published: OpenTenant, label: str
) -> None:
    report = verify_bundle(
        bundle_of(published, label),
        published.opened().policy(),
        allow_unwitnessed=True,
    )
    assert report.ok, report.as_text()


def test_a_bundle_of_another_tenant_does_not_verify(
    published: OpenTenant, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.tenants import open_tenant

    folder = tmp_path_factory.mktemp("other")
    with open_tenant(published.schemas.databases, folder) as other:
        policy = other.opened().policy()
    report = verify_bundle(bundle_of(published, "a"), policy, allow_unwitnessed=True)
    assert not report.ok


def test_the_bundle_verifies_in_a_process_that_has_none_of_our_code(
    published: OpenTenant, tmp_path: Path
) -> None:
    (tmp_path / "audit.pyz").write_bytes(build_pyz())
    (tmp_path / "policy").write_text(published.opened().policy())
    (tmp_path / "bundle.zip").write_bytes(bundle_of(published, "c"))
    command = [sys.executable, "-I", "audit.pyz", "verify", "bundle.zip"]
    command += ["--policy", "policy", "--allow-unwitnessed"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PROVED" in done.stdout


def test_making_a_bundle_is_a_reading_on_record(published: OpenTenant) -> None:
    bundle_of(published, "a")
    ledger = published.opened().ledger
    loaded = ledger.load(ledger.index.case_id("a"))
    newest = ledger.access_log(loaded.streams)[-1].event
    assert (newest.view, newest.purpose) == ("bundle", "tilsyn")


def test_a_case_one_may_not_see_cannot_be_exported(published: OpenTenant) -> None:
    stranger = Actor("x", Role.EMPLOYEE, "ppt")
    with pytest.raises(Refused) as refused:
        bundle_of(published, "a", by=stranger)
    assert refused.value.code == "NO_CASE"


def test_what_is_under_a_shield_is_not_in_the_bundle_of_an_outsider(
    opened: OpenTenant,
) -> None:
    (path,) = SAMPLES.glob("d-*.jsonl")
    before_lifting = path.read_bytes().splitlines()[:19]
    Importer(opened.opened().ledger, on_file_clock=True).run(before_lifting)
    opened.publisher().publish()
    for reader, streams in ((COORDINATOR, 1), (HEAD_TEACHER, 2)):
        with zipfile.ZipFile(io.BytesIO(bundle_of(opened, "d", reader))) as bundle:
            manifest = bundle.read("manifest.json")
        assert manifest.count(b'"stafettlogg.case.v1"') == 1
        assert manifest.count(b'"stafettlogg.shielded.v1"') == streams - 1
        assert (b"d-sk1" in manifest) is (streams == 2)


def test_nothing_unpublished_leaves_the_building(opened: OpenTenant) -> None:
    (path,) = SAMPLES.glob("a-*.jsonl")
    Importer(opened.opened().ledger, on_file_clock=True).run(
        path.read_bytes().splitlines()
    )
    with pytest.raises(NotPublished):
        bundle_of(opened, "a")


def test_a_bundle_holds_what_was_published_when_it_was_made(
    published: OpenTenant,
) -> None:
    """The reading of this very export is not in the log yet, and not in the bundle."""
    first = bundle_of(published, "a")
    published.publisher().publish()
    second = bundle_of(published, "a")

    def access_entries(bundle: bytes) -> int:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            return sum(
                b"access-recorded" in archive.read(n) for n in archive.namelist()
            )

    assert (access_entries(first), access_entries(second)) == (0, 1)


# --- a family's bundle ----------------------------------------------------------------

NUMBERS = {"c-mor": b"14888011111", "c-far": b"15888022222"}


@pytest.fixture
def numbered(published: OpenTenant) -> OpenTenant:
    """Case c with the numbers of both guardians, and what was read and denied."""
    ledger = published.opened().ledger
    case = ledger.index.case_id("c")
    leader = Actor("c-uled", Role.LEADER, "skole", "Havnes ungdomsskole")
    for ref, number in NUMBERS.items():
        registered = GuardianRegistered(
            guardian_ref=ref,
            name=f"Testforelder {ref} Charlie",
            national_id=number.decode(),
            authority="foreldreansvar",
            source="skole",
        )
        ledger.record(case, registered, by=leader, occurred_at=None, key=ref)
    ledger.read(case, by=COORDINATOR, view="state", purpose="follow_up")
    with pytest.raises(Refused):
        ledger.read(
            case, by=Actor("x", Role.EMPLOYEE, "ppt"), view="state", purpose="follow_up"
        )
    published.publisher().publish()
    return published


def contents(bundle: bytes) -> bytes:
    """Everything that the bundle discloses."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        names = [n for n in archive.namelist() if n.startswith("preimages/")]
        return b"".join(archive.read(name) for name in names)


@pytest.mark.parametrize("role", [Role.GUARDIAN, Role.YOUTH])
def test_a_family_is_proved_who_read_but_not_told(
    numbered: OpenTenant, role: Role
) -> None:
    family = MOTHER if role is Role.GUARDIAN else Actor("c-barn", Role.YOUTH)
    disclosed = contents(bundle_of(numbered, "c", family))
    for word in (b"follow_up", b"NO_CASE", b'"reader"', COORDINATOR.ref.encode()):
        assert word not in disclosed
    whole = contents(bundle_of(numbered, "c"))
    assert b"follow_up" in whole
    assert b"NO_CASE" in whole


def test_the_number_of_the_other_guardian_is_not_in_a_guardians_bundle(
    numbered: OpenTenant,
) -> None:
    disclosed = contents(bundle_of(numbered, "c", MOTHER))
    assert NUMBERS["c-mor"] in disclosed
    assert NUMBERS["c-far"] not in disclosed
    assert all(n in contents(bundle_of(numbered, "c")) for n in NUMBERS.values())


def test_what_a_family_is_not_told_is_proved_and_counted_as_not_disclosed(
    numbered: OpenTenant,
) -> None:
    policy = numbered.opened().policy()
    reports = [
        verify_bundle(bundle_of(numbered, "c", by), policy, allow_unwitnessed=True)
        for by in (COORDINATOR, MOTHER)
    ]
    assert all(report.ok for report in reports)
    whole, family = (report.counts for report in reports)
    assert family.total() == whole.total()
    # the other guardian's number, one reading and one denied reading
    assert (whole[Standing.SEALED], family[Standing.SEALED]) == (0, 3)


def test_a_guardian_reads_the_entries_without_the_number_of_the_other(
    numbered: OpenTenant,
) -> None:
    ledger = numbered.opened().ledger
    case = ledger.index.case_id("c")
    seen = ledger.read(case, by=MOTHER, view="entries", purpose="own_case").entries
    numbers = {
        entry.event.guardian_ref: entry.event.national_id
        for entry in seen
        if isinstance(entry.event, GuardianRegistered)
    }
    assert numbers == {"c-mor": NUMBERS["c-mor"].decode(), "c-far": None}
