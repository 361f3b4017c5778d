"""Pictures of the sample histories, and the names that their entries give."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from api.pages.picture import Picture, picture_of
from api.views import Named
from ledger.profiles import profile_named
from tests.ledger.projections.conftest import SAMPLES, recorded, sample

__all__ = ["recorded", "sample"]  # fixtures

PROFILES = {"a": "fjordvik", "c": "havnes", "d": "skogdal"}


@pytest.fixture(scope="session")
def names() -> dict[str, Named]:
    """Everyone in the sample histories."""
    found: dict[str, Named] = {}
    for path in SAMPLES.glob("*.jsonl"):
        for line in map(json.loads, path.read_text("utf-8").splitlines()):
            by, data = line["by"], line["data"]
            if "name" in by:
                found[by["person"]] = Named(by["name"], by["title"])
            if "name" in data:
                found[data.get("subject_ref") or data["guardian_ref"]] = Named(
                    data["name"]
                )
    return found


@pytest.fixture(scope="session")
def pictured(sample: Any, names: dict[str, Named]) -> Callable[..., Picture]:
    """The picture of a sample history as seen on a day."""

    def picture(letter: str, at: date, today: date | None = None) -> Picture:
        return picture_of(
            sample(letter),
            at=at,
            today=today or at,
            names=names,
            rules=profile_named(PROFILES[letter]),
        )

    return picture
