from __future__ import annotations

import logging
import os
import stat

from ledger.database.unprivileged import Account, account_for, open_path

NOBODY_HERE = Account(uid=4_000_001, gid=4_000_001)


def test_an_ordinary_user_runs_postgresql_as_themselves(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account_for(tmp_path) is None


def test_an_account_may_pass_through_the_folders_above_but_read_none(tmp_path, caplog):
    folder = tmp_path / "home" / "server"
    folder.mkdir(mode=0o700, parents=True)
    folder.parent.chmod(0o700)
    with caplog.at_level(logging.WARNING):
        open_path(NOBODY_HERE, folder)
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o701
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert str(folder.parent) in caplog.text


def test_a_member_of_a_folders_group_passes_as_one(tmp_path):
    folder = tmp_path / "home" / "server"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o705)
    open_path(Account(uid=4_000_001, gid=folder.parent.stat().st_gid), folder)
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o715


def test_a_folder_that_lets_everyone_pass_is_left_as_it_is(tmp_path, caplog):
    folder = tmp_path / "home" / "server"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o751)
    open_path(NOBODY_HERE, folder)
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o751
    assert str(folder.parent) not in caplog.text
