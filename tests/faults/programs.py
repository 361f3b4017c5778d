"""What the processes of the tests do.

A program gets its orders as one JSON object: how to reach the tenant, and what to do
there. It says `{"ready": true}`, waits for a line, works, and says what came of every
step in a line of its own, after the ledger has answered and not before.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from psycopg_pool import ConnectionPool

from ledger.application import KeyReused, Receipt
from ledger.database.bounded import BoundedConnection, open_pool
from ledger.entry import Actor
from ledger.events import from_json, type_called
from ledger.events.event import Event, Role
from ledger.following import Follower
from ledger.importing import Importer
from ledger.keyring import FileKeyring
from ledger.publisher import Publisher
from ledger.rebuilding import rebuild
from ledger.recorder import Conflict, OutcomeUnknown, Overloaded
from ledger.refusals import Refused
from ledger.tenant import Tenant
from ledger.writing import Writing
from tests.faults.boundaries import die_at_boundary, mortal
from tests.tenants import PASSPHRASE

TEACHER = Actor("t-larer", Role.EMPLOYEE, "skole", "Testvik skole")
COORDINATOR = Actor("t-koord", Role.KOORDINERENDE_ENHET)
MORNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

_speaking = threading.Lock()


def say(**line: Any) -> None:
    """One line, whole even when several threads speak."""
    with _speaking:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def get_ready() -> None:
    """Say so, and wait for the word."""
    say(ready=True)
    sys.stdin.readline()


# -- events a test can name ------------------------------------------------------------


def event(called: str, **fields: object) -> Event:
    """An event of the type that the catalogue calls so."""
    return from_json(type_called(called).NAME, json.dumps(fields).encode())


def opening(number: str = "14882112345", name: str = "Testbarn Tuva") -> Event:
    """Begins a case."""
    return event(
        "CaseOpened",
        subject_ref="t-barn",
        subject_kind="born",
        name=name,
        national_id=number,
        birth_date="2016-08-14",
        language="nb",
        profile="fjordvik",
    )


def observation(facts: str) -> Event:
    """Something that may be recorded at any time, told apart by its words."""
    return event(
        "ObservationRecorded",
        concern_id="t-1",
        arena="school",
        facts=facts,
        period_from="2026-01-05",
        period_to="2026-01-05",
    )


def danger(flag_id: str) -> Event:
    """Something that goes under a shield by rule."""
    return event("RiskFlagRaised", flag_id=flag_id, kind="violence", reason="Merke.")


# -- one tenant, as a process of the service opens it ----------------------------------


class Service:
    """The tenant of this process."""

    def __init__(
        self, orders: dict[str, Any], keyring: FileKeyring | None = None
    ) -> None:
        self.orders = orders
        pools = [self.pool(orders["ledger"]), self.pool(orders["keys"])]
        self.tenant = Tenant.open(orders["schema"], keyring or _keyring(orders), *pools)
        self.ledger = self.tenant.ledger

    def pool(self, conninfo: str) -> ConnectionPool[Any]:
        """Connections of this process."""
        return open_pool(conninfo)

    def record(self, label: str, what: Event, key: str) -> Receipt:
        case = self.ledger.index.case_id(label)
        return self.ledger.record(case, what, by=TEACHER, occurred_at=MORNING, key=key)

    def surely(self, label: str, what: Event, key: str) -> Receipt | None:
        """Ask with the same key until the answer is known; `None` when told to stop.

        An answer that is neither a receipt nor a refusal is said aloud.
        """
        while not stopped.is_set():
            try:
                return self.record(label, what, key)
            except (Overloaded, OutcomeUnknown) as unclear:
                say(unclear=type(unclear).__name__)
            except psycopg.Error as error:
                say(leaked=type(error).__name__)
        return None


def _keyring(orders: dict[str, Any]) -> FileKeyring:
    return FileKeyring.open(Path(orders["folder"]) / "keyring.json", PASSPHRASE)


stopped = threading.Event()


def _stop_when_told() -> None:
    sys.stdin.readline()
    stopped.set()


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Let threads work, and raise what any of them raises."""
    with ThreadPoolExecutor(count) as threads:
        list(threads.map(work, range(count)))


