"""`profile check`, `profile adopt` and `profile list`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from tests.api.consoles import Console

NAME = "regler"
SHIPPED = files("ledger.profiles").joinpath("fjordvik.toml").read_text("utf-8")
OWN = SHIPPED.replace('id = "fjordvik"', 'id = "regler"', 1)


@pytest.fixture(scope="module")
def name(fresh: Console) -> str:
    """A demo that has adopted nothing yet."""
    fresh.run("tenant", "create", NAME, "--demo")
    return NAME


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "regler.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_a_file_that_fits_is_told_by_version_and_day(fresh, file):
    said = fresh.run("profile", "check", str(file)).stdout
    assert said.strip() == "Fjordvik, version 1, holds from 2024-01-01."


def test_what_does_not_fit_is_told_by_key_and_line(fresh, file):
    line = OWN.splitlines().index("clarify_days = 14") + 1
    file.write_text(OWN.replace("clarify_days = 14", "clarify_days = -1"))
    typed = ("profile", "check", str(file))
    assert fresh.code(*typed) == "PROFILE_INVALID"
    assert f"clarify_days (line {line})" in fresh.run(*typed, exits=1).stderr


def test_rules_are_adopted_once_and_then_listed(fresh, name, file):
    typed = ("profile", "adopt", str(file), "--tenant", name, "--by", "kommunalsjef")
    assert fresh.told(*typed)["new"]
    assert not fresh.told(*typed)["new"]
    listed = fresh.told("profile", "list", "--tenant", name)["profiles"]
    assert {"fjordvik", "tromso-like", "regler"} <= {each["id"] for each in listed}
    assert fresh.told("fsck", "--tenant", name)["ok"]


def test_other_rules_are_another_version(fresh, name, file):
    adopt = ("profile", "adopt", str(file), "--tenant", name, "--by", "kommunalsjef")
    fresh.run(*adopt)
    file.write_text(OWN.replace("clarify_days = 14", "clarify_days = 21"))
    assert fresh.code(*adopt) == "PROFILE_INVALID"
    newer = file.read_text().replace('version = "1"', 'version = "2"')
    file.write_text(newer.replace("2024-01-01", "2026-12-01"))
    assert fresh.told(*adopt)["version"] == "2"
