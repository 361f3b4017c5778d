from __future__ import annotations

import os
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError

from api.settings import (
    Settings,
    SettingsRefused,
    default_home,
    read_settings,
    unknown_settings,
)
from ledger.database.roles import DatabaseRole

SECRET = "Hemmelig-Testord-4711"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch):
    for name in [name for name in os.environ if name.startswith("STAFETTLOGG_")]:
        monkeypatch.delenv(name)


def test_nothing_has_to_be_set():
    settings = read_settings()
    assert settings.database is None
    assert settings.read_passphrase() is None
    assert settings.home == default_home()


@pytest.mark.parametrize(
    ("environment", "home"),
    [
        ({"XDG_DATA_HOME": "/srv/data"}, Path("/srv/data/stafettlogg")),
        ({}, Path.home() / ".local/share/stafettlogg"),
        ({"XDG_DATA_HOME": ""}, Path.home() / ".local/share/stafettlogg"),
        ({"XDG_DATA_HOME": "data"}, Path.home() / ".local/share/stafettlogg"),
    ],
)
def test_data_lies_where_the_desktop_standard_puts_it(environment, home):
    assert default_home(environment) == home


def test_a_relative_folder_is_taken_from_where_the_command_was_given(
    monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STAFETTLOGG_HOME", "data")
    assert read_settings().home == tmp_path / "data"


@pytest.mark.parametrize("name", ["DATABASE", "DATABASE_ERASER", "KEY_DATABASE"])
def test_a_bad_connection_string_is_named_and_not_repeated(monkeypatch, name):
    monkeypatch.setenv(f"STAFETTLOGG_{name}", f"postgresql//{SECRET}")
    with pytest.raises(SettingsRefused) as refused:
        read_settings()
    assert f"STAFETTLOGG_{name}: " in str(refused.value)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    assert SECRET not in str(refused.value.__context__)


@pytest.mark.parametrize("name", ["HOME", "DATABASE", "PASSPHRASE", "LOG_DIRECTORY"])
def test_an_empty_setting_is_refused_for_it_is_likely_a_slip(monkeypatch, name):
    monkeypatch.setenv(f"STAFETTLOGG_{name}", "")
    with pytest.raises(SettingsRefused, match=rf"^STAFETTLOGG_{name}: is empty"):
        read_settings()


def test_a_database_needs_one_for_the_keys(monkeypatch):
    monkeypatch.setenv("STAFETTLOGG_DATABASE", "dbname=ledger")
    with pytest.raises(SettingsRefused, match=r"^STAFETTLOGG_KEY_DATABASE: "):
        read_settings()
    monkeypatch.setenv("STAFETTLOGG_KEY_DATABASE", "dbname=keys")
    assert read_settings().key_database is not None


def test_nothing_secret_is_shown(monkeypatch):
    monkeypatch.setenv("STAFETTLOGG_DATABASE", f"host=db password={SECRET}")
    monkeypatch.setenv("STAFETTLOGG_KEY_DATABASE", f"host=keys password={SECRET}")
    monkeypatch.setenv("STAFETTLOGG_PASSPHRASE", SECRET)
    settings = read_settings()
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.read_passphrase() == SECRET


def test_the_file_with_the_passphrase_goes_first(monkeypatch, tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(f"{SECRET} med mellomrom \n", encoding="utf-8")
    monkeypatch.setenv("STAFETTLOGG_PASSPHRASE_FILE", str(file))
    monkeypatch.setenv("STAFETTLOGG_PASSPHRASE", "en annen")
    assert read_settings().read_passphrase() == f"{SECRET} med mellomrom "


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_passphrase_file_that_gives_none_is_refused(monkeypatch, tmp_path, content):
    file = tmp_path / SECRET
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("STAFETTLOGG_PASSPHRASE_FILE", str(file))
    with pytest.raises(
        SettingsRefused, match=r"^STAFETTLOGG_PASSPHRASE_FILE"
    ) as refused:
        read_settings().read_passphrase()
    assert SECRET not in str(refused.value)


def test_a_role_uses_its_own_login_or_the_ledgers(monkeypatch):
    monkeypatch.setenv("STAFETTLOGG_DATABASE_PUBLISHER", "dbname=ledger user=log")
    settings = read_settings()
    publisher = settings.conninfo(DatabaseRole.PUBLISHER, "dbname=ledger user=all")
    writer = settings.conninfo(DatabaseRole.WRITER, "dbname=ledger user=all")
    assert conninfo_to_dict(publisher) == {
        "dbname": "ledger",
        "user": "log",
        "options": "-c role=stafettlogg_publisher",
    }
    assert conninfo_to_dict(writer)["user"] == "all"
    assert conninfo_to_dict(writer)["options"] == "-c role=stafettlogg_writer"


def test_settings_do_not_change_once_read():
    with pytest.raises(ValidationError):
        read_settings().home = Path("/elsewhere")


def test_a_misspelt_setting_can_be_told():
    environment = {"STAFETTLOGG_HOME": "", "STAFETTLOGG_DATABSE": "", "HOME": "/"}
    assert unknown_settings(environment) == ["STAFETTLOGG_DATABSE"]


def test_every_setting_says_what_it_is():
    assert all(field.description for field in Settings.model_fields.values())