# -- what may be ordered ---------------------------------------------------------------


def write(orders: dict[str, Any]) -> None:
    """Record observations in some cases in turn: `each` a thread, or until told."""
    service, name = Service(orders), orders["name"]
    labels, each = orders["labels"], orders.get("each")
    for label in labels:
        service.ledger.load(service.ledger.index.case_id(label))
    get_ready()
    threading.Thread(target=_stop_when_told, daemon=True).start()

    def write_on(thread: int) -> None:
        for n in _count(each):
            said = f"{name}-{thread}-{n}"
            label = labels[(thread + n) % len(labels)]
            receipt = service.surely(label, observation(said), said)
            if receipt is None:
                return
            say(acked=said, label=label, **_told(receipt))

    in_threads(orders["threads"], write_on)


def _count(each: int | None) -> Iterable[int]:
    n = 0
    while each is None or n < each:
        yield n
        n += 1


def read(orders: dict[str, Any]) -> None:
    """Read one case, each thread as a reader of its own, `each` times."""
    service, name = Service(orders), orders["name"]
    case = service.ledger.index.case_id(orders["label"])
    get_ready()

    def read_on(thread: int) -> None:
        for n in range(orders["each"]):
            purpose = f"{name}-{thread}-{n}"
            try:
                reading = service.ledger.read(
                    case, by=COORDINATOR, view="state", purpose=purpose
                )
            except (Overloaded, OutcomeUnknown) as unclear:
                say(unanswered=purpose, why=type(unclear).__name__)
            else:
                say(answered=purpose, entries=len(reading.entries))

    in_threads(orders["threads"], read_on)


def ask(orders: dict[str, Any]) -> None:
    """Ask for one event after the other, and say what the answers are."""
    service = Service(orders)
    get_ready()
    for label, called, fields, key in orders["requests"]:
        try:
            receipt = service.record(label, event(called, **fields), key)
        except Refused as refused:
            say(answer=refused.code)
        except KeyReused:
            say(answer="KEY_REUSED")
        except Overloaded:
            say(answer="OVERLOADED")
        else:
            say(answer="RECORDED", **_told(receipt))


def decide(orders: dict[str, Any]) -> None:
    """Decide on the case as it is now, and record the decision when told to."""
    service = Service(orders)
    writing = Writing(
        service.ledger,
        service.ledger.load(service.ledger.index.case_id(orders["label"])),
    )
    now = service.ledger.clock()
    writing.add(observation("decided"), by=TEACHER, occurred_at=MORNING, now=now)
    get_ready()
    try:
        say(answer="RECORDED", positions=writing.commit([]))
    except Conflict:
        say(answer="CONFLICT")


def load_file(orders: dict[str, Any]) -> None:
    """Import a history file."""
    service = Service(orders)
    lines = Path(orders["file"]).read_bytes().splitlines()
    get_ready()
    outcomes = Importer(service.ledger, on_file_clock=True).run(
        lines, lambda done, of: say(decided=done)
    )
    say(
        recorded=sum(o.recorded for o in outcomes),
        skipped=sum(o.skipped for o in outcomes),
    )


def publish(orders: dict[str, Any]) -> None:
    """Publish whatever is recorded until told to stop."""
    publisher = _publisher(Service(orders))
    get_ready()
    threading.Thread(target=_stop_when_told, daemon=True).start()
    publisher.run(stopped, seconds=0.001)


