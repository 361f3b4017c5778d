import json
from datetime import date

from ledger.projections.handovers import handovers
from ledger.projections.plain import as_json
from ledger.projections.timeline import timeline


def test_a_view_becomes_json_that_is_read_back_as_it_was(sample):
    for view in (timeline(sample("d")), handovers(sample("c"), at=date(2026, 1, 16))):
        plain = as_json(view)
        assert json.loads(json.dumps(plain)) == plain


def test_dates_times_and_codes_are_text(sample):
    plain = as_json(timeline(sample("d")))
    assert plain["depth"] == "all"
    assert plain["rows"][0]["occurred_at"] == "2026-03-11T09:38:00+01:00"
    assert plain["rows"][3]["stream"] == "stafettlogg.shielded.v1"


def test_keys_of_a_dict_become_text():
    assert as_json({date(2026, 1, 2): (1, None, True)}) == {
        "2026-01-02": [1, None, True]
    }
