"""What one web process holds: the tenants it serves, open for as long as it runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from api.installation import Installation, OpenTenant


class Service:
    """The tenants of an installation, opened together."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        folders = installation.home.complete_tenants()
        opened = {f.name: installation.tenant(f.name) for f in folders}
        self.tenants: Mapping[str, OpenTenant] = MappingProxyType(opened)
        self.in_flight: set[tuple[str, str, str]] = set()  # tenant, person, request key
