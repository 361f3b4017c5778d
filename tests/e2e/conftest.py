"""Programs as a person starts them, and pages as a person meets them in a browser.

Programs run in processes of their own, in a fresh home. The browser is Debian's
Chromium; where it is missing, or what looks for barriers, the tests say so and skip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from api.pages.visitor import LANGUAGE_COOKIE
from api.sign_in import COOKIE
from tests.api.http.conftest import address, case_of, home, service
from tests.clusters import temporary_folder

__all__ = ["address", "case_of", "home", "service"]

PROJECT = Path(__file__).parents[2]
PATIENCE = 120  # seconds until something must have hung


@dataclass(frozen=True)
class Terminal:
    """Starts our programs in the project's folder."""

    home: Path

    def _how(self) -> dict[str, Any]:
        ours = {n: v for n, v in os.environ.items() if not n.startswith("STAFETTLOGG")}
        return {
            "cwd": PROJECT,
            "env": {**ours, "STAFETTLOGG_HOME": str(self.home)},
            "text": True,
        }

    def python(self, *typed: str) -> subprocess.CompletedProcess[str]:
        """Run Python to its end."""
        return subprocess.run(
            [sys.executable, *typed],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            **self._how(),
        )

    def run(self, *typed: str) -> subprocess.CompletedProcess[str]:
        """Run one of our commands to its end."""
        return self.python("-m", "api.cli", *typed)

    def start(self, *typed: str) -> subprocess.Popen[str]:
        """Start one of our commands and leave it running."""
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli", *typed],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **self._how(),
        )


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    """A terminal in a home where nothing was made yet."""
    with temporary_folder() as home:
        yield Terminal(home)


# --- the browser ----------------------------------------------------------------------

CHROMIUM = Path("/usr/bin/chromium")
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
STYLES = PROJECT / "api" / "pages" / "static" / "vendor" / "ready"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LISTEN = """
window.reported = [];
document.addEventListener(
  "securitypolicyviolation", (each) => window.reported.push(each.violatedDirective)
);
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed")
    if not STYLES.exists():
        pytest.skip("the pages' style sheets were not fetched with npm")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=list(ARGUMENTS)
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """What looks for barriers in a page."""
    if not AXE.exists():
        pytest.skip("axe-core was not fetched with npm")
    return AXE.read_text(encoding="utf-8")


@dataclass
class Window:
    """One browser window: whose it is, and all that its console has said."""

    page: Page
    said: list[str]
    address: str

    def visit(self, path: str) -> int:
        """Open an address of ours; answers the status."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    def speak(self, language: str) -> None:
        """Choose a language, as its link at the foot of a page does."""
        chosen: Any = {"name": LANGUAGE_COOKIE, "value": language, "url": self.address}
        self.page.context.add_cookies([chosen])

    @property
    def reports(self) -> list[str]:
        """What the page tried against its content security policy."""
        refused: list[str] = self.page.evaluate("window.reported")
        return [*refused, *(each for each in self.said if "Content Security" in each)]

    @property
    def overhang(self) -> int:
        """Pixels by which the page is wider than its window."""
        width: int = self.page.evaluate(
            "(page => page.scrollWidth - page.clientWidth)(document.documentElement)"
        )
        return width


@pytest.fixture
def window(chromium: Browser, address: str) -> Iterator[Any]:
    """Windows of a sample person: `window("cecilie", width=360, scheme="dark")`."""
    contexts: list[BrowserContext] = []

    def open_window(
        person: str | None,
        *,
        width: int = 1280,
        scheme: Any = "light",
        language: str = "nb",
        script: bool = True,
    ) -> Window:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=language,
            java_script_enabled=script,
        )
        contexts.append(context)
        if person is not None:
            cookie: Any = {"name": COOKIE, "value": person, "url": address}
            context.add_cookies([cookie])
        page, said = context.new_page(), list[str]()
        page.add_init_script(LISTEN)
        page.on("console", lambda message: said.append(message.text))
        return Window(page, said, address)

    yield open_window
    for context in contexts:
        context.close()
