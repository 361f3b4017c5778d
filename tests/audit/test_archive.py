from __future__ import annotations

import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.archive import MAX_ARCHIVE, MAX_MEMBERS, read_archive, write_archive
from audit.failures import ProofFailed
from tests.audit.forging import packed, unpacked
from tests.audit.mangling import flipped, outcome, shortened

FILES = {"manifest": b"{}", "events/1": b"one" * 40, "events/2": b"", "note": b"n" * 99}


def limit_of(name):
    return 1 << 20 if name in FILES else None


def refused(code, data, limit=limit_of):
    with pytest.raises(ProofFailed) as found:
        read_archive(data, limit)
    assert found.value.code == code


def patched(data, at, content):
    return data[:at] + content + data[at + len(content) :]


def directory_at(data):
    return struct.unpack("<L", data[-6:-2])[0]


def test_an_archive_is_read_as_it_was_written():
    assert read_archive(write_archive(FILES), limit_of) == FILES


def test_other_programs_read_what_we_write_and_we_what_they_write():
    assert unpacked(write_archive(FILES)) == FILES
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert read_archive(packed(FILES, method), limit_of) == FILES


def test_the_same_files_give_the_same_bytes():
    assert write_archive(FILES) == write_archive(dict(FILES))


def test_an_archive_cut_off_anywhere_is_incomplete():
    whole = write_archive(FILES)
    for length in range(len(whole)):
        with pytest.raises(ProofFailed, match=r"BUNDLE_INCOMPLETE|BUNDLE_ZIP"):
            read_archive(whole[:length], limit_of)
    for length in range(directory_at(whole)):
        refused("BUNDLE_INCOMPLETE", whole[:length])


def test_no_mangling_changes_what_a_file_holds():
    whole = write_archive(FILES)
    for ways in (flipped, shortened):
        for data in ways(whole):
            found = outcome(read_archive, data, limit_of)
            if not isinstance(found, ProofFailed):
                assert found == FILES  # a date has changed, say


@given(st.binary(max_size=200))
def test_whatever_bytes_come_the_answer_is_files_or_a_code(data):
    with pytest.raises(ProofFailed, match="BUNDLE_"):
        read_archive(data, limit_of)


def test_an_empty_archive_holds_nothing():
    assert read_archive(write_archive({}), limit_of) == {}
    refused("BUNDLE_INCOMPLETE", b"")


def test_a_name_is_allowed_or_refused_and_only_once():
    refused("BUNDLE_NAME", packed({"stranger": b""}))
    refused("BUNDLE_NAME", packed({"nóte": b""}))
    twice = packed({"note": b"one", "n0te": b"two"}, zipfile.ZIP_STORED)
    refused("BUNDLE_REPEATED", twice.replace(b"n0te", b"note"))


def test_sizes_are_limited_before_anything_is_unpacked():
    bomb = packed({"note": bytes(1 << 20)})
    refused("BUNDLE_RATIO", bomb)
    refused("BUNDLE_SIZE", bomb, lambda name: 1000)
    refused("BUNDLE_SIZE", bytes(MAX_ARCHIVE + 1))
    many = {f"events/{i}": b"" for i in range(3)}
    lying = write_archive(many)
    for at in range(3):  # each says it is a quarter of a gigabyte
        entry = directory_at(lying) + at * (46 + 8)
        lying = patched(lying, entry + 20, struct.pack("<2L", 1 << 28, 1 << 28))
    refused("BUNDLE_SIZE", lying, lambda name: 1 << 30)


def test_a_file_that_unpacks_to_more_than_it_says_is_refused():
    data = packed({"note": b"n" * 99})
    smaller = struct.pack("<L", 98)
    data = patched(data, 22, smaller)
    refused("BUNDLE_CHECKSUM", patched(data, directory_at(data) + 24, smaller))


def test_deflated_bytes_that_go_on_or_are_nonsense_are_refused():
    for stream in (zlib.compress(b"n" * 99, wbits=-15) + b"more", b"\xff" * 20):
        data = write_archive({"note": stream})
        size = struct.pack("<L", 99)
        crc = struct.pack("<L", zlib.crc32(b"n" * 99))
        for at, sizes_at in (
            (8, 14),
            (directory_at(data) + 10, directory_at(data) + 16),
        ):
            data = patched(data, at, struct.pack("<H", 8))
            data = patched(data, sizes_at, crc)
            data = patched(data, sizes_at + 8, size)
        refused("BUNDLE_CHECKSUM", data)


@pytest.mark.parametrize(
    ("code", "at", "content"),
    [
        ("BUNDLE_ENCRYPTED", 8, b"\x01"),
        ("BUNDLE_ENCRYPTED", 8, b"\x40"),
        ("BUNDLE_ZIP", 8, b"\x08"),  # sizes after the file
        ("BUNDLE_METHOD", 10, b"\x0c"),
        ("BUNDLE_ZIP", 30, b"\x04"),  # extra fields
        ("BUNDLE_ZIP", 32, b"\x04"),  # a comment
        ("BUNDLE_ZIP", 34, b"\x01"),  # another disk
        ("BUNDLE_ZIP", 41, b"\xa1"),  # a symbolic link
        ("BUNDLE_ZIP", 42, b"\x01"),  # another offset
        ("BUNDLE_ZIP", 16, b"\x00"),  # another checksum than the file's own header
        ("BUNDLE_ZIP", 0, b"X"),
    ],
)
def test_the_directory_may_say_only_plain_things(code, at, content):
    data = write_archive(FILES)
    refused(code, patched(data, directory_at(data) + at, content))


@pytest.mark.parametrize("at", [0, 6, 8, 14, 18, 22, 26, 28, 30])
def test_the_header_before_a_file_must_agree_with_the_directory(at):
    data = write_archive(FILES)
    refused("BUNDLE_ZIP", patched(data, at, bytes([data[at] ^ 1])))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"MZ" + data,
        lambda data: data + b"\0",
        lambda data: data[:-2] + b"\x01\x00c",
        lambda data: patched(data, len(data) - 18, b"\x01"),
        lambda data: patched(data, len(data) - 14, b"\x01"),
        lambda data: patched(data, len(data) - 6, b"\x00"),
        lambda data: data[: directory_at(data)] + b"gap" + data[directory_at(data) :],
    ],
)
def test_nothing_stands_before_between_or_after(change):
    refused("BUNDLE_ZIP", change(write_archive(FILES)))


def test_more_files_than_a_plain_zip_can_count_are_refused():
    data = write_archive(FILES)
    count = struct.pack("<2H", 0xFFFF, 0xFFFF)
    refused("BUNDLE_COUNT", patched(data, len(data) - 14, count))
    with pytest.raises(ProofFailed, match="BUNDLE_COUNT"):
        write_archive(dict.fromkeys(map(str, range(MAX_MEMBERS + 1)), b""))


def test_more_bytes_than_a_reader_accepts_are_not_written():
    block = bytes(1 << 20)
    with pytest.raises(ProofFailed, match="BUNDLE_SIZE"):
        write_archive({str(i): block for i in range(129)})
