"""The files under `deploy` name what exists, and are what their tools accept."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

PROJECT = Path(__file__).parents[2]
CONTAINERFILE = (PROJECT / "deploy/Containerfile").read_text(encoding="utf-8")
UNIT = PROJECT / "deploy/systemd/stafettlogg.service"

KNOWN = {
    *("FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE"),
    *("STOPSIGNAL", "ENTRYPOINT", "CMD"),
}


def instructions() -> list[tuple[str, str]]:
    """The file's instructions, lines that go on joined."""
    whole = re.sub(r"\\\n\s*", "", CONTAINERFILE)
    lines = [line for line in whole.splitlines() if line and line[0] != "#"]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def test_the_containerfile_is_made_of_known_instructions():
    found = instructions()
    assert found[0][0] == "FROM"
    assert {name for name, _ in found} <= KNOWN


def test_every_file_it_copies_from_here_exists():
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY"]
    named = [path for paths in copied if "--from" not in paths[0] for path in paths]
    assert named
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_every_stage_it_copies_from_exists():
    stages = re.findall(r"^FROM \S+ AS (\w+)$", CONTAINERFILE, re.MULTILINE)
    assert set(re.findall(r"--from=(\w+)", CONTAINERFILE)) == set(stages)


def test_it_makes_a_target_of_the_makefile():
    (target,) = re.findall(r"^RUN make (\S+)$", CONTAINERFILE, re.MULTILINE)
    listed = subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert "npm ci" in listed.stdout, listed.stderr


def test_the_container_does_not_run_as_root():
    users = [rest for name, rest in instructions() if name == "USER"]
    assert users[-1].isdecimal()
    assert int(users[-1]) > 0


def commands() -> list[list[str]]:
    (started,) = re.findall(r"^ExecStart=\S+ (.*)$", UNIT.read_text(), re.MULTILINE)
    (typed,) = [rest for name, rest in instructions() if name == "CMD"]
    return [started.split(), json.loads(typed)]


@pytest.mark.parametrize("typed", commands())
def test_what_is_started_is_a_command_with_options_it_knows(typed):
    assert CliRunner().invoke(app, [*typed, "--help"]).exit_code == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_accepts_the_unit_and_finds_it_little_exposed(tmp_path):
    unit = tmp_path / UNIT.name
    unit.write_text(
        UNIT.read_text().replace("/opt/stafettlogg/bin/stafettlogg", "/bin/true")
    )
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout[-200:]
