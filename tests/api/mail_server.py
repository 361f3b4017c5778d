"""A mail server of a test's own: it speaks SMTP on loopback and keeps what it gets."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback that only its own holder vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test mail server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "mail.crt", folder / "mail.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every message, unless it is told what to answer to a recipient."""

    def __init__(self, tls: ssl.SSLContext, *, at_once: bool) -> None:
        super().__init__((HOST, 0), _Conversation)
        self.tls, self.at_once = tls, at_once
        self.answer = b"250 ok"
        self.messages: list[EmailMessage] = []
        self.logins: list[bytes] = []
        self.encrypted: list[bool] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """Somebody hung up: a test that minds sees it on its own side."""


class _Conversation(socketserver.BaseRequestHandler):
    server: MailServer

    def setup(self) -> None:
        self._is_encrypted = False
        if self.server.at_once:
            self._encrypt()
        self._file = self.request.makefile("rb")

    def handle(self) -> None:
        self._say(b"220 test")
        while (line := self._file.readline()) and self._answer(line.strip()):
            pass

    def finish(self) -> None:
        self._file.close()
        self.request.close()

    def _answer(self, line: bytes) -> bool:
        match line.split()[0].upper():
            case b"EHLO":
                self._say(b"250-test\r\n250-AUTH PLAIN\r\n250 STARTTLS")
            case b"STARTTLS":
                self._say(b"220 go")
                self._file.close()
                self._encrypt()
                self._file = self.request.makefile("rb")
            case b"AUTH":
                self.server.logins.append(line.split()[2])
                self._say(b"235 ok")
            case b"RCPT":
                self._say(self.server.answer)
            case b"DATA":
                self._say(b"354 go")
                self._take()
            case b"QUIT":
                self._say(b"221 bye")
                return False
            case _:
                self._say(b"250 ok")
        return True

    def _encrypt(self) -> None:
        plain = self.request
        try:
            self.request = self.server.tls.wrap_socket(plain, server_side=True)
        except OSError:  # the other side does not trust us
            plain.close()
            raise
        self._is_encrypted = True

    def _take(self) -> None:
        lines = list[bytes]()
        while (line := self._file.readline()) != b".\r\n":
            lines.append(line)
        said = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(said, EmailMessage)
        self.server.messages.append(said)
        self.server.encrypted.append(self._is_encrypted)
        self._say(b"250 ok")

    def _say(self, said: bytes) -> None:
        self.request.sendall(said + b"\r\n")


@contextmanager
def mail_server(folder: Path, *, at_once: bool = False) -> Iterator[MailServer]:
    """A running server; `at_once` it speaks TLS from the first byte."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate(folder))
    with MailServer(tls, at_once=at_once) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
