"""Somebody at a terminal: a home of their own, and one command after the other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from api.cli import app
from api.settings import PREFIX
from ledger.database.embedded import EmbeddedPostgres
from tests.clusters import temporary_folder

SAMPLES = Path(__file__).parents[2] / "api" / "samples"
PASSPHRASE = "en passordfrase bare for tester"


@dataclass
class Console:
    """Types commands in a home, in this process; nothing of ours is set but this."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str | None]:
        """The settings, and `None` for those that the tests were started with."""
        ours = dict.fromkeys((n for n in os.environ if n.startswith(PREFIX)), None)
        return {**ours, f"{PREFIX}HOME": str(self.home), **self.settings}

    def with_settings(self, **settings: str) -> Console:
        """The same home with other settings, named without their prefix."""
        named = {f"{PREFIX}{name}": value for name, value in settings.items()}
        return Console(self.home, named)

    def run(self, *typed: str, exits: int = 0, given: bytes | str = "") -> Result:
        """Type a command, and see that it ends as expected."""
        result = CliRunner().invoke(
            app, list(typed), env=self.environment(), input=given
        )
        said = f"{result.exit_code}\n{result.stdout}\n{result.stderr}"
        assert result.exit_code == exits, said
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def told(self, *typed: str, exits: int = 0, given: bytes | str = "") -> Any:
        """Type a command with --json and read its answer."""
        result = self.run(*typed, "--json", exits=exits, given=given)
        return json.loads(result.stdout)

    def code(self, *typed: str, given: bytes | str = "") -> str:
        """The code with which a command is refused or fails."""
        error: Mapping[str, Any] = self.told(*typed, exits=1, given=given)["error"]
        return str(error["code"])


@contextmanager
def console() -> Iterator[Console]:
    """A console in a fresh home; its server runs on between commands."""
    with temporary_folder() as home, EmbeddedPostgres(home):
        yield Console(home)


def sample(name: str) -> str:
    """The path of a sample history, by the letter it begins with."""
    (path,) = SAMPLES.glob(f"{name}-*.jsonl")
    return str(path)
