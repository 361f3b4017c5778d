"""The verifier's command.

    python -m audit verify BUNDLE --policy FILE [--json] [--allow-unwitnessed]
    python -m audit fsck DIRECTORY --policy FILE [--json] [--allow-unwitnessed]
                                                 [--known CHECKPOINT]

`verify` checks an evidence bundle, `fsck` a mirror of the whole log; `--language nb`
reports in Norwegian. Exit status: 0 proved, 1 failed or refused, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from audit.mirror import fsck_mirror
from audit.report import LANGUAGES, Report
from audit.verify import verify_bundle


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and answer with its exit status."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        policy = asked.policy.read_text(encoding="utf-8")
        report = asked.check(asked, policy)
    except (OSError, UnicodeDecodeError) as unreadable:
        parser.error(str(unreadable))
    print(report.dumps() if asked.json else report.as_text(asked.language), end="")
    return 0 if report.ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="audit", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="verify | fsck")
    verify = commands.add_parser("verify", help="check an evidence bundle")
    verify.add_argument("subject", metavar="BUNDLE", type=Path)
    verify.set_defaults(check=_verify)
    fsck = commands.add_parser("fsck", help="check a mirror of the whole log")
    fsck.add_argument("subject", metavar="DIRECTORY", type=Path)
    fsck.set_defaults(check=_fsck)
    fsck.add_argument(
        "--known",
        type=Path,
        help="a checkpoint you have kept: what it counts must still be there",
    )
    for command in (verify, fsck):
        command.add_argument(
            "--policy",
            type=Path,
            required=True,
            help="the supervisor's own policy file, never the bundle's copy",
        )
        command.add_argument("--json", action="store_true", help="for programs")
        command.add_argument("--language", choices=LANGUAGES, default="en")
        command.add_argument(
            "--allow-unwitnessed",
            action="store_true",
            help="accept a policy without witnesses; the verdict says so",
        )
    return parser


def _verify(asked: argparse.Namespace, policy: str) -> Report:
    return verify_bundle(
        asked.subject, policy, allow_unwitnessed=asked.allow_unwitnessed
    )


def _fsck(asked: argparse.Namespace, policy: str) -> Report:
    known = None if asked.known is None else asked.known.read_bytes()
    return fsck_mirror(
        asked.subject,
        policy,
        known=known,
        allow_unwitnessed=asked.allow_unwitnessed,
        progress=_show_progress,
    )


def _show_progress(count: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{count} entries", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
