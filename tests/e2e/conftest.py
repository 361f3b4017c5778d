"""Programs as a person starts them: in a process of their own, in a fresh home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import temporary_folder

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
