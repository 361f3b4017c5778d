"""The account PostgreSQL runs under when we are root, which it refuses to be.

Started by anybody else, PostgreSQL runs as that user and nothing here happens. Started
by root, it runs under the account `stafettlogg`, made on first use, and every folder on
the way to its files must let that account pass.
"""

from __future__ import annotations

import logging
import os
import pwd
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

ACCOUNT = "stafettlogg"
_MAKING_TAKES_AT_MOST = 10.0  # seconds; another process may be making it just now


class NoAccount(RuntimeError):
    """Root has no unprivileged account to start PostgreSQL under."""


@dataclass(frozen=True, slots=True)
class Account:
    """User and group id PostgreSQL runs under."""

    uid: int
    gid: int


def account_for(directory: Path) -> Account | None:
    """Say under whose ids PostgreSQL runs on `directory`; None means: as we are.

    A directory that already belongs to somebody keeps its owner, so that root may
    use what a user has made. Raises `NoAccount`.
    """
    if os.geteuid() != 0:
        return None
    if directory.exists() and (found := directory.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid)
    return _own_account()


def open_path(account: Account, target: Path) -> None:
    """Let `account` pass through every folder above `target`, and do no more.

    Passing (x) is not reading (r): names in those folders stay unlisted. Each folder
    that had to be changed is named in a warning.
    """
    for folder in target.absolute().parents:
        found = folder.stat()
        needed = _passing(account, found)
        if not found.st_mode & needed:
            folder.chmod(stat.S_IMODE(found.st_mode) | needed)
            logger.warning(
                "PostgreSQL may not run as root: others may now pass through %s", folder
            )


def _passing(account: Account, folder: os.stat_result) -> int:
    """Say which bit of the folder's mode lets the account pass."""
    if folder.st_uid == account.uid:
        return stat.S_IXUSR
    return stat.S_IXGRP if folder.st_gid == account.gid else stat.S_IXOTH


def _own_account() -> Account:
    deadline = time.monotonic() + _MAKING_TAKES_AT_MOST
    while (account := _look_up()) is None:
        complaint = _make()
        if complaint and time.monotonic() > deadline:
            raise NoAccount(
                "PostgreSQL may not run as root, and the account"
                f" {ACCOUNT} could not be made ({complaint}). Start as an ordinary"
                " user, or name a database in STAFETTLOGG_DATABASE."
            )
    return account


def _look_up() -> Account | None:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _make() -> str:
    """Make the account; answer with what stood in the way, or nothing."""
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, nothing from outside
            command, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise NoAccount(
            "PostgreSQL may not run as root, and there is no useradd to make the"
            f" account {ACCOUNT} with. Start as an ordinary user, or name a database"
            " in STAFETTLOGG_DATABASE."
        ) from None
    if done.returncode == 0:
        return ""
    time.sleep(0.1)  # the user database is locked by whoever makes it just now
    return done.stderr.strip()
