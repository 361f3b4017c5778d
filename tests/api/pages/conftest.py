"""Browsers without script: they follow no redirect by themselves and keep no cookie."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from api.sign_in import COOKIE
from tests.api.http.conftest import address, as_, case_of, followed, home, service

__all__ = ["address", "as_", "browse", "case_of", "followed", "home", "service"]

Browse = Callable[..., httpx.Client]
"""A browser of a sample person, or of nobody."""


@pytest.fixture
def browse(address: str) -> Iterator[Browse]:
    """Browsers by sample person."""
    browsers: list[httpx.Client] = []

    def make(person: str | None = None, language: str = "nb") -> httpx.Client:
        headers = {"Accept": "text/html", "Accept-Language": language}
        if person is not None:
            headers["Cookie"] = f"{COOKIE}={person}"
        browsers.append(httpx.Client(base_url=address, headers=headers))
        return browsers[-1]

    yield make
    for browser in browsers:
        browser.close()
