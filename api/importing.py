"""Takes a history file into a tenant, whoever sends it."""

from __future__ import annotations

from api.installation import OpenTenant
from ledger.importing import ImportedCase, Importer, Progress


def import_into(
    tenant: OpenTenant, content: bytes, progress: Progress = lambda done, of: None
) -> list[ImportedCase]:
    """Import a file; a demo's labels are kept, so that its cases can be listed.

    Raises `ImportStopped`; `Overloaded` when others interfere.
    """
    importer = Importer(tenant.parts.ledger, on_file_clock=tenant.is_demo)
    imported = importer.run(content.splitlines(), progress)
    if tenant.is_demo:
        tenant.folder.remember_labels(case.label for case in imported)
    return imported
