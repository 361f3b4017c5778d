from __future__ import annotations

import shutil
import subprocess
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.failures import ProofFailed
from audit.note import (
    MAX_NOTE,
    Checkpoint,
    KeyType,
    Vkey,
    cosignature,
    cosigned_message,
    format_note,
    open_note,
    parse_vkey,
)
from audit.tree import EMPTY_ROOT, Frontier, leaf_hash
from tests.audit.mangling import code_of, mangled, outcome

FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXs"
    "YjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # published with the format
LOG = (
    "kommune.example/stafettlogg+a2827b82+AUy1q/atefv1q7zK/MJp2FzSZR7UuIW1hp8kGu3wpbop"
)
WITNESS = (
    "statsforvalter.example/w1+0564877c+BHQiuYh1mAaOMsREipSa2ykND041ueAbDuXxoeYA/iZ0"
)
WITNESSED = """\
kommune.example/stafettlogg
100
E/iJFcVg3JEaHaD7IJ2EoglxBR8pTr60KPs/wpOvJ0M=

— kommune.example/stafettlogg ooJ7ghg6JnxByTTb88Ise4GjRxVwNA14eMo869iP7AOWYZpHrAZSRnr\
Zu5HFphRmK6i1LRv0eWKmIPOYOBg4rKPsNAI=
— statsforvalter.example/w1 BWSHfAAAAABkGFDL3Rm+i7r5wTMyxj7G5hsCKfqztficVQNe2tu816PYK\
U4JMgLIMPhivcQOCeh+yI8dGKnjQ3wZuhT+KiGJ4a2yAQ==
""".encode()


def key(seed):
    return Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))


def test_the_published_example_opens():
    note = open_note(FOO_NOTE, [parse_vkey(FOO)])
    assert note.text == "This is an example message.\n"
    assert [each.key.name for each in note.signatures] == ["example.com/foo"]


def test_the_go_key_signs_the_go_text_with_the_go_signature():
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    signer = Ed25519PrivateKey.from_private_bytes(b64decode(PETER_SEED)[1:])
    peter = Vkey(
        "PeterNeumann", KeyType.ED25519, signer.public_key().public_bytes_raw()
    )
    assert str(peter) == PETER
    signed = [("PeterNeumann", peter.key_id, signer.sign(text.encode()))]
    assert format_note(text, signed).decode() == (
        f"{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUg"
        "YN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )


def test_a_witnessed_checkpoint_is_made_and_opened_byte_for_byte():
    log = Vkey("kommune.example/stafettlogg", 1, key(1).public_key().public_bytes_raw())
    witness = Vkey(
        "statsforvalter.example/w1", 4, key(2).public_key().public_bytes_raw()
    )
    assert (str(log), str(witness)) == (LOG, WITNESS)
    tree, time = Frontier(), 1_679_315_147
    for i in range(100):
        tree.append(leaf_hash(b"leaf %d" % i))
    text = Checkpoint(log.name, 100, tree.root()).text()
    signed = key(2).sign(cosigned_message(text, time))
    note = format_note(
        text,
        [
            (log.name, log.key_id, key(1).sign(text.encode())),
            (witness.name, witness.key_id, cosignature(time, signed)),
        ],
    )
    assert note == WITNESSED
    opened = open_note(note, [parse_vkey(LOG), parse_vkey(WITNESS)])
    assert [each.time for each in opened.signatures] == [None, time]
    assert Checkpoint.parse(opened.text) == Checkpoint(log.name, 100, tree.root())


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PETER.replace("c74f20a3", "C74F20A3"),
        str(Vkey("name", 1, b"\0" * 31)),
        str(Vkey("na\u00a0me", 1, b"\0" * 32)),
        str(Vkey("name", 6, b"\0" * 32)),
    ],
)
def test_a_bad_verifier_key_is_refused(text):
    with pytest.raises(ProofFailed, match="POLICY_KEY"):
        parse_vkey(text)


def test_every_mangled_verifier_key_is_refused():
    for data in mangled(PETER.encode()):
        with pytest.raises(ProofFailed, match="POLICY_KEY"):
            parse_vkey(data.decode("latin-1"))


def test_every_mangled_note_is_refused():
    # a mangled name or key id makes it another, unknown signer's: also no signature
    for data in mangled(FOO_NOTE):
        with pytest.raises(ProofFailed, match=r"CP_MALFORMED|CP_SIGNATURE"):
            open_note(data, [parse_vkey(FOO)])


def test_a_mangled_checkpoint_never_counts_as_both_signed_and_cosigned():
    keys = [parse_vkey(LOG), parse_vkey(WITNESS)]
    for data in mangled(WITNESSED):
        try:
            note = open_note(data, keys)
        except ProofFailed:
            continue
        assert note.text.encode() + b"\n" == WITNESSED[: len(note.text.encode()) + 1]
        assert len(note.signatures) == 1


