from __future__ import annotations

import pytest

from audit.failures import ProofFailed
from audit.keys import KeyRegistry
from audit.record import check_preimage, parse_body, parse_envelope
from tests.audit.forging import Forge, leaf


def rebuilt(forge: Forge) -> KeyRegistry:
    """The registry as its entries give it."""
    keys = KeyRegistry(forge.public("root"))
    for entry in forge.registry.entries:
        envelope = parse_envelope(entry.envelope)
        body = parse_body(check_preimage(envelope, entry.preimage))
        keys.check_author(envelope.header, body)
        keys.apply(body, entry.index, leaf(entry.envelope))
    return keys


def span(forge: Forge, name: str, until: int = 12) -> list[int]:
    """The leaf indices at which a service key is valid."""
    keys, valid = rebuilt(forge), []
    for index in range(until):
        try:
            assert keys.service_key(forge.kid(name), index) == forge.public(name)
        except ProofFailed:
            continue
        valid.append(index)
    return valid


def test_a_key_is_valid_from_the_leaf_that_introduces_it(forge):
    forge.introduce("second")  # leaf 2, after the service and checkpoint keys
    assert span(forge, "second") == list(range(2, 12))


def test_a_rotated_key_is_valid_up_to_the_leaf_before(forge):
    forge.introduce("second")
    forge.rotate("service", "second")  # leaf 3
    assert span(forge, "service") == [0, 1, 2]
    assert span(forge, "second") == list(range(2, 12))


def test_a_retired_key_is_valid_up_to_its_revocation(forge):
    forge.revoke("service")  # leaf 2
    assert span(forge, "service") == [0, 1, 2]


@pytest.mark.parametrize(
    ("last_trusted", "valid"), [(1, [0, 1]), (0, [0]), (99, [0, 1, 2]), (None, [])]
)
def test_a_compromised_key_is_valid_as_far_as_the_root_still_trusts(
    forge, last_trusted, valid
):
    forge.revoke("service", "compromised", last_trusted)
    assert span(forge, "service") == valid


def test_a_span_is_only_ever_narrowed(forge):
    forge.revoke("service", "compromised", 0)
    forge.revoke("service")
    forge.revoke("service", "compromised", 99)
    assert span(forge, "service") == [0]


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("KEY_REPEATED", lambda forge: forge.introduce("service")),
        ("KEY_REPEATED", lambda forge: forge.rotate("service", "service")),
        ("KEY_UNKNOWN", lambda forge: forge.rotate("service", "stranger")),
        ("KEY_UNKNOWN", lambda forge: forge.rotate("stranger", "service")),
        ("KEY_UNKNOWN", lambda forge: forge.revoke("stranger")),
        ("KEY_PURPOSE", lambda forge: forge.rotate("service", "log")),
        ("KEY_FIELDS", lambda forge: forge.rotate("log", "service", last_trusted=1)),
        ("KEY_FIELDS", lambda forge: forge.rotate("log", "service", replaces="log")),
        ("KEY_FIELDS", lambda forge: forge.revoke("service", "because")),
        ("KEY_FIELDS", lambda forge: forge.revoke("service", "retired", 3)),
        ("KEY_FIELDS", lambda forge: forge.revoke("service", "compromised", -2)),
        ("KEY_THUMBPRINT", lambda forge: forge.introduce("x", key_id="00" * 32)),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", key_id="0x" * 32)),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", key_id="AA" * 32)),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", key_id=7)),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", public_key="AAAA")),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", public_key="?")),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", public_key=None)),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", algorithm="none")),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", purpose="everything")),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", purpose=["service"])),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", holder=None)),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", valid_from="2026-01-01")),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", last_trusted=3)),
        ("KEY_FIELDS", lambda forge: forge.introduce("x", note="")),
    ],
)  # fmt: skip
def test_an_entry_about_keys_that_makes_no_sense_is_refused(forge, code, act):
    act(forge)
    with pytest.raises(ProofFailed) as found:
        rebuilt(forge)
    assert found.value.code == code
