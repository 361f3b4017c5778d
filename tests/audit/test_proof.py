from __future__ import annotations

import pytest

from audit.failures import ProofFailed
from audit.proof import Proof, format_proof, parse_proof
from tests.audit.mangling import code_of, mangled, outcome

PROOF = Proof(
    17, (b"\x01" * 32, b"\x02" * 32), b"log.example\n100\n...\n\nrest\n", b"x"
)
EMPTY = Proof(0, (), b"log.example\n1\n...\n")


@pytest.mark.parametrize("proof", [PROOF, EMPTY])
def test_a_proof_is_read_as_it_was_written(proof):
    assert parse_proof(format_proof(proof)) == proof


def test_a_proof_has_the_lines_of_the_specification():
    assert format_proof(PROOF) == (
        b"c2sp.org/tlog-proof@v1\nextra eA==\nindex 17\n"
        b"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
        b"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n"
        b"\nlog.example\n100\n...\n\nrest\n"
    )


@pytest.mark.parametrize("proof", [PROOF, EMPTY])
def test_every_mangled_proof_is_refused_or_says_something_else(proof):
    for data in mangled(format_proof(proof)):
        code = code_of(outcome(parse_proof, data), proof)
        assert code in ("INC_PROOF", "something else")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v1",
        b"c2sp.org/tlog-proof@v1\n\nlog",
        b"c2sp.org/tlog-proof@v2\nindex 0\n\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 00\n\nlog",
        b"c2sp.org/tlog-proof@v1\nindex -1\n\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 44 + b"\n\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 42 + b"==\n\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 43 + b"=\n" * 63 + b"\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + (b"A" * 43 + b"=\n") * 63 + b"\nlog",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 42 + b"B=\n\nlog",
        "c2sp.org/tlog-proof@v1\nindex ١\n\nlog".encode(),
    ],
)
def test_a_proof_of_another_form_is_refused(data):
    with pytest.raises(ProofFailed, match="INC_PROOF"):
        parse_proof(data)
