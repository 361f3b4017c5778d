from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.failures import ProofFailed
from audit.note import Vkey
from audit.policy import (
    Group,
    Policy,
    Witness,
    format_policy,
    open_checkpoint,
    parse_policy,
)
from tests.audit.forging import Forge
from tests.audit.mangling import flipped

FORGE = Forge(bytes(32), witnesses=("tilsyn", "nabo", "arkiv"))
FORGE.record(FORGE.registry)


def vkey(name, type=4, of=None):
    return str(Vkey(f"{name}.example/w", type, FORGE.public(of or f"witness {name}")))


LOG = f"log {Vkey(FORGE.origin, 1, FORGE.public('log'))}\n"
REGISTRY = f"registry {Vkey('r.example', 1, FORGE.public('root'))}\n"
TENANT = "tenant testvik\n"
HEAD = LOG + REGISTRY + TENANT
WITNESSES = "".join(f"witness {name} {vkey(name)}\n" for name in FORGE.witnesses)


def refused(code, text, **how):
    with pytest.raises(ProofFailed) as found:
        parse_policy(text, **how)
    assert found.value.code == code


def test_a_policy_says_whom_to_trust():
    policy = parse_policy(
        "# for Testvik\n\n"
        f"  log\t{Vkey(FORGE.origin, 1, FORGE.public('log'))} https://log.example/ \n"
        f"{REGISTRY}tenant  Testvik kommune \n"
        f"witness tilsyn {vkey('tilsyn')} https://w.example/\n"
        f"witness nabo {vkey('nabo')}\n"
        "group two all tilsyn nabo\n"
        " # the end\nquorum two\n"
    )
    assert policy.origin == FORGE.origin
    assert policy.registry.public_key == FORGE.public("root")
    assert policy.tenant == "Testvik kommune"
    assert policy.url == "https://log.example/"
    assert policy.witnesses["tilsyn"].url == "https://w.example/"
    assert policy.witnesses["nabo"].url is None
    assert policy.groups == {"two": Group(2, ("tilsyn", "nabo"))}
    assert policy.quorum == "two"


def test_a_policy_is_written_as_it_is_read():
    policy = Policy(
        log=Vkey(FORGE.origin, 1, FORGE.public("log")),
        registry=Vkey("r.example", 1, FORGE.public("root")),
        tenant="Testvik kommune",
        witnesses={
            name: Witness(
                Vkey(f"{name}.example/w", 4, FORGE.public(f"witness {name}")), url
            )
            for name, url in (("tilsyn", "https://w.example/"), ("nabo", None))
        },
        groups={"any": Group(1, ("tilsyn", "nabo"))},
        quorum="any",
        url="https://log.example/",
    )
    assert parse_policy(format_policy(policy)) == policy


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("POLICY_INCOMPLETE", ""),
        ("POLICY_INCOMPLETE", LOG + REGISTRY),
        ("POLICY_INCOMPLETE", LOG + TENANT),
        ("POLICY_INCOMPLETE", REGISTRY + TENANT),
        ("POLICY_UNKNOWN_LINE", HEAD + "trust everybody\n"),
        ("POLICY_UNKNOWN_LINE", HEAD + "Log x\n"),
        ("POLICY_MALFORMED", LOG + REGISTRY + "tenant " + "x" * 256 + "\n"),
        ("POLICY_MALFORMED", HEAD + "quorum\n"),
        ("POLICY_MALFORMED", HEAD + "quorum a b\n"),
        ("POLICY_MALFORMED", HEAD + "witness a\n"),
        ("POLICY_MALFORMED", HEAD + f"witness a {vkey('nabo')} url more\n"),
        ("POLICY_MALFORMED", HEAD + "group a all\n"),
        ("POLICY_MALFORMED", HEAD + "log\n"),
        ("POLICY_MALFORMED", HEAD + "tenant\n"),
        ("POLICY_MALFORMED", HEAD + "registry\n"),
        ("POLICY_MALFORMED", HEAD + f"witness none {vkey('nabo')}\n"),
        ("POLICY_MALFORMED", HEAD + WITNESSES + "group none any nabo\n"),
        ("POLICY_MALFORMED", HEAD + WITNESSES + "group g some nabo\n"),
        ("POLICY_MALFORMED", HEAD + WITNESSES + "group g -1 nabo\n"),
        ("POLICY_MALFORMED", HEAD + WITNESSES + "group g ١ nabo\n"),
        ("POLICY_MALFORMED", HEAD + "\r\n"),
        ("POLICY_MALFORMED", HEAD + "# \x7f\n"),
        ("POLICY_REPEATED", HEAD + LOG),
        ("POLICY_REPEATED", HEAD + TENANT),
        ("POLICY_REPEATED", HEAD + REGISTRY),
        ("POLICY_REPEATED", HEAD + WITNESSES + "quorum nabo\nquorum tilsyn\n"),
        ("POLICY_REPEATED", HEAD + WITNESSES + f"witness nabo {vkey('other')}\n"),
        ("POLICY_REPEATED", HEAD + WITNESSES + "group nabo any tilsyn\n"),
        ("POLICY_REPEATED", HEAD + WITNESSES + "group g 2 nabo nabo\n"),
        ("POLICY_REPEATED", HEAD + WITNESSES + "group g any nabo\ngroup h any nabo\n"),
        ("POLICY_UNKNOWN_NAME", HEAD + WITNESSES + "quorum stranger\n"),
        ("POLICY_UNKNOWN_NAME", HEAD + "quorum nabo\n" + WITNESSES),
        ("POLICY_UNKNOWN_NAME", HEAD + WITNESSES + "group g any g\n"),
        ("POLICY_UNKNOWN_NAME", HEAD + WITNESSES + "group g any none\n"),
        ("POLICY_THRESHOLD", HEAD + WITNESSES + "group g 0 nabo\n"),
        ("POLICY_THRESHOLD", HEAD + WITNESSES + "group g 3 nabo tilsyn\n"),
        ("POLICY_KEY", HEAD + "witness a key\n"),
        ("POLICY_KEY", HEAD + f"witness a {vkey('a', type=1)}\n"),
        ("POLICY_KEY", f"log {vkey('a', type=4)}\n"),
        ("POLICY_KEY", f"registry {vkey('a', type=4)}\n"),
        ("POLICY_KEY_REPEATED", HEAD + f"witness a {vkey('a', of='log')}\n"),
        ("POLICY_KEY_REPEATED", HEAD + f"witness a {vkey('a', of='root')}\n"),
        (
            "POLICY_KEY_REPEATED",
            HEAD + WITNESSES + f"witness a {vkey('a', of='witness nabo')}\n",
        ),
    ],
)
def test_a_policy_that_is_not_exactly_understood_is_refused(code, text):
    refused(code, text)


