"""Settings from the environment: `STAFETTLOGG_…`, read once, never echoed.

Connection strings hold passwords and the passphrase opens every key, so neither is
shown by `repr`, by an error or by `config check`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledger.database.roles import DatabaseRole, acting

PREFIX = "STAFETTLOGG_"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SettingsRefused(Exception):
    """A setting does not fit; the text names it and never repeats its value."""


def default_home(environment: Mapping[str, str] | None = None) -> Path:
    """Answer where data lies unless `STAFETTLOGG_HOME` says otherwise.

    Source: XDG Base Directory Specification; a relative XDG_DATA_HOME does not count.
    """
    environment = os.environ if environment is None else environment
    base = Path(environment.get("XDG_DATA_HOME", ""))
    if not base.is_absolute():
        base = Path.home() / ".local" / "share"
    return base / "stafettlogg"


class Settings(BaseSettings):
    """Every setting, with what it means when it is not given."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    home: Path = Field(
        default_factory=default_home,
        description="Folder for keys, tiles and the embedded PostgreSQL.",
    )
    database: SecretStr | None = Field(
        default=None,
        description="Connection string of the ledger; without it, an embedded server.",
    )
    database_owner: SecretStr | None = Field(
        default=None, description="Login for migrations, if not that of the ledger."
    )
    database_follower: SecretStr | None = Field(
        default=None, description="Login for projections, if not that of the ledger."
    )
    database_publisher: SecretStr | None = Field(
        default=None, description="Login for the publisher, if not that of the ledger."
    )
    database_eraser: SecretStr | None = Field(
        default=None, description="Login for erasure, if not that of the ledger."
    )
    key_database: SecretStr | None = Field(
        default=None,
        description="Connection string of the wrapped keys; needed with a database.",
    )
    passphrase_file: Path | None = Field(
        default=None, description="File with the passphrase that opens the keyring."
    )
    passphrase: SecretStr | None = Field(
        default=None,
        description="The passphrase itself; a file is safer and goes first.",
    )
    log_directory: Path | None = Field(
        default=None,
        description="Folder of tiles and checkpoints; without it, `log` in the home.",
    )
    people: Path | None = Field(
        default=None, description="File of people with their addresses, for notices."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*[^\s?#/])?$",
        description="Where people find the service; notices lead there.",
    )
    notices: Literal["off", "email"] = Field(
        default="off",
        description="How people are told that something waits; demos write files.",
    )
    mail_host: str | None = Field(
        default=None, description="Mail server; needed for notices by e-mail."
    )
    mail_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    mail_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the conversation is encrypted; none on this machine only.",
    )
    mail_trusted: Path | None = Field(
        default=None,
        description="Certificates to trust instead of the machine's own.",
    )
    mail_user: str | None = Field(
        default=None, description="Login, if it asks for one."
    )
    mail_password: SecretStr | None = Field(
        default=None, description="Password of the login."
    )
    mail_from: str | None = Field(
        default=None, description="Sender of notices; needed for notices by e-mail."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="What running services tell on standard error."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_not_given(cls, value: object) -> object:
        if value == "":
            raise ValueError("is empty; leave it unset instead")
        return value

    @field_validator(
        "database",
        "database_owner",
        "database_follower",
        "database_publisher",
        "database_eraser",
        "key_database",
    )
    @classmethod
    def _is_a_connection_string(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            conninfo_to_dict(value.get_secret_value() if value else "")
        except ProgrammingError:
            raise ValueError("is not a PostgreSQL connection string") from None
        return value

    @field_validator(
        "home", "passphrase_file", "log_directory", "people", "mail_trusted"
    )
    @classmethod
    def _is_absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    def conninfo(self, role: DatabaseRole, ledger: str) -> str:
        """Answer how to connect as `role` to the ledger's database.

        `ledger` is the connection string of the ledger, configured or embedded; it
        counts unless the role has a login of its own.
        """
        own = {
            DatabaseRole.OWNER: self.database_owner,
            DatabaseRole.FOLLOWER: self.database_follower,
            DatabaseRole.PUBLISHER: self.database_publisher,
            DatabaseRole.ERASER: self.database_eraser,
        }.get(role)
        return acting(ledger if own is None else own.get_secret_value(), role)

    def read_passphrase(self) -> str | None:
        """Answer the passphrase, None when there is none. Raises `SettingsRefused`."""
        if self.passphrase_file is None:
            return self.passphrase.get_secret_value() if self.passphrase else None
        try:
            text = self.passphrase_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsRefused(
                f"{PREFIX}PASSPHRASE_FILE cannot be read ({type(error).__name__})."
            ) from None
        if not text:
            raise SettingsRefused(f"{PREFIX}PASSPHRASE_FILE names an empty file.")
        return text


def read_settings() -> Settings:
    """Read the settings from the environment. Raises `SettingsRefused`."""
    try:
        settings = Settings()
    except ValidationError as error:
        complaints = [
            f"{PREFIX}{str(problem['loc'][0]).upper()}:"
            f" {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_input=False, include_context=False)
        ]
        raise SettingsRefused("; ".join(complaints)) from None
    if settings.database is not None and settings.key_database is None:
        raise SettingsRefused(
            f"{PREFIX}KEY_DATABASE: is needed with {PREFIX}DATABASE, for keys lie apart"
        )
    _refuse_half_a_mail_server(settings)
    return settings


def _refuse_half_a_mail_server(settings: Settings) -> None:
    if settings.notices != "email":
        return
    needed = {
        "MAIL_HOST": settings.mail_host,
        "MAIL_FROM": settings.mail_from,
        "PEOPLE": settings.people,
    }
    missing = [f"{PREFIX}{name}" for name, given in needed.items() if given is None]
    if missing:
        raise SettingsRefused(f"{', '.join(missing)}: needed for notices by e-mail")
    if settings.mail_security == "none" and settings.mail_host not in LOOPBACK:
        raise SettingsRefused(
            f"{PREFIX}MAIL_SECURITY: another machine is spoken with encrypted"
        )


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """Answer the names that look like settings and are none: likely a slip."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    return sorted(
        name
        for name in environment
        if name.upper().startswith(PREFIX) and name.upper() not in known
    )
