"""A network between the program and PostgreSQL that fails when it is told to.

The proxy listens on a port of its own and passes bytes on to the server's socket. It
reads enough of the protocol (PostgreSQL, chapter 54) to know which statement a client's
message executes, so that a fault strikes one statement, at one of its moments, and
never another:

    before   the request is not passed on; the connection is reset
    midway   the request is passed on, and the connection reset while it is at work
    after    the server has answered, has committed, and the answer is not passed on
    never    the request and all that follows disappear, and nothing ever comes back
    silent   the server has answered, has committed, and nothing ever comes back
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_LENGTH = struct.Struct("!i")
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST, as a network that broke
_READY = b"Z"  # ReadyForQuery: the statement, and its commit, are over


class Moment(StrEnum):
    """When, in the life of a statement, the fault strikes."""

    BEFORE = "before"
    MIDWAY = "midway"
    AFTER = "after"
    NEVER = "never"
    SILENT = "silent"


@dataclass
class Fault:
    """Strikes statements that hold one of `words`, `times` times, `skip` let pass."""

    words: tuple[bytes, ...]
    moment: Moment
    times: int = 1
    skip: int = 0
    struck: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Passes connections on; `strike` arms a fault, `heal` disarms it."""

    def __init__(self, conninfo: str) -> None:
        parts = conninfo_to_dict(conninfo)
        self._target = f"{parts['host']}/.s.PGSQL.{parts['port']}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._mutex = threading.Lock()
        self._fault: Fault | None = None
        self._held: list[_Connection] = []
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def conninfo(self, conninfo: str) -> str:
        """The same connection, through the proxy."""
        host, port = self._listener.getsockname()
        return make_conninfo(
            conninfo, host=host, port=port, sslmode="disable", gssencmode="disable"
        )

    def strike(
        self, moment: Moment, *words: str, times: int = 1, skip: int = 0
    ) -> Fault:
        """Let the next statements that hold one of `words` fail at a moment."""
        texts = tuple(word.encode() for word in words)
        fault = Fault(texts, moment, times, skip)
        with self._mutex:
            self._fault = fault
        return fault

    def heal(self) -> None:
        """Let everything pass again; what has disappeared does not come back."""
        with self._mutex:
            self._fault = None

    def take(self, statement: bytes) -> Fault | None:
        """The fault that is to strike this statement now, counted down."""
        with self._mutex:
            fault = self._fault
            if fault is None or not fault.times:
                return None
            if not any(words in statement for words in fault.words):
                return None
            if fault.skip:
                fault.skip -= 1
                return None
            fault.times -= 1
            return fault

    def cut(self) -> None:
        """Cut every connection there is now; new ones pass."""
        for connection in self._held:
            connection.cut()

    def close(self) -> None:
        """Cut every connection, for good."""
        self._closing = True
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits for a client
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:
                client.close()
                server.close()
                continue
            connection = _Connection(self, client, server)
            self._held.append(connection)
            threading.Thread(target=connection.run, daemon=True).start()


class _Connection:
    """One client's connection: both directions in one thread."""

    def __init__(
        self, proxy: Proxy, client: socket.socket, server: socket.socket
    ) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._unread = b""  # of the client's messages
        self._has_begun = False  # the first message has no type
        self._statements: dict[bytes, bytes] = {}  # prepared name: its text
        self._fault: Fault | None = None
        self._answer = b""

    def run(self) -> None:
        with contextlib.suppress(OSError), selectors.DefaultSelector() as waiting:
            waiting.register(self._client, selectors.EVENT_READ, self._from_client)
            waiting.register(self._server, selectors.EVENT_READ, self._from_server)
            while all(key.data() for key, _ in waiting.select()):
                pass
        self._close()

    def cut(self) -> None:
        """End both directions; whoever waits in `run` wakes and closes them."""
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._client.close()
        self._server.close()

    def _from_client(self) -> bool:
        received = self._client.recv(1 << 16)
        if not received:
            return False
        if self._fault is not None and self._fault.moment is Moment.NEVER:
            return True
        self._unread += received
        is_whole = self._read_messages()
        if self._fault is None:
            self._server.sendall(received)
        elif self._fault.moment in (Moment.BEFORE, Moment.NEVER):
            self._fault.struck.set()
            return self._fault.moment is Moment.NEVER
        else:
            self._server.sendall(received)
            if is_whole and self._fault.moment is Moment.MIDWAY:
                self._fault.struck.set()
                return False
        return True

    def _from_server(self) -> bool:
        received = self._server.recv(1 << 16)
        if self._fault is None:
            self._client.sendall(received)
            return bool(received)
        self._answer += received
        if self._fault.moment is Moment.NEVER or not self._is_answered():
            return bool(received)
        self._fault.struck.set()
        return bool(received) and self._fault.moment is Moment.SILENT

    def _is_answered(self) -> bool:
        at = 0
        while at + 5 <= len(self._answer):
            if self._answer[at : at + 1] == _READY:
                return True
            at += 1 + _LENGTH.unpack_from(self._answer, at + 1)[0]
        return False

    def _read_messages(self) -> bool:
        """Look for a statement that is to fail; whether its request is whole by now."""
        is_whole = False
        for kind, content in self._messages():
            if kind == b"P":  # Parse: name, text
                name, text = content.split(b"\0", 2)[:2]
                self._statements[name] = text
            executed = self._executed(kind, content)
            if executed and self._fault is None:
                self._fault = self._proxy.take(executed)
            is_whole = self._fault is not None and kind in (b"Q", b"S")
        return is_whole

    def _executed(self, kind: bytes, content: bytes) -> bytes:
        """The text of the statement that a message lets the server execute."""
        if kind == b"Q":  # a simple query
            return content
        if kind == b"B":  # Bind: portal, name of the statement
            return self._statements.get(content.split(b"\0", 2)[1], b"")
        return b""

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            start = 1 if self._has_begun else 0
            if len(self._unread) < start + 4:
                return
            end = start + _LENGTH.unpack_from(self._unread, start)[0]
            if len(self._unread) < end:
                return
            kind, content = self._unread[:start], self._unread[start + 4 : end]
            self._unread = self._unread[end:]
            self._has_begun = True
            yield kind, content


@contextmanager
def proxy(conninfo: str) -> Iterator[Proxy]:
    """A proxy before a server that is reached by a Unix socket."""
    found = Proxy(conninfo)
    assert Path(found._target).is_socket()
    try:
        yield found
    finally:
        found.close()
