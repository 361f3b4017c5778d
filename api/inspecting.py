"""Looks over an installation before it is relied on; makes, starts and changes little.

The embedded server is started if it was made before; nothing is migrated, no key is
asked for, and no secret is shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

from api.complaints import CommandFailed, complaint_about
from api.home import TenantFolder
from api.installation import Installation
from api.settings import PREFIX, Settings, SettingsRefused, unknown_settings
from ledger.database.start_up import cautions, refuse_unsafe_environment
from ledger.keyring import FileKeyring, KeyringError
from ledger.tenant import is_demo


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an operator should know; with `unsafe`, nothing should be started."""

    about: str
    said: str
    unsafe: bool = False


@dataclass(slots=True)
class Inspection:
    """What was seen."""

    settings: dict[str, str]
    database: dict[str, str] = field(default_factory=dict)
    tenants: list[dict[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_safe(self) -> bool:
        """Whether anything may be started."""
        return not any(finding.unsafe for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {"safe": self.is_safe, **asdict(self)}


def inspect(installation: Installation) -> Inspection:
    """Look over settings, databases and tenants; what is wrong is a finding."""
    found = Inspection(shown(installation.settings))
    found.findings += _of_settings(installation.settings)
    is_reachable = _look_at_databases(installation, found)
    for folder in installation.home.tenants():
        found.tenants.append(
            {"tenant": folder.name, "keys": _keyring(installation, folder, found)}
            | {"tables": _tables(installation, folder, found, is_reachable)}
        )
        found.findings += _of_files(folder)
    return found


def shown(settings: Settings) -> dict[str, str]:
    """Every setting by its name; a secret is only said to be set."""
    lines = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        said = "set" if isinstance(value, SecretStr) else str(value)
        lines[f"{PREFIX}{name.upper()}"] = "unset" if value is None else said
    return lines


def _of_settings(settings: Settings) -> Iterator[Finding]:
    for name in unknown_settings(os.environ):
        yield Finding(name, "is no setting; a slip?")
    try:
        settings.read_passphrase()
    except SettingsRefused as refused:
        yield Finding(f"{PREFIX}PASSPHRASE_FILE", str(refused), unsafe=True)
    if settings.passphrase is not None:
        said = "other programs of this account can read it; a file is safer"
        yield Finding(f"{PREFIX}PASSPHRASE", said)
    if settings.passphrase_file is not None and _is_open(settings.passphrase_file):
        yield Finding(f"{PREFIX}PASSPHRASE_FILE", "others may read the file")


def _is_open(file: Path) -> bool:
    return file.exists() and bool(file.stat().st_mode & 0o077)


def _look_at_databases(installation: Installation, found: Inspection) -> bool:
    """Whether both databases answer and are safe."""
    settings = installation.settings
    configured = settings.database is not None
    found.database["kind"] = "configured" if configured else "embedded"
    try:
        refuse_unsafe_environment(os.environ)
        if not configured and not (settings.home / "postgres" / "data").exists():
            found.database["version"] = "not made yet"
            return False
        databases = installation.databases
        with (
            psycopg.connect(databases.ledger, autocommit=True) as ledger,
            psycopg.connect(databases.keys, autocommit=True) as keys,
        ):
            for name, connection in (("version", ledger), ("keys' version", keys)):
                row = connection.execute("SHOW server_version").fetchone()
                found.database[name] = str(row and row[0])
            for caution in cautions(ledger, keys):
                found.findings.append(Finding(caution.setting, caution.text))
    except Exception as error:
        found.findings.append(_unsafe("database", error))
        return False
    return True


def _unsafe(about: str, error: Exception) -> Finding:
    complaint = complaint_about(error)
    return Finding(about, f"{complaint.code}: {complaint.said}", unsafe=True)


def _keyring(
    installation: Installation, folder: TenantFolder, found: Inspection
) -> str:
    if not folder.is_complete:
        said = "was not made to the end; give the same `tenant create` again"
        found.findings.append(Finding(f"tenant {folder.name}", said))
        return "incomplete"
    try:
        FileKeyring.open(folder.keyring, installation.passphrase(folder))
    except CommandFailed:
        return "not opened, no passphrase is set"
    except (KeyringError, SettingsRefused) as error:
        found.findings.append(_unsafe(f"tenant {folder.name}", error))
        return "do not open"
    return "open"


def _tables(
    installation: Installation,
    folder: TenantFolder,
    found: Inspection,
    is_reachable: bool,
) -> str:
    if not (is_reachable and folder.is_complete):
        return "not looked at"
    try:
        pending = installation.pending(folder)
    except Exception as error:
        found.findings.append(_unsafe(f"tenant {folder.name}", error))
        return "not known"
    if not pending:
        return "up to date"
    names = ", ".join(map(str, pending))
    if installation.databases.server is None:
        said = f"migrations are pending ({names}); run `stafettlogg migrate`"
        found.findings.append(Finding(f"tenant {folder.name}", said, unsafe=True))
    return f"pending: {names}"


def _of_files(folder: TenantFolder) -> Iterator[Finding]:
    is_real = folder.is_complete and not is_demo(folder.read_policy().origin)
    if is_real and folder.root.exists():
        said = f"the registry's root is still here: move it offline ({folder.root})"
        yield Finding(f"tenant {folder.name}", said)
    for file in (folder.keyring, folder.root, folder.passphrase):
        if _is_open(file):
            yield Finding(f"tenant {folder.name}", f"others may read {file}")
