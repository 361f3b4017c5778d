"""Loading a case: as the library loads an aggregate, and as we load and verify one.

- `library_load_n`: `repository.get` of an aggregate with n events, nothing verified.
- `load_n_cold`: `CaseLedger.load`, with the caches of cases and of data keys emptied.
- `load_n_keys_kept`: only the cache of cases emptied.
- `load_n_cached`: nothing emptied: the database is asked whether the case has moved.

All single-threaded, nothing else running; a value is the median of a window.
"""

from __future__ import annotations

from functools import cached_property
from uuid import UUID

from ledger.tenant import Tenant
from tests.benchmarks.callers import Call, median_ms
from tests.benchmarks.filling import open_case
from tests.benchmarks.rounds import Bench, Figure, Goal, Group
from tests.benchmarks.server import Server

LENGTHS = (50, 500)
GOALS = {
    "load_500_cold": Goal(3, 1, is_floor=False, is_ratio=True),
    "load_500_cached": Goal(1, 1, is_floor=False),
}


class Loading:
    """The benches of loading, and the cases they load."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @cached_property
    def tenant(self) -> Tenant:
        """The tenant with our cases."""
        return self._server.opened(self._server.place())

    @cached_property
    def ours(self) -> dict[int, UUID]:
        """Our cases by length."""
        return {length: open_case(self.tenant, length) for length in LENGTHS}

    @cached_property
    def theirs(self) -> dict[int, UUID]:
        """The library's aggregates by length."""
        return {length: self._server.plain.open(length) for length in LENGTHS}

    def groups(self) -> list[Group]:
        """A group a length."""
        return [self._group(length) for length in LENGTHS]

    def _group(self, length: int) -> Group:
        return [
            self._library(length),
            self._load(length, "cold", self.forget_everything),
            self._load(length, "keys_kept", self.forget_cases),
            self._load(length, "cached", None),
        ]

    def _library(self, length: int) -> Bench:
        def measure(seconds: float) -> list[float]:
            case, repository = self.theirs[length], self._server.plain.repository
            return [median_ms(lambda: repository.get(case), seconds)]

        return Bench((Figure(f"library_load_{length}", "ms"),), measure)

    def _load(self, length: int, state: str, forget: Call | None) -> Bench:
        def measure(seconds: float) -> list[float]:
            return [median_ms(self.loader(length), seconds, before=forget)]

        name = f"load_{length}_{state}"
        figure = Figure(name, "ms", f"library_load_{length}", GOALS.get(name))
        return Bench((figure,), measure)

    def loader(self, length: int) -> Call:
        """Loads our case of this length."""
        case, ledger = self.ours[length], self.tenant.ledger
        return lambda: ledger.load(case)

    def forget_cases(self) -> None:
        """Empty the cache of cases."""
        self.tenant.ledger.forget()

    def forget_everything(self) -> None:
        """Empty the caches of cases and of data keys."""
        self.tenant.ledger.forget()
        self.tenant.data_keys.forget()
