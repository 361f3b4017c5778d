"""What an entry is about, in one word."""

from __future__ import annotations

from typing import Final

from audit.findings.entry import Entry

OWN_IDS: Final = (
    "evaluation_id",
    "referral_id",
    "document_id",
    "shielding_id",
    "flag_id",
    "melding_id",
    "meeting_id",
    "measure_id",
    "goal_id",
    "proposal_id",
    "consent_id",
    "escalation_id",
    "transfer_id",
    "order_id",
    "view_id",
    "concern_id",
    "guardian_ref",
)
"""Fields that name the thing an entry is about; what it belongs to comes later."""


def thing_of(entry: Entry) -> str:
    """The id of the thing that an entry is about, or its event's name without one."""
    named = (entry.text(field) for field in OWN_IDS)
    return next(filter(None, named), entry.event)
