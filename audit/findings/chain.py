"""A finding on the proof: an entry that the log can no longer vouch for.

Whoever judges a bundle verifies it first, and judges nothing that is not proved. What
has been found to be broken, and put on record in the registry, is asked about here.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.findings.entry import CASE, REGISTRY
from audit.findings.finding import Found, Outcome, Rule, Severity, at
from audit.findings.history import History


def chain_broken(history: History) -> Iterator[Outcome]:
    """Verification failed for a stream of this case, or for the log as a whole."""
    streams = {entry.stream for entry in history.entries if entry.kind == CASE}
    for failure in history.of("IntegrityFailureDetected"):
        stream = failure.text("stream_ref")
        if not stream or stream in streams:
            yield Found(failure.day, failure.day, at(failure), stream or None)


RULES = (
    Rule(
        id="F40",
        name="CHAIN_BROKEN",
        severity=Severity.FATAL,
        basis="arkivlova 2025 § 5",
        source="domain.md, section 4",
        judge=chain_broken,
        reads=(REGISTRY,),
    ),
)
