"""What nobody touched is found whole: else the other tests would say nothing."""

from __future__ import annotations

from tests.attacks.museum import CASES, Museum


def test_a_ledger_nobody_touched_is_proved_whole(exhibit: Museum) -> None:
    report = exhibit.check()
    assert report.ok, report.as_text()
    assert report.checkpoint is not None
    assert report.checkpoint.size == exhibit.size() > 256


def test_every_case_nobody_touched_loads(exhibit: Museum) -> None:
    assert [exhibit.refusal_to_load(label) for label in CASES] == ["LOADED"] * 9


def test_a_publisher_goes_on_where_nobody_touched_anything(exhibit: Museum) -> None:
    assert exhibit.publisher().publish().size == exhibit.size()


def test_what_is_put_back_after_an_attack_is_whole_again(exhibit: Museum) -> None:
    exhibit.tamper("DELETE FROM envelope")
    exhibit.tamper_keys("DELETE FROM wrapped_key")
    exhibit.checkpoint.unlink()
    exhibit.restore()
    assert exhibit.check().ok