def publish_and_die(orders: dict[str, Any]) -> None:
    """For every number told: publish once, and die at that change of a file.

    Says whether it came to that. Each try is a process of its own.
    """
    keyring = _keyring(orders)
    say(ready=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            publisher = _publisher(Service(orders, keyring))
            die_at_boundary(int(line), Path(orders["folder"]))
            publisher.publish()
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        say(died=os.WIFSIGNALED(status), status=status)


def follow(orders: dict[str, Any]) -> None:
    """Follow the log until told to stop."""
    follower = _follower(orders, _keyring(orders))
    get_ready()
    threading.Thread(target=_stop_when_told, daemon=True).start()
    follower.run(stopped)


def tail(orders: dict[str, Any]) -> None:
    """Read the log as it grows, as a follower does, and say every position met."""
    recorder = Service(orders).tenant.recorder
    get_ready()
    threading.Thread(target=_stop_when_told, daemon=True).start()
    position, last = 0, None
    while position != last:
        if stopped.is_set():
            last = recorder.max_notification_id()
        for sealed in recorder.sealed_after(position, 50):
            position = sealed.position or 0
            say(met=position, leaf=sealed.leaf.hex())


def follow_and_die(orders: dict[str, Any]) -> None:
    """For every number told: catch up once, and die at that message to the database."""
    _each_dies(orders, lambda follower: follower.catch_up())


def rebuild_and_die(orders: dict[str, Any]) -> None:
    """For every number told: rebuild once, and die at that message to the database."""
    _each_dies(orders, lambda follower: rebuild(follower, orders["view"]))


def _each_dies(orders: dict[str, Any], work: Callable[[Follower], object]) -> None:
    keyring = _keyring(orders)
    say(ready=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            follower = _follower(orders, keyring, dies_at=int(line))
            work(follower)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        say(died=os.WIFSIGNALED(status), status=status)


def _follower(
    orders: dict[str, Any], keyring: FileKeyring, dies_at: int | None = None
) -> Follower:
    kind = BoundedConnection if dies_at is None else mortal(dies_at)
    pool = open_pool(orders["follower"], connections=kind)
    keys = open_pool(orders["follower_keys"])
    tenant = Tenant.open(orders["schema"], keyring, pool, keys)
    return Follower(tenant, pool, batch=orders.get("batch", 2000))


def _publisher(service: Service) -> Publisher:
    folder = Path(service.orders["folder"])
    return service.tenant.publisher(
        service.pool(service.orders["publisher"]),
        directory=folder / "log",
        state=folder / "publisher" / "state.json",
    )


def _told(receipt: Receipt) -> dict[str, Any]:
    return {
        "position": receipt.position,
        "version": receipt.version,
        "leaf": receipt.leaf.hex(),
    }


WORKS = {
    "write": write,
    "read": read,
    "ask": ask,
    "decide": decide,
    "import": load_file,
    "publish": publish,
    "publish and die": publish_and_die,
    "follow": follow,
    "tail": tail,
    "follow and die": follow_and_die,
    "rebuild and die": rebuild_and_die,
}

# -- being started ---------------------------------------------------------------------


def nurse(control: socket.socket) -> None:
    """Fork a program for each line of orders, which comes with its socket.

    Those that have ended are never reaped, so that no other process gets their id.
    """
    while True:
        orders, sockets, _, _ = socket.recv_fds(control, 1 << 16, 1)
        while orders and not orders.endswith(b"\n"):
            orders += control.recv(1 << 16)
        if not orders:
            return
        child = os.fork()
        if not child:
            control.close()
            _run(sockets[0], *json.loads(orders))
        os.close(sockets[0])
        control.sendall(str(child).encode())


def _run(talk: int, work: str, orders: dict[str, Any]) -> NoReturn:
    """Do the work with the socket as standard input and output; end the process."""
    sys.stdin, sys.stdout = os.fdopen(os.dup(talk)), os.fdopen(talk, "w")
    try:
        WORKS[work](orders)
        say(done=True)
    except BaseException:
        say(complaint=traceback.format_exc())
    os._exit(0)


if __name__ == "__main__":
    nurse(socket.socket(fileno=int(sys.argv[1])))
