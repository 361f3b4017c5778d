"""Every way a check can fail: its code, and the reason in words.

A code is stable and is what programs compare; the words are for people and never
hold anything said in a case. `FORMAT.md` lists the same codes; a test compares them.
"""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    # the policy pinned by the supervisor
    "POLICY_MALFORMED": "the policy file holds a line that does not follow its form",
    "POLICY_UNKNOWN_LINE": "the policy file holds a line of an unknown kind",
    "POLICY_REPEATED": "the policy file says the same thing twice",
    "POLICY_UNKNOWN_NAME": "the policy file uses a name that no earlier line defines",
    "POLICY_KEY": "a verifier key is malformed or of a type not used there",
    "POLICY_KEY_REPEATED": "the same public key stands in two places in the policy",
    "POLICY_THRESHOLD": "a group asks for fewer than one or more than all members",
    "POLICY_INCOMPLETE": "the policy lacks its log, registry or tenant line",
    "POLICY_UNWITNESSED": "the policy asks for no witness, and that was not allowed",
    # the checkpoint
    "CP_ABSENT": "there is no checkpoint",
    "CP_MALFORMED": "the checkpoint does not follow its form",
    "CP_ORIGIN": "the checkpoint is of another log than the policy's",
    "CP_SIGNATURE": "the checkpoint lacks a valid signature by the policy's log key",
    "CP_COSIGNATURE": "a cosignature by a witness of the policy does not verify",
    "CP_QUORUM": "too few witnesses of the policy have cosigned the checkpoint",
    "CP_FORK": "a known checkpoint was signed over another history than this one",
    "CP_ROLLBACK": "entries that a known checkpoint counts are gone",
    # a log that was restored from a backup
    "RESTORED_FIELDS": "an entry about a restoration lacks a field or holds another",
    "RESTORED_NAME": "the log does not have the name its last restoration gives it",
    # the key registry
    "KEY_REGISTRY_ABSENT": "there is no entry of the key registry",
    "KEY_REGISTRY_SEALED": "the body of a key registry entry cannot be read",
    "KEY_REGISTRY_SECOND": "there is more than one key registry stream",
    "KEY_OUTSIDE_REGISTRY": "an entry about keys stands outside the key registry",
    "KEY_NOT_ROOT": "an entry about keys is not signed by the registry root",
    "KEY_ROOT_MISUSED": "the registry root has signed what is not its to sign",
    "KEY_FIELDS": "an entry about keys lacks a field or holds a wrong one",
    "KEY_THUMBPRINT": "the key id is not the thumbprint of the public key",
    "KEY_REPEATED": "a key is introduced twice or replaces itself",
    "KEY_UNKNOWN": "the key registry does not know this key",
    "KEY_PURPOSE": "the key was introduced for another purpose",
    "KEY_NOT_YET_VALID": "the key was introduced after this place in the log",
    "KEY_ROTATED": "the key had been replaced before this place in the log",
    "KEY_RETIRED": "the key had been retired before this place in the log",
    "KEY_COMPROMISED": "the key is declared compromised at this place in the log",
    # the encoding of an envelope
    "ENC_SIZE": "the bytes are longer than an entry may be",
    "ENC_CBOR": "the bytes are not deterministic CBOR",
    "ENC_ENVELOPE": "the bytes are not a signed envelope of the expected shape",
    "ENC_HEADER": "the signed header lacks a label, or holds an unknown or wrong one",
    # signatures
    "SIG_ALGORITHM": "the algorithm, content type or hash is not an allowed one",
    "SIG_UNPROTECTED": "the envelope carries something outside its signature",
    "SIG_INVALID": "the signature does not verify",
    # inclusion in the log
    "INC_PROOF": "the proof of inclusion does not follow its form",
    "INC_CHECKPOINT": "the proof carries another checkpoint than the bundle",
    "INC_EXTRA": "the proof carries another envelope than the bundle",
    "INC_INDEX": "the index lies outside the checkpoint's tree",
    "INC_PATH": "the proof does not lead from the entry to the checkpoint's root",
    "INC_CONSISTENCY": "the smaller tree is not a beginning of the larger one",
    "INC_ROOT": "the root derived from the entries is not the checkpoint's root",
    "INC_STORED_LEAF": "the stored leaf hash is not that of the stored envelope",
    "INC_TILE_ABSENT": "a tile that the tree needs is not there",
    "INC_TILE_MALFORMED": "a tile or entry bundle, or its name, is not of its form",
    "INC_TILE_DIFFERS": "a tile holds other hashes than the entries give",
    "INC_TILE_BEYOND": "a tile holds hashes of entries that are not there",
    # links between entries
    "CHAIN_ORIGIN": "the entry is of another log",
    "CHAIN_ISSUER": "the issuer is not the log's",
    "CHAIN_TENANT": "the entry is of another tenant",
    "CHAIN_STREAM": "the entry is of another stream",
    "CHAIN_KIND": "the entry says another kind of stream, or an unknown one",
    "CHAIN_VERSION": "the version is not the next one of the stream",
    "CHAIN_PREVIOUS": "the entry does not name the entry before it in the stream",
    "CHAIN_ORDER": "the entry stands before its predecessor in the log",
    "CHAIN_POSITION_GAP": "positions are missing",
    "CHAIN_POSITION_REPEATED": "a position is given twice",
    "CHAIN_POSITION_BACKWARD": "positions run backwards",
    "CHAIN_HEAD_DIFFERS": "the stored head of a stream is not its last entry",
    "CHAIN_HEAD_ABSENT": "a stream has no stored head",
    "CHAIN_HEAD_UNKNOWN": "a stored head is of a stream that has no entry",
    # times
    "TIME_DISAGREES": "the two times in the header disagree",
    "TIME_BACKWARDS": "the entry is timed before its predecessor in the stream",
    "TIME_AFTER_WITNESS": "the entry is timed after witnesses saw it in the log",
    "TIME_BEACON": "the entry names an earlier checkpoint that cannot be right",
    # actors
    "ACTOR_UNPAIRED": "an actor key without a statement, or the other way round",
    "ACTOR_STATEMENT": "the actor statement is of a form this verifier cannot check",
    # what is not there
    "MISSING_ENTRY": "an entry that the manifest lists is not in the bundle",
    "MISSING_PROOF": "an entry has no proof of inclusion in the bundle",
    "MISSING_BODY": "a body is gone, and nothing says that it was withheld or erased",
    "MISSING_ERASURE": "a body is said to be erased, but no erasure is proven",
    "MISSING_TAIL": "entries that the checkpoint counts are gone from the end",
    # bodies
    "BODY_SIZE": "the body is empty or longer than a body may be",
    "BODY_HASH": "the body is not the one that was signed",
    "BODY_JSON": "the body is not strict JSON",
    "BODY_FIELDS": "the body lacks a key, or holds an unknown or wrong one",
    "BODY_CASE": "the body names another case",
    "BODY_SHIELD": "the body names another shield than its stream",
    "BODY_DAMAGED": "the stored body does not open",
    # the manifest of a bundle
    "MANIFEST_MALFORMED": "the manifest does not follow its form",
    "MANIFEST_SIGNATURE": "the manifest is not the one that was signed",
    "MANIFEST_SIGNER": "the manifest is signed by a key that may not sign it",
    "MANIFEST_ORIGIN": "the manifest is of another log",
    "MANIFEST_TENANT": "the manifest is of another tenant",
    "MANIFEST_SIZE": "the manifest is of another checkpoint",
    "MANIFEST_HEAD": "the manifest names another last entry of the stream",
    "MANIFEST_UNLISTED": "the bundle holds a file of an entry the manifest lacks",
    "MANIFEST_SHOWN": "a body is shown that the manifest calls withheld or erased",
    # what only the keeper of the keys can check, beside the log
    "HEAD_POSITION": "the stored size of the log is not the number of its entries",
    "HEAD_COUNTER": "a stored counter is not what the entries give",
    "INDEX_DAMAGED": "an index row does not open, or leads elsewhere than it should",
    "INDEX_ABSENT": "no index row leads to a stream, or to a case of a child",
    "INDEX_UNKNOWN": "an index row leads to nothing that is on record",
    "REQUEST_DAMAGED": "a request is stored with another entry than it recorded",
    # the bundle as a file
    "BUNDLE_INCOMPLETE": "the file ends before the bundle does",
    "BUNDLE_ZIP": "the file is not a zip of the plain form a bundle has",
    "BUNDLE_NAME": "the bundle holds a file of a name that is not allowed",
    "BUNDLE_REPEATED": "the bundle holds two files of the same name",
    "BUNDLE_ENCRYPTED": "the bundle holds an encrypted file",
    "BUNDLE_METHOD": "the bundle holds a file compressed in an unknown way",
    "BUNDLE_SIZE": "the bundle, or a file in it, is larger than allowed",
    "BUNDLE_RATIO": "a file in the bundle is compressed beyond belief",
    "BUNDLE_COUNT": "the bundle holds more files than allowed",
    "BUNDLE_CHECKSUM": "a file in the bundle is damaged",
    "BUNDLE_ABSENT": "the bundle lacks a file that every bundle has",
    "BUNDLE_UNEXPECTED": "the verifier itself failed; nothing is proved",
}


class ProofFailed(ValueError):
    """A check did not hold. `code` is one of `REASONS`; `detail` says where.

    `detail` holds numbers, hashes and ids, never anything said in a case.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        """Take the reason for `code` from `REASONS`."""
        self.code = code
        self.reason = REASONS[code]
        self.detail = detail
        super().__init__(f"{code}: {self.reason}" + (f" ({detail})" if detail else ""))
