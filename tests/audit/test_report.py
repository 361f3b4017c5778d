from __future__ import annotations

import json
from string import Formatter
from uuid import UUID

from audit.failures import REASONS, ProofFailed
from audit.note import Checkpoint
from audit.policy import SignedCheckpoint
from audit.report import LANGUAGES, NOTICES, Report, Standing, Verdict

STREAM = UUID("3f8a5f0e-6f43-4d35-9d6c-2f6a3a1b9c11")
SIGNED = SignedCheckpoint(
    Checkpoint("log.example", 3, bytes(32)), {"tilsyn": 1_767_258_000}, True
)


def finished(*verdicts: Verdict) -> Report:
    report = Report("bundle", is_finished=True)
    report.accept(SIGNED)
    for verdict in verdicts:
        report.judge(verdict)
    return report


def test_a_check_that_did_not_finish_has_proved_nothing():
    report = Report("bundle")
    report.accept(SIGNED)
    assert not report.ok
    assert "PROVED" not in report.verdict.replace("NOT PROVED", "")


def test_the_first_failure_gives_the_code_and_the_rest_are_counted():
    report = finished()
    for code in ("SIG_INVALID", "INC_PATH", "INC_PATH"):
        report.fail(ProofFailed(code), stream=STREAM, version=2)
    assert (report.ok, report.code) == (False, "SIG_INVALID")
    assert report.failed_by_code == {"SIG_INVALID": 1, "INC_PATH": 2}
    assert report.verdict.startswith("NOT PROVED: 3 checks failed")


def test_the_json_has_its_keys_in_order_whatever_happened():
    keys = [
        "format", "subject", "ok", "code", "verdict", "case", "checkpoint", "witnesses",
        "counts", "notices", "failed_by_code", "failures", "entries",
    ]  # fmt: skip
    failed = Report("log")
    failed.fail(ProofFailed("CP_QUORUM", "0 cosigned"))
    for report in (finished(), failed):
        assert list(json.loads(report.dumps())) == keys
    assert json.loads(failed.dumps())["failures"] == [
        {"code": "CP_QUORUM", "reason": REASONS["CP_QUORUM"], "detail": "0 cosigned"}
    ]


def test_an_entry_says_its_standing_in_words():
    report = finished(
        Verdict(STREAM, 1, 0, Standing.SHOWN),
        Verdict(STREAM, 2, 1, Standing.SEALED, erased_by=0),
        Verdict(STREAM, 3, 2, Standing.FAILED, ("SIG_INVALID",)),
    )
    assert [each["standing"] for each in report.as_json()["entries"]] == [
        "proved and shown", "proved, not disclosed", "FAILED",
    ]  # fmt: skip
    text = report.as_text()
    assert f"{STREAM}/1: proved and shown\n" in text
    assert f"{STREAM}/2: proved, not disclosed, erased (leaf 0)\n" in text
    assert f"{STREAM}/3: FAILED SIG_INVALID\n" in text
    assert report.as_json()["entries"][2]["reasons"] == [REASONS["SIG_INVALID"]]


def test_a_verdict_says_by_whom_and_never_only_ok():
    report = finished(Verdict(STREAM, 1, 0, Standing.SHOWN))
    assert report.verdict == (
        "PROVED with 1 witness: 1 entry is signed, linked and in the log; 1 shown,"
        " 0 not disclosed, 0 of these erased."
    )
    assert "2026-01-01T09:00:00Z" in report.as_text()
    assert report.as_json()["checkpoint"]["witnessed_at"] == "2026-01-01T09:00:00Z"


def test_every_language_has_words_for_everything():
    english, *others = LANGUAGES.values()
    for other in others:
        for ours, theirs in zip(english, other, strict=True):
            assert list(theirs) == list(ours)
            for name, words in ours.items():
                assert set(fields(theirs[name])) == set(fields(words)), name


def fields(words: str) -> list[str]:
    """What is to be filled in."""
    return [field for _, field, _, _ in Formatter().parse(words) if field]


def test_a_report_is_given_in_norwegian_too():
    report = finished(
        Verdict(STREAM, 1, 0, Standing.SHOWN),
        Verdict(STREAM, 2, 1, Standing.SEALED, erased_by=0),
    )
    text = report.as_text("nb")
    assert text.startswith("BEVIST med 1 vitne: 2 oppføringer er signert, lenket og i")
    assert f"{STREAM}/2: bevist, ikke utlevert, slettet (blad 0)\n" in text
    report.fail(ProofFailed("CHAIN_POSITION_GAP", "1 from 6"), position=7)
    assert report.as_text("nb").startswith("IKKE BEVIST: 1 kontroll slo feil")
    assert "posisjon 7: CHAIN_POSITION_GAP: posisjoner mangler" in report.as_text("nb")


def test_a_time_beyond_the_calendar_is_given_as_its_number():
    report = Report("bundle")
    report.accept(
        SignedCheckpoint(Checkpoint("log.example", 1, bytes(32)), {"w": 1 << 63}, True)
    )
    assert report.as_json()["witnesses"] == [{"name": "w", "at": str(1 << 63)}]


def test_a_notice_is_given_once_and_has_its_words():
    report = finished()
    report.notice("BEACONS")
    report.notice("BEACONS")
    assert report.as_json()["notices"] == [
        {"code": "BEACONS", "text": NOTICES["BEACONS"]}
    ]