def test_signatures_by_unknown_keys_are_passed_over():
    stranger = "— stranger.example/x AAAAAAAA\n".encode()
    assert open_note(FOO_NOTE + stranger, [parse_vkey(FOO)]).text
    same_name = "— example.com/foo AAAAAAAA\n".encode()
    assert open_note(FOO_NOTE + same_name, [parse_vkey(FOO)]).text


def test_a_known_key_s_bad_signature_spoils_the_note():
    bad = FOO_NOTE.split(b"\n\n")[1].replace(b"yaQM=", b"yaQI=")
    with pytest.raises(ProofFailed, match="CP_SIGNATURE"):
        open_note(FOO_NOTE + bad, [parse_vkey(FOO)])


def test_a_cosignature_is_not_a_signature_nor_the_reverse():
    public = key(1).public_key().public_bytes_raw()
    plain, timed = Vkey("a.example", 1, public), Vkey("a.example", 4, public)
    text = "a.example\n0\n" + b64encode(EMPTY_ROOT).decode() + "\n"
    signed, cosigned = (
        key(1).sign(text.encode()),
        key(1).sign(cosigned_message(text, 7)),
    )
    assert open_note(
        format_note(text, [(timed.name, timed.key_id, cosignature(7, cosigned))]),
        [timed],
    ).signatures
    for name, signature in ((timed, cosignature(7, signed)), (plain, cosigned)):
        with pytest.raises(ProofFailed, match=r"CP_(CO)?SIGNATURE"):
            open_note(
                format_note(text, [(name.name, name.key_id, signature)]), [plain, timed]
            )


def test_a_cosignature_covers_its_time():
    moved = WITNESSED.replace(b"BWSHfAAAAABkGFDL", b"BWSHfAAAAABkGFDM")
    with pytest.raises(ProofFailed, match="CP_COSIGNATURE"):
        open_note(moved, [parse_vkey(LOG), parse_vkey(WITNESS)])


def test_many_signatures_are_accepted_and_too_long_a_note_is_not():
    strangers = "".join(f"— s{i}.example {'A' * 3000}\n" for i in range(40)).encode()
    assert open_note(FOO_NOTE + strangers, [parse_vkey(FOO)]).text
    with pytest.raises(ProofFailed, match="CP_MALFORMED"):
        open_note(FOO_NOTE + strangers * 3, [parse_vkey(FOO)])
    assert len(FOO_NOTE + strangers * 3) > MAX_NOTE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log.example\n1\n",
        "log.example\n01\n" + "A" * 43 + "=\n",
        "log.example\n+1\n" + "A" * 43 + "=\n",
        "log.example\n١\n" + "A" * 43 + "=\n",
        "log.example\n-1\n" + "A" * 43 + "=\n",
        "log.example\n99999999999999999999\n" + "A" * 43 + "=\n",
        "log.example\n1\n" + "A" * 42 + "B=\n",
        "log.example\n1\n" + "A" * 42 + "==\n",
        "log.example\n1\n" + "A" * 43 + "\n",
        "log.example\n1\nAAAA\n",
        "log.example\n1\n" + "A" * 43 + "=",
        "log.example\n1\n" + "A" * 43 + "=\nextension\n",
        "log.example\n0\n" + "A" * 43 + "=\n",
        "log example\n1\n" + "A" * 43 + "=\n",
        "\n1\n" + "A" * 43 + "=\n",
    ],
)
def test_a_checkpoint_of_another_form_is_refused(text):
    with pytest.raises(ProofFailed, match="CP_MALFORMED"):
        Checkpoint.parse(text)


def test_every_mangled_checkpoint_text_is_refused_or_says_something_else():
    checkpoint = Checkpoint("log.example/a", 1_234, b"\x5a" * 32)
    for data in mangled(checkpoint.text().encode()):
        found = outcome(Checkpoint.parse, data.decode("latin-1"))
        assert code_of(found, checkpoint) in ("CP_MALFORMED", "something else")
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
    assert replace(checkpoint, size=0, root=EMPTY_ROOT).text().split("\n")[1] == "0"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_the_checkpoint_signature_too(tmp_path):
    text, lines = WITNESSED.decode().rsplit("\n\n", 1)
    log = parse_vkey(LOG)
    signature = b64decode(lines.split("\n")[0].split(" ")[2])[4:]
    der = bytes.fromhex("302a300506032b6570032100") + log.public_key  # RFC 8410
    for name, content in (
        ("key", der), ("signature", signature), ("text", f"{text}\n".encode()),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
    command += ["-inkey", "key", "-sigfile", "signature", "-in", "text"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "text").write_bytes(text.replace("100", "101").encode() + b"\n")
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode != 0
