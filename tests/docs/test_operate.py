"""`docs/operate.md` is an operator's day, year and disaster: all of it is run here."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from ledger.database.embedded import EmbeddedPostgres
from tests.api.consoles import PASSPHRASE, Console, console, sample

DOCUMENT = Path(__file__).parents[2] / "docs" / "operate.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
BOXES = re.findall(r"^```sh (\w+)\n(.*?)^```$", TEXT, re.M | re.S)
FAILS = "# exit status 1"


class Operator:
    """Does what the document says, with folders of the test's own."""

    def __init__(self, here: Console, folder: Path) -> None:
        self.here = here
        self.folder = folder
        for name in ("backup", "safe", "supervisor"):
            (folder / name).mkdir()

    def follow(self, box: str) -> None:
        """Type a box line by line; each ends as the document says."""
        for line in box.splitlines():
            command, _, comment = line.partition("#")
            exits = 1 if FAILS in f"#{comment}" else 0
            self._type(command.replace("/srv/", f"{self.folder}/"), exits)

    def _type(self, command: str, exits: int) -> None:
        words = shlex.split(command)
        here = self.here
        if words[0].startswith("STAFETTLOGG_HOME="):
            home = Path(words.pop(0).partition("=")[2])
            here = Console(home, here.settings)
        if words[0] == "stafettlogg":
            here.run(*words[1:], exits=exits)
            return
        assert words[0] == "python3"
        homed = {"STAFETTLOGG_HOME": str(here.home), "PATH": "/usr/bin:/bin"}
        subprocess.run(["/bin/sh", "-c", command], env=homed, check=True)

    # -- what happens between the boxes ------------------------------------------------

    def after_start(self) -> None:
        """People work, and the root is carried into the safe."""
        root = self.here.home / "tenants/nes/root.json"
        root.rename(self.folder / "safe/root.json")
        self.here.run("import", sample("c"), "--tenant", "nes")

    def before_rules(self) -> None:
        """The municipality has written rules of its own."""
        shipped = DOCUMENT.parents[1] / "ledger/profiles/fjordvik.toml"
        text = shipped.read_text(encoding="utf-8")
        own = text.replace('id = "fjordvik"', 'id = "nes"', 1)
        (self.folder / "rules.toml").write_text(own, encoding="utf-8")

    def before_lost(self) -> None:
        """A day later more is signed, a supervisor looks, and the disk dies."""
        self.here.run("import", sample("a"), "--tenant", "nes")
        self.here.run("publish", "--once", "--tenant", "nes")
        checkpoint = self.here.home / "log/nes/checkpoint"
        shutil.copy(checkpoint, self.folder / "supervisor/checkpoint")
        with EmbeddedPostgres(self.here.home) as server:
            for conninfo in (server.conninfo(), server.key_conninfo):
                with psycopg.connect(conninfo, autocommit=True) as connection:
                    connection.execute("DROP SCHEMA t_nes CASCADE")

    def before_state(self) -> None:
        """The file of what was signed last is gone, and publishing stops."""
        (self.here.home / "publisher/nes.json").unlink()
        typed = ("publish", "--once", "--tenant", "nes")
        assert self.here.code(*typed) == "STATE_LOST"


def test_every_command_of_the_document_does_what_the_document_says(short_folder):
    with console() as fresh:
        operator = Operator(fresh.with_settings(PASSPHRASE=PASSPHRASE), short_folder)
        for name, box in BOXES:
            getattr(operator, f"before_{name}", lambda: None)()
            operator.follow(box)
            getattr(operator, f"after_{name}", lambda: None)()


def test_no_command_of_the_document_stands_outside_a_box_that_is_run():
    assert len(BOXES) == TEXT.count("\n```") // 2
    named = {name for name, _ in BOXES}
    hooks = [name for name in vars(Operator) if name.startswith(("before_", "after_"))]
    assert {name.partition("_")[2] for name in hooks} <= named


@pytest.mark.parametrize(
    "code", sorted(set(re.findall(r"`([A-Z]{3,}(?:_[A-Z]+)+|KEYRING)`", TEXT)))
)
def test_every_code_the_document_explains_is_one_the_program_gives(code):
    if code.startswith("STAFETTLOGG_"):
        code = code.removeprefix("STAFETTLOGG_").lower()
    sources = [
        path.read_text(encoding="utf-8")
        for name in ("api", "ledger", "audit")
        for path in (DOCUMENT.parents[1] / name).rglob("*.py")
    ]
    assert any(re.search(rf'["\s]{code}\b', source) for source in sources)
