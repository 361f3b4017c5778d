"""The verifier's command.

    python -m audit verify BUNDLE --policy FILE [--json] [--allow-unwitnessed]
    python -m audit fsck DIRECTORY --policy FILE [--json] [--allow-unwitnessed]
                                                 [--known CHECKPOINT]
    python -m audit findings BUNDLE --policy FILE [--json] [--allow-unwitnessed]
                                                  [--at DATE]

`verify` checks an evidence bundle, `fsck` a mirror of the whole log; `--language nb`
reports in Norwegian. `findings` verifies a bundle and then says what stands out in it,
as questions; clocks that still run are judged on the day `--at`. Exit status: 0 proved,
1 failed or refused, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from audit.findings.telling import LANGUAGES as FINDINGS_IN
from audit.findings.telling import as_text
from audit.judging import judge_bundle
from audit.mirror import fsck_mirror
from audit.report import LANGUAGES, Report
from audit.verify import verify_bundle

Check = Callable[[argparse.Namespace, str], Report]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and answer with its exit status."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        policy = asked.policy.read_text(encoding="utf-8")
        answer, ok = asked.answer(asked, policy)
    except (OSError, UnicodeDecodeError) as unreadable:
        parser.error(str(unreadable))
    print(answer, end="")
    return 0 if ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="audit", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="verify | fsck | findings")
    verify = commands.add_parser("verify", help="check an evidence bundle")
    verify.add_argument("subject", metavar="BUNDLE", type=Path)
    verify.set_defaults(answer=_answer(_verify))
    fsck = commands.add_parser("fsck", help="check a mirror of the whole log")
    fsck.add_argument("subject", metavar="DIRECTORY", type=Path)
    fsck.set_defaults(answer=_answer(_fsck))
    fsck.add_argument(
        "--known",
        type=Path,
        help="a checkpoint you have kept: what it counts must still be there",
    )
    findings = commands.add_parser("findings", help="what stands out in a bundle")
    findings.add_argument("subject", metavar="BUNDLE", type=Path)
    findings.add_argument(
        "--at",
        type=date.fromisoformat,
        metavar="DATE",
        help="the day open clocks are judged on; the bundle's own without it",
    )
    findings.set_defaults(answer=_findings)
    for command in (verify, fsck, findings):
        command.add_argument(
            "--policy",
            type=Path,
            required=True,
            help="the supervisor's own policy file, never the bundle's copy",
        )
        command.add_argument("--json", action="store_true", help="for programs")
        known = FINDINGS_IN if command is findings else LANGUAGES
        command.add_argument("--language", choices=known, default="en")
        command.add_argument(
            "--allow-unwitnessed",
            action="store_true",
            help="accept a policy without witnesses; the verdict says so",
        )
    return parser


def _answer(check: Check) -> Callable[[argparse.Namespace, str], tuple[str, bool]]:
    """The report of a check as it is asked for, and whether all of it held."""

    def answer(asked: argparse.Namespace, policy: str) -> tuple[str, bool]:
        report = check(asked, policy)
        text = report.dumps() if asked.json else report.as_text(asked.language)
        return text, report.ok

    return answer


def _findings(asked: argparse.Namespace, policy: str) -> tuple[str, bool]:
    """The judgement; where the bundle is not proved, the report that says why."""
    judged = judge_bundle(
        asked.subject, policy, at=asked.at, allow_unwitnessed=asked.allow_unwitnessed
    )
    report, judgement = judged.report, judged.judgement
    if judgement is None:
        return report.dumps() if asked.json else report.as_text(), False
    if asked.json:
        return judgement.dumps(), True
    text = as_text(judgement, judged.labels, asked.language)
    return f"{report.verdict}\n{text}", True


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
