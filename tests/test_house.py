"""What holds for the project's files as such, whatever stands in them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from ledger.database.migrate import KEY_MIGRATIONS, MIGRATIONS, read_migrations

PROJECT = Path(__file__).parents[1]
MADE_HERE = {".git", ".venv", ".stafettlogg", "__pycache__", "dist"}

# Written so that this file does not hold what it looks for.
REGISTRY_HOSTS = re.compile(
    r"\b(?:py[p]i\.org|python[h]osted\.org|registry\.n[p]mjs\.org|d[e]b\.debian\.org)\b"
)
PRIVATE_KEY = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|PRIVATE\+KEY\+")
DRAWER = re.compile(r"(?:utils?|helpers?|common|core|misc|managers?)(?:\..*)?")
NATIONAL_NUMBER = re.compile(r"\b([0-9]{2})([0-9]{2})[0-9]{7}\b")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project; those that git would ignore are not part of it."""
    if (PROJECT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        found = [PROJECT / name for name in listed.split("\0") if name]
    else:
        found = [path for path in PROJECT.rglob("*") if not MADE_HERE & set(path.parts)]
    return tuple(path for path in sorted(found) if path.is_file())


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def mentions(pattern: re.Pattern[str]) -> list[str]:
    """Where the files hold a pattern, as `path: match`."""
    return [
        f"{path.relative_to(PROJECT)}: {match[0]}"
        for path in files()
        for match in pattern.finditer(text_of(path))
    ]


def has_a_real_month(number: re.Match[str]) -> bool:
    """Whether a number begins as those of people do: D-numbers add 40 to the day."""
    day, month = int(number[1]), int(number[2])
    return (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12


def could_be_given_out(number: re.Match[str]) -> bool:
    """Whether it also has the last check digit right, the one that stays after 2032."""
    weighted = zip(map(int, number[0]), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)
    total = sum(digit * weight for digit, weight in weighted)
    return has_a_real_month(number) and total % 11 == 0


def makefile_targets() -> list[str]:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    return re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in requirements}


def test_no_file_names_a_package_registry():
    assert mentions(REGISTRY_HOSTS) == []


def test_no_file_holds_a_private_key():
    assert mentions(PRIVATE_KEY) == []


def test_no_file_or_folder_has_a_name_that_attracts_everything():
    parts = {part for path in files() for part in path.relative_to(PROJECT).parts}
    assert {part for part in parts if DRAWER.fullmatch(part)} == set()


def test_every_example_person_has_a_number_of_an_invented_one():
    found = [
        f"{path.relative_to(PROJECT)}: {number[0]}"
        for path in files()
        for number in NATIONAL_NUMBER.finditer(text_of(path))
        # Code may hold what the check of numbers is tried with.
        if (could_be_given_out if path.suffix == ".py" else has_a_real_month)(number)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("day", "month", "is_real"),
    [("01", "01", True), ("71", "12", True), ("01", "81", False), ("31", "92", False)],
)
def test_invented_people_are_told_by_their_month(day, month, is_real):
    started = f"{day}{month}0000"
    numbers = [NATIONAL_NUMBER.search(f"fnr {started}{n:03}.") for n in range(1000)]
    assert {has_a_real_month(number) for number in numbers} == {is_real}
    assert any(could_be_given_out(number) for number in numbers) == is_real


@pytest.mark.parametrize("directory", [MIGRATIONS, KEY_MIGRATIONS])
def test_migrations_are_numbered_from_1_without_a_gap(directory):
    assert read_migrations(directory)[0].number == 1


@pytest.mark.parametrize("target", makefile_targets())
def test_every_target_is_listed_by_help_and_in_the_readme(target):
    listed = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, check=True, text=True
    ).stdout
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^make {target} ", listed, re.MULTILINE)
    assert f"`make {target}" in readme


def test_the_lock_holds_everything_the_project_asks_for_by_hash_alone():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = names(project["project"]["dependencies"]).union(
        *map(names, project["project"]["optional-dependencies"].values())
    )
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^([a-z0-9-]+)==\S+ (?:; .*)?\\\n +--hash=", lock, re.M)
    assert asked <= set(locked)
    assert len(locked) == len(re.findall(r"^[a-z]", lock, re.M))
    assert "://" not in lock


def test_every_decision_is_numbered_and_says_what_it_was_measured_against():
    records = sorted((PROJECT / "ledger" / "decisions").glob("*.md"))
    numbers = [int(record.name[:4]) for record in records]
    assert numbers == list(range(1, len(numbers) + 1)) != []
    for record in records:
        headings = re.findall(r"^## (.*)$", record.read_text(encoding="utf-8"), re.M)
        expected = ["Context", "Decision", "Measured against", "Consequences"]
        assert headings == expected, record.name


def test_a_released_version_has_its_place_in_the_changelog():
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    version = project["project"]["version"]
    assert re.search(r"^## \[Unreleased\]", changelog, re.MULTILINE)
    assert version in released or version.endswith(".dev0")
