"""Measures the ledger against the plain library: a table, and `bench-results.json`.

    python -m tests.benchmarks [--only NAME ...] [--rounds N] [--quick] [--profile]

Everything runs on one embedded PostgreSQL with fsync on, in interleaved rounds; only
the ratios mean anything on another machine. `--quick` shows that it works: its windows
are too short and its log too small for its numbers to be quoted.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.checking import Checking
from tests.benchmarks.following import Following
from tests.benchmarks.loading import Loading
from tests.benchmarks.profiling import profile
from tests.benchmarks.rounds import Group, chosen, run
from tests.benchmarks.server import Server, running
from tests.benchmarks.serving import Serving
from tests.benchmarks.writing import Writing

RESULTS = Path("bench-results.json")
ROUNDS, ROUNDS_QUICK = 5, 2
SECONDS, SECONDS_QUICK = 1.2, 0.25


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for. Exit status 0, or 2 for wrong usage."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    rounds = asked.rounds or (ROUNDS_QUICK if asked.quick else ROUNDS)
    seconds = SECONDS_QUICK if asked.quick else SECONDS
    with running() as server:
        writing, loading = Writing(server), Loading(server)
        checking = Checking(server, quick=asked.quick)
        following = Following(server, quick=asked.quick)
        serving = Serving(server, quick=asked.quick)
        parts = (writing, loading, checking, following, serving)
        all_groups = [group for part in parts for group in part.groups()]
        try:
            groups = chosen(all_groups, set(asked.only))
        except ValueError as unknown:
            parser.error(str(unknown))
        _describe(server, writing, rounds, seconds)
        try:
            results = run(groups, rounds, seconds, tell=_tell)
        finally:
            serving.close()
        report.show(results, _names(all_groups))
        report.write(RESULTS, results, quick=asked.quick)
        print(f"Written to {RESULTS}.")
        if asked.profile:
            profile(server, writing, loading, seconds)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help="these figures, and what they are compared with",
    )
    parser.add_argument("--rounds", type=_at_least_one, metavar="N")
    parser.add_argument("--quick", action="store_true", help="see that it works")
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    return parser


def _at_least_one(said: str) -> int:
    number = int(said)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one round")
    return number


def _describe(server: Server, writing: Writing, rounds: int, seconds: float) -> None:
    """Say what is measured on what, as a number without it says nothing."""
    settings = server.settings("server_version", "fsync", "synchronous_commit")
    theirs, ours = writing.sizes()
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(
        f"PostgreSQL {settings['server_version']}, fsync {settings['fsync']},"
        f" synchronous_commit {settings['synchronous_commit']};"
        f" eventsourcing {version('eventsourcing')};"
        f" Python {platform.python_version()}, {os.cpu_count()} cores, load {load}.\n"
        f"One event is {theirs} bytes of JSON in the plain library, {ours} in a body.\n"
        f"{rounds} rounds, windows of {seconds} s.\n"
    )


def _names(groups: Sequence[Group]) -> list[str]:
    return [f.name for group in groups for bench in group for f in bench.figures]


def _tell(said: str) -> None:
    """Progress, for whoever waits."""
    print(said, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