def test_without_a_quorum_the_caller_must_take_it_upon_itself():
    for text in (HEAD, HEAD + "quorum none\n", HEAD + WITNESSES + "quorum none\n"):
        refused("POLICY_UNWITNESSED", text)
        assert parse_policy(text, allow_unwitnessed=True).quorum is None


def test_a_flipped_bit_never_lets_another_key_in():
    text = HEAD + WITNESSES + "group g 2 tilsyn nabo arkiv\nquorum g\n"
    true = parse_policy(text)
    for data in flipped(text.encode()):
        try:
            policy = parse_policy(data.decode("latin-1"))
        except ProofFailed:
            continue
        assert policy.log == true.log
        assert policy.registry == true.registry
        kept = {each.key for each in true.witnesses.values()}
        assert {each.key for each in policy.witnesses.values()} <= kept


@given(st.text(max_size=60))
def test_whatever_a_policy_file_holds_the_answer_is_a_policy_or_a_code(text):
    with pytest.raises(ProofFailed, match="POLICY_"):
        parse_policy(text)


@pytest.mark.parametrize(
    ("rules", "enough", "too_few"),
    [
        ("quorum nabo\n", ["nabo"], ["tilsyn", "arkiv"]),
        ("group g any nabo arkiv\nquorum g\n", ["arkiv"], ["tilsyn"]),
        ("group g all nabo arkiv\nquorum g\n", ["nabo", "arkiv"], ["nabo", "tilsyn"]),
        ("group g 2 nabo arkiv tilsyn\nquorum g\n", ["nabo", "tilsyn"], ["nabo"]),
        (
            "group g any nabo arkiv\ngroup h all g tilsyn\nquorum h\n",
            ["arkiv", "tilsyn"],
            ["arkiv", "nabo"],
        ),
    ],
)
def test_a_quorum_counts_members_that_have_cosigned(rules, enough, too_few):
    policy = parse_policy(HEAD + WITNESSES + rules)
    signed = open_checkpoint(FORGE.checkpoint(witnesses=enough), policy)
    assert signed.is_witnessed
    assert set(signed.cosigned) == set(enough)
    with pytest.raises(ProofFailed, match="CP_QUORUM"):
        open_checkpoint(FORGE.checkpoint(witnesses=too_few), policy)


def test_one_witness_signing_twice_is_one_witness():
    policy = parse_policy(HEAD + WITNESSES + "group g 2 nabo arkiv\nquorum g\n")
    with pytest.raises(ProofFailed, match="CP_QUORUM"):
        open_checkpoint(FORGE.checkpoint(witnesses=["nabo", "nabo"]), policy)


def test_the_time_witnessed_is_the_median_so_one_wrong_clock_counts_little():
    policy = parse_policy(HEAD + WITNESSES + "group g 1 nabo\nquorum g\n")
    notes = [
        FORGE.checkpoint(witnesses=[name], at=at)
        for name, at in (("nabo", 100), ("arkiv", 0), ("tilsyn", 2_000_000_000))
    ]
    lines = [note.decode().split("\n")[-2] + "\n" for note in notes[1:]]
    signed = open_checkpoint(notes[0] + "".join(lines).encode(), policy)
    assert signed.witnessed_at == 100
    assert signed.cosigned == {"nabo": 100, "arkiv": 0, "tilsyn": 2_000_000_000}


def test_the_log_must_have_signed_whoever_else_has():
    policy = parse_policy(HEAD + WITNESSES + "quorum nabo\n")
    note = FORGE.checkpoint(by="intruder", witnesses=["nabo"])
    with pytest.raises(ProofFailed, match="CP_SIGNATURE"):
        open_checkpoint(note, policy)
