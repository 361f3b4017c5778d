"""Checking: a bundle as its reader verifies it, a whole log as `fsck` re-derives it.

- `ed25519_per_core`: bare signature checks a second, the bound of all that follow.
- `verify_per_core`: entries a second of a bundle with a 500-entry case out of the large
  log: every envelope, signature, inclusion path, link and body.
- `fsck_per_core`: the same of `fsck` over entries held in memory, without tiles.
- `fsck_100k`, `fsck_100k_rate`, `fsck_100k_peak_mb`: what `stafettlogg fsck` does with
  the large log: streamed from the database with every body opened, and compared with
  tiles, stream heads, index and requests, in a process of its own.

"Per core" counts the processor time of one process kept on one core, so that other
work on the machine does not count. Nothing counts unless the report says it is proved.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from time import perf_counter, process_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.fsck import StoredEntry, fsck
from audit.report import Report
from audit.verify import verify_bundle
from ledger.checking import check_log
from ledger.exporting import export_bundle
from ledger.sealing import SealedEvent
from ledger.tenant import Tenant
from tests.benchmarks import facts
from tests.benchmarks.alone import pin_to_one_core, run_alone
from tests.benchmarks.filling import fill, open_case
from tests.benchmarks.rounds import Bench, Figure, Goal, Group
from tests.benchmarks.server import Place, Server, pool

ENTRIES = 100_000
ENTRIES_QUICK = 3_000
CASE_LENGTH = 500
IN_MEMORY = 5_000  # entries that `fsck_per_core` goes over again and again
BOUND = "ed25519_per_core"
PER_CORE = Goal(7_000, 10_000)


class NotProved(Exception):
    """A check that was to be measured did not hold."""


class Checking:
    """The benches of checking, and the log they check."""

    def __init__(self, server: Server, *, quick: bool) -> None:
        self._server = server
        self._size = ENTRIES_QUICK if quick else ENTRIES

    @cached_property
    def place(self) -> Place:
        """A published log of so many entries, with a bundle of one long case."""
        place = self._server.place()
        with place.opened() as tenant:
            case = open_case(tenant, CASE_LENGTH)
            fill(tenant, self._size)
            place.publish(tenant)
            bundle = export_bundle(
                tenant,
                case,
                log=place.folder.log,
                by=facts.TEACHER,
                purpose="benchmark",
            )
            _bundle_of(place).write_bytes(bundle)
        return place

    def groups(self) -> list[Group]:
        """One group: all of it is about the same log."""
        return [[_bound(), self._verify(), self._fsck_per_core(), self._fsck()]]

    def _verify(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            return [run_alone(verify_alone, self.place, seconds).value]

        figure = Figure("verify_per_core", "entries/s", BOUND, PER_CORE)
        return Bench((figure,), measure, is_warmed=False)

    def _fsck_per_core(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            return [run_alone(fsck_in_memory, self.place, seconds).value]

        figure = Figure("fsck_per_core", "entries/s", BOUND, PER_CORE)
        return Bench((figure,), measure, rounds=3, is_warmed=False)

    def _fsck(self) -> Bench:
        def measure(seconds: float) -> list[float]:
            run = run_alone(fsck_alone, self.place)
            return [run.value, self._size / run.value, run.peak_mb]

        figures = (
            Figure("fsck_100k", "s"),
            Figure("fsck_100k_rate", "entries/s"),
            Figure("fsck_100k_peak_mb", "MB", goal=Goal(300, 300, is_floor=False)),
        )
        return Bench(figures, measure, rounds=3, is_warmed=False)


def _bound() -> Bench:
    def measure(seconds: float) -> list[float]:
        return [run_alone(check_signatures, seconds).value]

    return Bench((Figure(BOUND, "checks/s"),), measure, is_warmed=False)


def _bundle_of(place: Place) -> Path:
    return place.folder.path / "bundle.zip"


def check_signatures(seconds: float) -> float:
    """Check one signature over 500 bytes again and again; answers checks a second."""
    pin_to_one_core()
    private_key, message = Ed25519PrivateKey.generate(), bytes(500)
    public_key, signature = private_key.public_key(), private_key.sign(message)
    checks, started = 0, process_time()
    until = perf_counter() + seconds
    while perf_counter() < until:
        public_key.verify(signature, message)
        checks += 1
    return checks / (process_time() - started)


def verify_alone(place: Place, seconds: float) -> float:
    """Verify the bundle again and again; answers entries a second."""
    pin_to_one_core()
    bundle, policy = _bundle_of(place).read_bytes(), place.folder.policy.read_text()
    entries, started = 0, process_time()
    until = perf_counter() + seconds
    while not entries or perf_counter() < until:
        report = verify_bundle(bundle, policy, allow_unwitnessed=True)
        _expect_proof(report)
        entries += len(report.entries)
    return entries / (process_time() - started)


def fsck_in_memory(place: Place, seconds: float) -> float:
    """Re-derive the first entries, held in memory; answers entries a second."""
    pin_to_one_core()
    policy = place.folder.policy.read_text()
    with place.opened() as tenant:
        sealed = tenant.recorder.sealed_after(0, IN_MEMORY)
        held = [_stored(tenant, event) for event in sealed]
    entries, started = 0, process_time()
    until = perf_counter() + seconds
    while not entries or perf_counter() < until:
        report = fsck(
            held, policy=policy, checkpoint=None, tiles=None, allow_unwitnessed=True
        )
        _expect_proof(report)
        entries += len(held)
    return entries / (process_time() - started)


def fsck_alone(place: Place) -> float:
    """Re-derive the whole log from the database; answers the seconds it took."""
    with place.opened() as tenant, pool(place.ledger) as connections:
        started = perf_counter()
        report = check_log(
            tenant,
            connections,
            log=place.folder.log,
            policy=place.folder.policy.read_text(),
            allow_unwitnessed=True,
        )
        _expect_proof(report)
        return perf_counter() - started


def _stored(tenant: Tenant, event: SealedEvent) -> StoredEntry:
    assert event.position is not None, "it was read from the ledger"
    body = tenant.mapper.preimage(event)
    assert body is not None, "nothing was erased"
    place = (event.stream, event.originator_version, event.topic)
    return StoredEntry(event.position, *place, event.state, None, body)


def _expect_proof(report: Report) -> None:
    if not report.ok:
        raise NotProved(report.code)
