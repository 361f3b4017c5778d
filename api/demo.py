"""The whole way of a case, from its history file to a proof that a stranger can check.

Imports the sample histories, shows what they add up to, signs the log, exports a bundle
of each case, verifies it with the supervisor's program, changes one byte of a copy and
shows that this is refused, and checks the whole ledger. May be run again.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api import views
from api.commands.case import export_to, import_showing, imported_text
from api.complaints import CommandFailed
from api.founding import found, wanted
from api.installation import Installation, OpenTenant
from api.printing import heading, indented, progress, table
from api.sign_in import DEMO_TENANT
from audit.archive import write_archive
from audit.report import Report
from audit.verify import verify_bundle
from ledger.aggregates.guard import local_day
from ledger.application import utc_now
from ledger.checking import check_log
from ledger.database.roles import DatabaseRole
from ledger.entry import Actor
from ledger.importing import ImportedCase

SAMPLES = Path(__file__).parent / "samples"
Tell = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What came of it; `ok` when everything held and the forgery did not."""

    home: Path
    bundles: list[Path] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    ok: bool = True


def run(installation: Installation, *, by: Actor, tell: Tell) -> Outcome:
    """Do all of it, telling each step as it is done."""
    outcome = Outcome(installation.home.path)
    tenant = _tenant(installation, tell)
    publisher = installation.publisher(tenant)
    imported = _import(tenant, outcome, tell)
    _show(tenant, imported, by, tell)
    checkpoint = publisher.publish()
    tell(heading("\nLog"))
    tell(f"  {checkpoint.size} entries of {checkpoint.origin} are signed")
    _bundles(tenant, imported, by, outcome, tell)
    _forgery(tenant, outcome, tell)
    publisher.publish()  # the readings above are on record too
    _whole(installation, tenant, outcome, tell)
    return outcome


def _tenant(installation: Installation, tell: Tell) -> OpenTenant:
    folder = installation.home.tenant(DEMO_TENANT)
    if not folder.is_complete:
        found(installation, wanted(DEMO_TENANT, demo=True))
    tenant = installation.tenant(DEMO_TENANT)
    if not tenant.is_demo:
        said = (
            f"tenant {DEMO_TENANT} is a real one;"
            " set STAFETTLOGG_HOME to another folder."
        )
        raise CommandFailed("NOT_A_DEMO", said)
    kind = "configured" if installation.databases.server is None else "embedded"
    tell(f"PostgreSQL: {kind}. Everything is kept in {installation.home.path}")
    tell(f"Tenant: {DEMO_TENANT}, a demo; its log is {tenant.keyring.origin}")
    return tenant


def _import(tenant: OpenTenant, outcome: Outcome, tell: Tell) -> list[ImportedCase]:
    imported: list[ImportedCase] = []
    for file in sorted(SAMPLES.glob("*.jsonl")):
        imported += import_showing(tenant, file.read_bytes())
    tell(heading("\nHistories imported; everybody in them is invented"))
    tell(indented(imported_text(imported)))
    outcome.said["cases"] = {
        case.label: {
            "case": str(case.case),
            "recorded": case.recorded,
            "refused": case.refused,
            "skipped": case.skipped,
        }
        for case in imported
    }
    return imported


def _show(
    tenant: OpenTenant, imported: list[ImportedCase], by: Actor, tell: Tell
) -> None:
    today = local_day(utc_now())
    for case in imported:
        reading = tenant.parts.ledger.read(
            case.case, by=by, view="state", purpose="demo"
        )
        tell(heading(f"\nCase {case.label}, {len(reading.entries)} entries"))
        tell(indented(views.state_text(views.state(reading, today))))
        tell(indented(views.handovers_text(views.handovers(reading, today))))


def _bundles(
    tenant: OpenTenant,
    imported: list[ImportedCase],
    by: Actor,
    outcome: Outcome,
    tell: Tell,
) -> None:
    folder = outcome.home / "bundles"
    folder.mkdir(mode=0o700, exist_ok=True)
    tell(heading("\nEvidence bundles, each checked by the supervisor's program"))
    tell(f"  in {folder}")
    rows = []
    for case in imported:
        path = folder / f"{case.label}.zip"
        export_to(tenant, case.case, path, by=by, purpose="demo")
        report = _verified(tenant, path.read_bytes())
        outcome.ok &= report.ok
        outcome.bundles.append(path)
        outcome.said["cases"][case.label] |= {"bundle": str(path), "code": report.code}
        rows.append((path.name, report.code, f"{report.counts.total()} entries"))
    tell(indented(table(rows)))


def _verified(tenant: OpenTenant, bundle: bytes) -> Report:
    policy = tenant.folder.policy.read_text(encoding="utf-8")
    return verify_bundle(bundle, policy, allow_unwitnessed=True)


def _forgery(tenant: OpenTenant, outcome: Outcome, tell: Tell) -> None:
    genuine = outcome.bundles[-1]
    forged = genuine.with_name(f"{genuine.stem}-changed.zip")
    forged.write_bytes(with_one_byte_changed(genuine.read_bytes()))
    report = _verified(tenant, forged.read_bytes())
    outcome.ok &= not report.ok
    outcome.said["forgery"] = {"bundle": str(forged), "code": report.code}
    tell(f"  {forged.name}  one byte of one signed entry is changed:")
    tell(indented("\n".join([report.verdict, *map(str, report.failures)]), by="    "))


def with_one_byte_changed(bundle: bytes) -> bytes:
    """A copy of a bundle in which one bit of one signed entry differs; a sound zip."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    signed = sorted(name for name in files if name.endswith(".cose"))
    chosen = max(signed, key=lambda name: name.startswith("events/"))
    envelope = bytearray(files[chosen])
    envelope[-1] ^= 1
    files[chosen] = bytes(envelope)
    return write_archive(files)


def _whole(
    installation: Installation, tenant: OpenTenant, outcome: Outcome, tell: Tell
) -> None:
    pool = installation.pool(installation.ledger_conninfo(DatabaseRole.WRITER))
    policy = tenant.folder.policy.read_text(encoding="utf-8")
    with progress("checking") as steps:
        report = check_log(
            tenant.parts,
            pool,
            log=tenant.folder.log,
            policy=policy,
            allow_unwitnessed=True,
            progress=steps,
        )
    outcome.ok &= report.ok
    outcome.said["fsck"] = {"code": report.code, "counts": report.as_json()["counts"]}
    tell(heading("\nThe whole ledger, derived anew from its entries"))
    tell(f"  {report.verdict}")
    for failure in report.failures:
        tell(f"  {failure}")
