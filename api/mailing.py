"""Carries notices to people: by e-mail, or as files where nobody is to be written to.

A message says that something waits, of which kind, and where to look; it names no
child, no service and nothing of a case, for others may read it. It has the same
Message-ID however often it is sent (RFC 5322, section 3.6.4).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Literal

from api.addressing import DEMO_PEOPLE, Address, read_addresses
from api.home import TenantFolder
from api.pages.texts import reminders_in
from api.settings import Settings
from ledger import durable
from ledger.events.access import NoticeChannel
from ledger.notifying import Courier, NoAddress, NotDelivered, Parcel

TIMEOUT = 10.0  # seconds, for each step of the conversation

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every message of an installation has in common.

    `base` is where people find the service, without a slash at its end.
    """

    sender: str
    base: str

    def message(self, parcel: Parcel, to: Address) -> EmailMessage:
        """The message that a notice is told by."""
        t = reminders_in(to.language)
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = to.email
        message["Subject"] = t(f"notice.{parcel.kind}")
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{parcel.id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = (
            "auto-generated"  # so that no answer comes (RFC 3834)
        )
        where = f"{self.base}{parcel.path}"
        message.set_content(
            t("notice.body", what=t(f"notice.{parcel.kind}"), where=where)
        )
        return message


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that messages are handed to, and how it is spoken with.

    `trusted` is a file of certificates to trust instead of the machine's own.
    """

    host: str
    port: int
    security: Security = "starttls"
    user: str | None = None
    password: str | None = None
    trusted: Path | None = None

    def send(self, message: EmailMessage) -> None:
        """Hand a message over. Raises `smtplib.SMTPException`, `OSError`."""
        with self._connected() as server:
            if self.security == "starttls":
                server.starttls(context=self._context())
            if self.user is not None:
                server.login(self.user, self.password or "")
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT, context=self._context()
            )
        return smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)

    def _context(self) -> ssl.SSLContext:
        cafile = None if self.trusted is None else str(self.trusted)
        return ssl.create_default_context(cafile=cafile)


@dataclass(frozen=True, slots=True)
class ByMail:
    """Hands notices to a mail server."""

    server: MailServer
    letterhead: Letterhead
    addresses: Mapping[str, Address]
    channel: NoticeChannel = "email"

    def deliver(self, parcel: Parcel) -> None:
        """Send one message. Raises `NotDelivered`, `NoAddress`."""
        to = self.addresses.get(parcel.person)
        if to is None:
            raise NoAddress
        try:
            self.server.send(self.letterhead.message(parcel, to))
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise (NoAddress if min(codes) >= 500 else NotDelivered) from None
        except (smtplib.SMTPException, OSError):
            raise NotDelivered from None


@dataclass(frozen=True, slots=True)
class ByFile:
    """Puts each notice into a folder as the message it would be, under its id."""

    folder: Path
    letterhead: Letterhead
    addresses: Mapping[str, Address]
    channel: NoticeChannel = "file"

    def deliver(self, parcel: Parcel) -> None:
        """Write one message. Raises `NotDelivered`."""
        to = self.addresses.get(parcel.person) or Address(f"{parcel.person}@invalid")
        message = self.letterhead.message(parcel, to)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self.folder / f"{parcel.id}.eml"
            durable.write(path, message.as_bytes(), replace=True, mode=0o600)
        except OSError:
            raise NotDelivered from None


def courier_for(
    settings: Settings, folder: TenantFolder, *, is_demo: bool
) -> Courier | None:
    """Who carries a tenant's notices; nobody in a demo is written to but in files.

    Raises `CommandFailed`.
    """
    base = settings.public_url
    if is_demo:
        addresses = read_addresses(settings.people or DEMO_PEOPLE)
        letterhead = Letterhead("stafettlogg@demo.example", base)
        return ByFile(folder.notices, letterhead, addresses)
    if settings.notices == "off" or settings.people is None:
        return None
    assert settings.mail_host is not None, "settings are refused without it"
    assert settings.mail_from is not None, "settings are refused without it"
    password = settings.mail_password
    server = MailServer(
        host=settings.mail_host,
        port=settings.mail_port,
        security=settings.mail_security,
        user=settings.mail_user,
        password=password.get_secret_value() if password else None,
        trusted=settings.mail_trusted,
    )
    letterhead = Letterhead(settings.mail_from, base)
    return ByMail(server, letterhead, read_addresses(settings.people))
