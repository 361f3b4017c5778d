"""No name, number or word of a case lies in clear anywhere the ledger leaves traces.

Canaries, which occur nowhere else, go through import, record and read, through refusals
and errors. Then every byte of both databases, their write-ahead log, the server's log,
dumps, tiles, state and key files, and all that was printed or logged is searched, in
every form in which text tends to be written.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest
from pydantic import ValidationError

from ledger.application import CaseLedger, KeyReused
from ledger.database.embedded import EmbeddedPostgres, wheel_binaries
from ledger.database.roles import create_roles
from ledger.entry import Actor, StreamKind
from ledger.events import Event, all_types, catalogue_name, from_json, type_called
from ledger.events.event import Role
from ledger.importing import Importer, ImportStopped
from ledger.listing import Lists
from ledger.rebuilding import rebuild
from ledger.recorder import Conflict, IndexRow
from ledger.refusals import Refused
from tests.api.consoles import PASSPHRASE, console
from tests.clusters import Databases, cluster
from tests.tenants import OpenTenant, open_tenant

# Every word that somebody says below is one of these, with something after it.
PLAIN = "Zqkanarifugl"
NORDIC = "Zqkånårifæglø"
NUMBERS = ("17891633221", "18891633222")

CHILD = f"Testbarn {PLAIN}barn {NORDIC}barn"
MORNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TEACHER = Actor(
    f"{PLAIN}-t", Role.EMPLOYEE, f"{PLAIN}skole", f"{NORDIC} skole",
    f"Testansatt {PLAIN}lærer", f"{NORDIC}lærer",
)  # fmt: skip
STRANGER = Actor(f"{PLAIN}-f", Role.EMPLOYEE, "ppt", None, f"Testansatt {NORDIC}")
COORDINATOR = Actor("t-koord", Role.KOORDINERENDE_ENHET, name=f"Testansatt {PLAIN}k")


# -- what is said ----------------------------------------------------------------------


def event(called: str, **fields: object) -> Event:
    return from_json(type_called(called).NAME, json.dumps(fields).encode())


def opening(number: str) -> dict[str, str]:
    return {
        "subject_ref": f"{PLAIN}-barn",
        "subject_kind": "born",
        "name": CHILD,
        "national_id": number,
        "birth_date": "2016-09-17",
        "language": "nb",
        "profile": "fjordvik",
    }


def concern(concern_id: str = f"{PLAIN}-1") -> dict[str, str]:
    return {
        "concern_id": concern_id,
        "area": "1.2.03",
        "observed_from": "2026-01-02",
        "source": "employee",
        "text": f"{PLAIN} sa at {NORDIC} slår.",
    }


def flag() -> dict[str, str]:
    reason = f"{NORDIC}merke på {PLAIN}arm"
    return {"flag_id": f"{PLAIN}-r", "kind": "violence", "reason": reason}


def line(called: str, data: dict[str, Any], **more: Any) -> bytes:
    by = {"person": TEACHER.ref, "role": "employee", "service": TEACHER.service}
    by |= {"unit": TEACHER.unit, "title": TEACHER.title, "name": TEACHER.name}
    said = {"at": "2026-01-05T09:00:00+01:00", "by": by, "case": f"{PLAIN}-imported"}
    said |= {"event": called, "data": data, **more}
    return json.dumps(said, ensure_ascii=False).encode()


FILE = [
    line("CaseOpened", opening(NUMBERS[0])),
    line("ConcernRaised", concern()),
    line("RiskFlagRaised", flag(), shield=f"{PLAIN}-skjerm"),
    line(
        "ConcernClarified",
        {"concern_id": f"{PLAIN}-?", "outcome": "close", "reasons": NORDIC},
        refused="UNKNOWN_TARGET",
    ),
]


class Speaker:
    """Says all of it to a ledger, and provokes every refusal and error it can."""

    def __init__(self, opened: OpenTenant) -> None:
        self.opened = opened
        self.tenant = opened.opened()
        self.ledger: CaseLedger = self.tenant.ledger
        self.case = self.ledger.index.case_id(f"{PLAIN}-recorded")

    def record(self, called: str, data: dict[str, Any], key: str, **more: Any) -> None:
        by = more.pop("by", TEACHER)
        at = more.pop("at", MORNING)
        what = event(called, **data)
        key = f"{PLAIN}{key}"
        self.ledger.record(self.case, what, by=by, occurred_at=at, key=key, **more)

    def read(self, by: Actor) -> None:
        purpose = f"{NORDIC}formål"
        self.ledger.read(self.case, by=by, view=f"{PLAIN}visning", purpose=purpose)

    def speak(self) -> None:
        """Import, record and read."""
        Importer(self.ledger, on_file_clock=True).run(FILE)
        self.record("CaseOpened", opening(NUMBERS[1]), "open")
        self.record("ConcernRaised", concern(), "concern")
        self.record("RiskFlagRaised", flag(), "flag", shield=f"{PLAIN}-skjerm")
        self.read(COORDINATOR)
        self.read(TEACHER)
        self.list()
        self.opened.publisher().publish()

    def list(self) -> None:
        """Bring it all into the tables, and read the lists made of them."""
        follower = self.opened.follower()
        follower.catch_up()
        lists = Lists(self.tenant, self.opened.pool(self.opened.schemas.ledger()))
        purpose = f"{NORDIC}formål"
        assert len(lists.register(by=COORDINATOR, purpose=purpose).items) >= 2
        assert lists.my_cases(by=TEACHER, purpose=purpose).items
        lists.vacancies(by=COORDINATOR, purpose=purpose)
        lists.accesses(TEACHER.ref, by=TEACHER, purpose=purpose, limit=1)
        follower.catch_up()
        rebuild(self.opened.follower(), "register")

    def provoke(self) -> Iterator[tuple[type[BaseException], Callable[[], object]]]:
        """What is refused or fails, with how."""
        clarified = {"concern_id": "?", "outcome": "close", "reasons": f"{PLAIN}grunn"}
        future = self.opened.clock() + timedelta(days=1)
        yield Refused, lambda: self.record("ConcernClarified", clarified, "x")
        yield Refused, lambda: self.record("ConcernRaised", concern(), "y", at=future)
        yield Refused, lambda: self.record("CaseOpened", opening(NUMBERS[0]), "z")
        yield Refused, lambda: self.read(STRANGER)
        yield KeyReused, lambda: self.record("ConcernRaised", concern("?"), "concern")
        yield ValidationError, lambda: event("ConcernRaised", area=NORDIC, text=PLAIN)
        for bad in (
            line("ConcernRaised", {"concern_id": NORDIC, PLAIN: PLAIN}),
            line("ConcernRaised", concern(), **{NORDIC: 1}),
            line(f"{PLAIN}Event", concern()),
            line("CaseClosed", {}, refused=PLAIN),
            FILE[1].replace(b"slaar", b"") + b"}",
            FILE[1].replace(PLAIN.encode() + b" sa", b"\xff"),
            line("CaseOpened", opening(NUMBERS[0]), case=f"{PLAIN}-again"),
        ):
            yield (
                ImportStopped,
                lambda bad=bad: Importer(self.ledger, on_file_clock=True).run([bad]),
            )
        changed = [FILE[0], FILE[1].replace(b"2026-01-02", b"2026-01-03")]
        yield (
            ImportStopped,
            lambda: Importer(self.ledger, on_file_clock=True).run(changed),
        )
        yield Conflict, self.claim_twice
        yield psycopg.Error, self.fail_in_the_database

    def claim_twice(self) -> None:
        """A unique constraint is broken: PostgreSQL would show the key in a DETAIL."""
        (stream,) = self.ledger.load(
            self.ledger.index.case_id(f"{PLAIN}-imported")
        ).streams[:1]
        entry = self.ledger.load(self.case).entries[0]
        sealed = self.ledger.mapper.to_stored_event(
            replace(entry, version=99, stream=stream.stream)
        )
        key = self.ledger.index.subject_keys(NUMBERS[0], 0, 1)[0]
        self.ledger.recorder.record([sealed], index=[IndexRow(key, b"")])

    def fail_in_the_database(self) -> None:
        """Everything of the call is in a statement that PostgreSQL complains about."""
        with self.superuser() as connection:
            connection.execute(
                "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no: %', NEW; END $$"
            )
            connection.execute(
                "CREATE TRIGGER fail BEFORE INSERT ON body"
                " FOR EACH ROW EXECUTE FUNCTION fail()"
            )
            try:
                self.record("ConcernRaised", concern(f"{PLAIN}-2"), "fails")
            finally:
                connection.execute("DROP TRIGGER fail ON body")
                connection.execute("DROP FUNCTION fail")

    def superuser(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(
            self.opened.schemas.databases.ledger, autocommit=True
        )
        connection.execute(f"SET search_path = {self.opened.schemas.schema}")
        return connection


# -- how it may have been written ------------------------------------------------------


def forms(text: str) -> dict[str, bytes]:
    """A text in every form it may lie somewhere, by the form's name."""
    raw = text.encode()
    found = {
        "utf-8": raw,
        "latin-1": text.encode("latin-1"),
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": quote(text).encode(),
        "url-lower": quote(text).lower().encode(),
        "json": json.dumps(text)[1:-1].encode(),
        "octal": "".join(f"\\{b:03o}" if b > 126 else chr(b) for b in raw).encode(),
        "repr": repr(raw)[2:-1].encode(),
    }
    for shift in range(3):  # where a text begins among the groups of three bytes
        coded = base64.b64encode(b"\0" * shift + raw)
        first, last = -(-shift * 8 // 6), len(raw) * 8 // 6 - 1
        found[f"base64+{shift}"] = coded[first : first + last]
        urlsafe = coded.translate(bytes.maketrans(b"+/", b"-_"))
        found[f"base64url+{shift}"] = urlsafe[first : first + last]
    once = {content: form for form, content in reversed(found.items())}
    return {form: content for content, form in once.items()}


def sought() -> dict[str, bytes]:
    """All that must not be found, by canary and form."""
    canaries = {"plain": PLAIN, "nordic": NORDIC}
    canaries |= {f"number {n}": number for n, number in enumerate(NUMBERS)}
    found = {
        f"{name} as {form}": content
        for name, text in canaries.items()
        for form, content in forms(text).items()
    }
    for n, number in enumerate(NUMBERS):
        found[f"number {n} as bigint"] = int(number).to_bytes(8, "big")
        low_end_first = int(number).to_bytes(8, "little")
        found[f"number {n} as bigint, low end first"] = low_end_first
    return found


def traces(files: Iterator[Path] | list[Path], wanted: dict[str, bytes]) -> list[str]:
    """Where something wanted was found: file and what."""
    found = []
    for path in files:
        with suppress(FileNotFoundError):  # PostgreSQL removes files while it runs
            content = path.read_bytes()
            found += [
                f"{path}: {name}" for name, form in wanted.items() if form in content
            ]
    return found


# -- where it may lie ------------------------------------------------------------------


@dataclass
class Spoken:
    """A server on which everything was said, and all that was left behind."""

    server: EmbeddedPostgres
    opened: OpenTenant
    left: Path  # dumps, logs and output, put into one folder

    def files(self) -> list[Path]:
        self.flush()
        folders = [self.server.data_directory, self.opened.folder, self.left]
        found = [path for folder in folders for path in folder.rglob("*")]
        return [path for path in [*found, self.server.log_file] if path.is_file()]

    def flush(self) -> None:
        """Bring all that the server has in memory to its files."""
        for conninfo in (self.server.conninfo(), self.server.key_conninfo):
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
                dump(connection, self.left / f"{connection.info.dbname}.sql")


def dump(connection: psycopg.Connection[Any], into: Path) -> None:
    """Write a dump, as an operator's backup would be."""
    command = [str(wheel_binaries() / "pg_dump"), "--inserts", "--file", str(into)]
    command += ["--dbname", connection.info.dsn]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert into.stat().st_size > 1_000


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    """Everything is said once, with all that is logged kept, down to DEBUG."""
    folder, left = (tmp_path_factory.mktemp(n) for n in ("tenant", "left"))
    with cluster() as server:
        found = Databases(server.conninfo(), server.key_conninfo, server)
        create_roles(found.ledger)
        create_roles(found.keys)
        with open_tenant(found, folder) as opened:
            with everything_kept(left):
                say_everything(Speaker(opened))
            yield Spoken(server, opened, left)


def say_everything(speaker: Speaker) -> None:
    """Speak, and log every error whole, as a service might that knows no better."""
    speaker.speak()
    for kind, doing in speaker.provoke():
        with pytest.raises(kind) as error:
            doing()
        whole = "".join(traceback.format_exception(error.value))
        logging.getLogger("service").error("%r\n%s", error.value, whole)


@contextmanager
def everything_kept(left: Path) -> Iterator[None]:
    """Keep all that is printed, by whatever code, and all that is logged."""
    logged, root = logging.FileHandler(left / "log"), logging.getLogger()
    level, before = root.level, [os.dup(number) for number in (1, 2)]
    with (left / "output").open("w") as output:
        for number in (1, 2):
            os.dup2(output.fileno(), number)
        root.addHandler(logged)
        root.setLevel(logging.DEBUG)
        try:
            with redirect_stdout(output), redirect_stderr(output):
                yield
        finally:
            root.setLevel(level)
            root.removeHandler(logged)
            logged.close()
            for number, was in enumerate(before, start=1):
                os.dup2(was, number)
                os.close(was)


# -- the rules -------------------------------------------------------------------------


def test_nothing_that_was_said_lies_anywhere_in_clear(spoken: Spoken) -> None:
    assert traces(spoken.files(), sought()) == []


def test_no_kind_of_event_is_named_in_the_database(spoken: Spoken) -> None:
    """That something was recorded shows, never what."""
    said = ("CaseOpened", "ConcernRaised", "RiskFlagRaised", "CommandRefused")
    said += ("AccessRecorded", "AccessDenied", "SigningKeyIntroduced")
    names = {each.NAME for each in all_types().values() if catalogue_name(each) in said}
    assert len(names) == len(said)
    wanted = {name: name.encode() for name in {*names, *said}}
    of_code = {"log", "output"}  # where classes are named, in our own words
    files = [path for path in spoken.files() if path.name not in of_code]
    assert traces(files, wanted) == []


def test_what_was_said_is_on_record_all_the_same(spoken: Spoken) -> None:
    """Else nothing would have been searched for."""
    ledger = spoken.opened.opened().ledger
    for label in ("imported", "recorded"):
        loaded = ledger.load(ledger.index.case_id(f"{PLAIN}-{label}"))
        assert [type(entry.event).__name__ for entry in loaded.entries] == [
            "CaseOpened",
            "ConcernRaised",
            "RiskFlagRaised",
        ]
        assert loaded.entries[0].event.name == CHILD
        assert len(ledger.access_log(loaded.streams)) >= 1


def test_no_words_show_when_something_that_is_held_in_memory_is_printed(
    spoken: Spoken, tmp_path: Path
) -> None:
    """What lands in a log is often the `repr` of something that was at hand."""
    ledger = spoken.opened.opened().ledger
    case = ledger.index.case_id(f"{PLAIN}-recorded")
    loaded = ledger.load(case)
    reading = ledger.read(case, by=COORDINATOR, view="state", purpose="p")
    path = tmp_path / "shown"
    held = (loaded, reading, *loaded.entries, spoken.opened.keyring, ledger)
    path.write_text("\n".join(f"{each!r} {each}" for each in held))
    words = (CHILD, f"{PLAIN} sa", f"{NORDIC}merke", f"{NORDIC}formål", *NUMBERS)
    assert traces([path], {word: word.encode() for word in words}) == []


def values_of(spoken: Spoken, table: str, streams: list[UUID]) -> set[object]:
    """Every identifying value in the rows of some streams: ids, keys, hashes, times."""
    server = spoken.server
    is_key = table == "wrapped_key"
    source = "envelope JOIN body USING (position)" if table == "body" else table
    with psycopg.connect(
        server.key_conninfo if is_key else server.conninfo()
    ) as connection:
        connection.execute(f"SET search_path = {spoken.opened.schemas.schema}")
        query = f"SELECT * FROM {source} WHERE stream = ANY(%s)"
        rows = connection.execute(query, (streams,)).fetchall()
    # Versions, positions, epochs and kinds are everybody's.
    return {v for row in rows for v in row if not isinstance(v, int | str)}


@pytest.mark.parametrize("table", ["envelope", "body", "stream_head", "wrapped_key"])
@pytest.mark.parametrize("label", ["imported", "recorded"])
def test_no_stored_value_joins_a_shield_with_its_case(
    spoken: Spoken, table: str, label: str
) -> None:
    ledger = spoken.opened.opened().ledger
    loaded = ledger.load(ledger.index.case_id(f"{PLAIN}-{label}"))
    shared, shield = loaded.streams
    assert (shared.kind, shield.kind) == (StreamKind.SHARED, StreamKind.SHIELDED)
    of_case = values_of(spoken, table, [shared.stream, shared.access])
    of_shield = values_of(spoken, table, [shield.stream, shield.access])
    assert of_case
    assert of_shield
    assert of_case & of_shield == set()


def test_no_file_names_a_case(spoken: Spoken) -> None:
    """Streams have names of their own, which nothing stored leads back to the case."""
    index = spoken.opened.opened().ledger.index
    wanted = {}
    for label in ("imported", "recorded"):
        case = index.case_id(f"{PLAIN}-{label}")
        wanted |= {label: case.bytes, f"{label} as text": str(case).encode()}
        wanted |= {f"{label} as hex": case.hex.encode()}
    assert traces(spoken.files(), wanted) == []


# -- the commands ----------------------------------------------------------------------


def test_the_commands_leave_nothing_in_clear_either(tmp_path: Path) -> None:
    """Whoever types them sees labels they have typed, and no word of the case."""
    file = tmp_path / "history.jsonl"
    file.write_bytes(b"\n".join(FILE))
    who = ["--by", "t-larer", "--role", "employee", "--name", f"Testansatt {NORDIC}"]
    on_case = ["--tenant", "fugl", "--case", "x", *who, "--data", "-", "--event"]
    said = []
    with console() as fresh:
        keeper = fresh.with_settings(PASSPHRASE=PASSPHRASE)
        for typed, given, exits in (
            (["tenant", "create", "fugl"], b"", 0),
            (["import", str(file), "--tenant", "fugl"], b"", 0),
            (["import", "-", "--tenant", "fugl"], FILE[0][:-1], 1),
            ([*("record", *on_case), "CaseOpened"], opened_as_json(), 0),
            ([*("record", *on_case), "CaseOpened"], opened_as_json(), 1),
            ([*("record", *on_case), "ConcernRaised"], FILE[1], 1),
            (["publish", "--tenant", "fugl", "--once"], b"", 0),
            (["fsck", "--tenant", "fugl"], b"", 0),
        ):
            result = keeper.run(*typed, given=given, exits=exits)
            said.append(result.stdout + result.stderr)
        for conninfo in servers_of(fresh.home):
            with psycopg.connect(conninfo, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
        files = [path for path in fresh.home.rglob("*") if path.is_file()]
        wanted = {**sought(), "the passphrase": PASSPHRASE.encode()}
        assert traces(files, wanted) == []
    output = tmp_path / "output"
    output.write_text("\n".join(said).replace(f"{PLAIN}-imported", ""))
    assert traces([output], wanted) == []


def opened_as_json() -> bytes:
    return json.dumps(opening(NUMBERS[1])).encode()


def servers_of(home: Path) -> list[str]:
    server = EmbeddedPostgres(home)
    return [server.conninfo(), server.key_conninfo]


# -- the search itself -----------------------------------------------------------------


@pytest.mark.parametrize("form", sorted(sought()))
def test_the_search_finds_what_lies_in_clear(tmp_path: Path, form: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x00\x17" + sought()[form] + b"\xff")
    assert f"{path}: {form}" in traces([path], sought())


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_the_search_finds_base64_wherever_the_text_begins(
    tmp_path: Path, before: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(base64.b64encode(f"{before}{PLAIN} og {NORDIC}!".encode()))
    assert len({trace.split(" as ")[0] for trace in traces([path], sought())}) == 2


def test_the_search_finds_what_a_table_holds_in_clear(spoken: Spoken) -> None:
    speaker = Speaker(spoken.opened)
    with speaker.superuser() as connection:
        connection.execute("CREATE TABLE leak AS SELECT %s AS said", (CHILD,))
        try:
            found = traces(spoken.files(), sought())
        finally:
            connection.execute("DROP TABLE leak")
    places = {Path(trace.split(": ")[0]) for trace in found}
    assert any("base" in place.parts for place in places), "not in the table's file"
    assert any("pg_wal" in place.parts for place in places), "not in the WAL"
    assert any(place.suffix == ".sql" for place in places), "not in the dump"
