"""Where the time goes: functions of the client, and client against server."""

from __future__ import annotations

import cProfile
import os
import pstats
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from tests.benchmarks.callers import Call, repeated
from tests.benchmarks.loading import Loading
from tests.benchmarks.server import Server
from tests.benchmarks.writing import Writing, ledger_callers, plain_caller

LINES = 30


def profile(server: Server, writing: Writing, loading: Loading, seconds: float) -> None:
    """Print everything there is to know."""
    print("\nProcessor time of one entry, and how busy both sides were")
    for callers in (1, 8, 32):
        calls = [plain_caller(writing.plain) for _ in range(callers)]
        _print_split(f"plain_{callers}", server, calls, seconds)
    for callers in (1, 8, 32, 512):
        calls = ledger_callers(writing.tenant, callers)
        _print_split(f"ledger_{callers}", server, calls, seconds)
    (call,) = ledger_callers(writing.tenant, 1)
    _print_functions("ledger_1", call, seconds)

    def load_cold() -> None:
        loading.forget_everything()
        load()

    load = loading.loader(500)
    _print_functions("load_500_cold", load_cold, seconds)


def _print_split(name: str, server: Server, calls: list[Call], seconds: float) -> None:
    """Processor time in this process and in the server's, for one entry."""
    repeated(calls, seconds / 4)  # connections are open afterwards
    servers, client = _server_seconds(server), process_time()
    window = repeated(calls, seconds)
    client = process_time() - client
    servers = _server_seconds(server) - servers
    print(
        f"{name:<12}{window.done / window.seconds:>8,.0f} entries/s"
        f"   client {client / window.done * 1e6:>5.0f} µs,"
        f" {client / window.seconds:>4.0%} of a core"
        f"   server {servers / window.done * 1e6:>5.0f} µs,"
        f" {servers / window.seconds:>4.0%}"
    )


def _server_seconds(server: Server) -> float:
    """Processor time of the server's processes so far; 0 where /proc does not tell."""
    first = server.databases.server.postmaster_pid
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if first in (int(stat.parent.name), int(fields[1])):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _print_functions(name: str, call: Callable[[], object], seconds: float) -> None:
    profiler = cProfile.Profile()
    calls, until = 0, perf_counter() + seconds
    call()
    while perf_counter() < until:
        profiler.runcall(call)
        calls += 1
    print(f"\n{name}: {calls:,} calls, functions by their own time")
    pstats.Stats(profiler).sort_stats("tottime").print_stats(LINES)
