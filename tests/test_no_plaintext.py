"""No name, number or word of a case lies in clear anywhere the ledger leaves traces.

Canaries, which occur nowhere else, go through import, record and read, through refusals
and errors. Then every byte of both databases, their write-ahead log, the server's log,
dumps, tiles, state and key files, and all that was printed or logged is searched, in
every form in which text tends to be written.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
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
from ledger.recorder import Conflict, IndexRow
from ledger.refusals import Refused
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
        self.opened.publisher().publish()

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
    return found


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
        found[f"number {n} as bigint, low end first"] = int(number).to_bytes(8, "little")
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
            logged = logging.FileHandler(left / "log")
            root = logging.getLogger()
            level = root.level
            root.addHandler(logged)
            root.setLevel(logging.DEBUG)
            try:
                say_everything(Speaker(opened))
            finally:
                root.setLevel(level)
                root.removeHandler(logged)
                logged.close()
            yield Spoken(server, opened, left)


def say_everything(speaker: Speaker) -> None:
    """Speak, and log every error whole, as a service might that knows no better."""
    speaker.speak()
    for kind, doing in speaker.provoke():
        with pytest.raises(kind) as error:
            doing()
        logging.getLogger("service").error(
            "%s %r\n%s",
            error.value,
            error.value,
            "".join(traceback.format_exception(error.value)),
        )


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
    files = [path for path in spoken.files() if path.name != "log"]  # ours names classes
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


def test_nothing_that_is_held_in_memory_shows_itself_when_it_is_printed(
    spoken: Spoken, tmp_path: Path
) -> None:
    """What lands in a log is often the `repr` of something that was at hand."""
    ledger = spoken.opened.opened().ledger
    case = ledger.index.case_id(f"{PLAIN}-recorded")
    loaded = ledger.load(case)
    reading = ledger.read(case, by=COORDINATOR, view="state", purpose="p")
    shown = io.StringIO()
    for held in (loaded, reading, *loaded.entries, spoken.opened.keyring, ledger):
        shown.write(f"{held!r}\n{held}\n")
    path = tmp_path / "shown"
    path.write_text(shown.getvalue())
    assert traces([path], sought()) == []


def values_of(spoken: Spoken, table: str, streams: set[UUID]) -> set[object]:
    """Every identifying value in the rows of some streams: ids, keys, hashes, times."""
    keys = table == "wrapped_key"
    conninfo = spoken.server.key_conninfo if keys else spoken.server.conninfo()
    schema = spoken.opened.schemas.schema
    with psycopg.connect(conninfo) as connection:
        joined = table
        if table == "body":
            joined = "body JOIN (SELECT position, stream FROM envelope) e USING (position)"
        connection.execute(f"SET search_path = {schema}")
        cursor = connection.execute(
            f"SELECT * FROM {joined} WHERE stream = ANY(%s)", (list(streams),)
        )
        return {
            value
            for row in cursor.fetchall()
            for value in row
            if not isinstance(value, int | str)  # versions, epochs, positions, kinds
        }


def test_the_streams_of_a_case_cannot_be_joined_by_any_stored_value(
    spoken: Spoken,
) -> None:
    """Neither a shield with its case, nor an access stream with what it is about."""
    ledger = spoken.opened.opened().ledger
    for label in ("imported", "recorded"):
        loaded = ledger.load(ledger.index.case_id(f"{PLAIN}-{label}"))
        assert [stream.kind for stream in loaded.streams] == [
            StreamKind.SHARED,
            StreamKind.SHIELDED,
        ]
        apart = [{i} for s in loaded.streams for i in (s.stream, s.access)]
        for table in ("envelope", "body", "stream_head", "wrapped_key"):
            seen: set[object] = set()
            for streams in apart:
                values = values_of(spoken, table, streams)
                assert not values & seen, f"{table} joins streams of one case"
                seen |= values


def test_no_envelope_holds_a_value_of_another_stream_of_its_case(
    spoken: Spoken,
) -> None:
    """Nor do the index, the requests or the tiles name a stream or a case."""
    ledger = spoken.opened.opened().ledger
    wanted: dict[str, bytes] = {}
    for label in ("imported", "recorded"):
        case = ledger.index.case_id(f"{PLAIN}-{label}")
        wanted |= {f"case {label}": case.bytes, f"case {label} as text": b"%s" % str(case).encode()}
    assert traces(spoken.files(), wanted) == []


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
