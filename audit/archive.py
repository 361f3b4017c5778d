"""Zip files of one plain form: what a bundle is packed in. PKWARE APPNOTE 6.3.

A zip says everything twice, in front of each file and in the directory at the end, and
programs differ in which they believe. Here both must agree, files lie one after the
other from the first byte to the directory, and nothing else is in between: what one
reader sees, all see. Refused are encryption, links, comments, extra fields, streamed
sizes, several disks, 64-bit sizes, and every name that the caller does not know.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from audit.failures import ProofFailed

MAX_ARCHIVE: Final = 1 << 28  # bytes of the file
MAX_TOTAL: Final = 1 << 29  # bytes of all its members
MAX_MEMBERS: Final = 65_534
MAX_RATIO: Final = 100  # for members beyond `FREE_SIZE`
FREE_SIZE: Final = 1 << 16

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_STORED: Final = 0
_DEFLATED: Final = 8
_UTF8_NAME: Final = 0x0800
_ENCRYPTED: Final = 0x2041  # ordinary, strong, and masked headers
_1980: Final = 0x0021  # 1 January, the first day a zip can name
_VERSION: Final = 20
_REGULAR_FILE: Final = 0o100644 << 16


class _Member(NamedTuple):
    """What the directory says of one file."""

    method: int
    checksum: int
    packed: int
    size: int
    offset: int
    name: bytes


def read_archive(
    data: bytes, limit_of: Callable[[str], int | None]
) -> dict[str, bytes]:
    """The files of an archive by name.

    `limit_of` gives the largest allowed size of a file in bytes, and `None` for a name
    that is not allowed. Raises `ProofFailed` (`BUNDLE_…`) before unpacking anything
    that the directory shows to be too large.
    """
    if len(data) > MAX_ARCHIVE:
        raise ProofFailed("BUNDLE_SIZE", f"{len(data)} bytes")
    members, directory_at = _directory(data)
    sizes: dict[str, int] = {}
    for member in members:
        name = _allowed_name(member, limit_of)
        if name in sizes:
            raise ProofFailed("BUNDLE_REPEATED", name)
        sizes[name] = member.size
    if sum(sizes.values()) > MAX_TOTAL:
        raise ProofFailed("BUNDLE_SIZE", "all files together")
    starts = _layout(data, members, directory_at)
    return {
        name: _unpack(data[start : start + member.packed], member)
        for name, member, start in zip(sizes, members, starts, strict=True)
    }


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """An archive of `files` in their order: the same bytes for the same files.

    Nothing is compressed: compressors differ, and signatures do not compress. Raises
    `ProofFailed` (`BUNDLE_COUNT`, `BUNDLE_SIZE`) beyond what a reader accepts.
    """
    if len(files) > MAX_MEMBERS:
        raise ProofFailed("BUNDLE_COUNT", f"{len(files)} files")
    if sum(map(len, files.values())) > MAX_ARCHIVE // 2:
        raise ProofFailed("BUNDLE_SIZE", "all files together")
    parts, directory, at = [], [], 0
    for name, content in files.items():
        encoded, size = name.encode("ascii"), len(content)
        same = (0, _STORED, 0, _1980, zlib.crc32(content), size, size, len(encoded), 0)
        part = _LOCAL.pack(b"PK\3\4", _VERSION, *same) + encoded + content
        entry = _CENTRAL.pack(
            b"PK\1\2", _VERSION, _VERSION, *same, 0, 0, 0, _REGULAR_FILE, at
        )
        parts.append(part)
        directory.append(entry + encoded)
        at += len(part)
    listing, count = b"".join(directory), len(files)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(listing), at, 0)
    return b"".join(parts) + listing + end


def _directory(data: bytes) -> tuple[list[_Member], int]:
    """The directory's entries and where it starts."""
    if data[-_END.size :][:4] != b"PK\5\6" or len(data) < _END.size:
        is_cut = b"PK\3\4".startswith(data[:4]) and b"PK\5\6" not in data
        raise ProofFailed("BUNDLE_INCOMPLETE" if is_cut else "BUNDLE_ZIP", "no end")
    _, disk, start_disk, here, count, size, at, comment = _END.unpack(
        data[-_END.size :]
    )
    if count > MAX_MEMBERS:
        raise ProofFailed("BUNDLE_COUNT", f"{count} files")
    if disk or start_disk or here != count or comment:
        raise ProofFailed("BUNDLE_ZIP", "several disks or a comment")
    if at + size + _END.size != len(data):
        raise ProofFailed("BUNDLE_ZIP", "the directory is not before the end")
    members, cursor = [], at
    for _ in range(count):
        member, cursor = _directory_entry(data, cursor)
        members.append(member)
    if cursor != at + size:
        raise ProofFailed("BUNDLE_ZIP", "the directory has another length")
    return members, at


def _directory_entry(data: bytes, at: int) -> tuple[_Member, int]:
    if at + _CENTRAL.size > len(data):
        raise ProofFailed("BUNDLE_ZIP", "the directory is cut short")
    (
        magic, _, _, flags, method, _, _, checksum, packed, size,
        name_size, extra, comment, disk, _, mode, offset,
    ) = _CENTRAL.unpack_from(data, at)  # fmt: skip
    if magic != b"PK\1\2" or extra or comment or disk:
        raise ProofFailed("BUNDLE_ZIP", "extra fields, comments or disks")
    if flags & _ENCRYPTED:
        raise ProofFailed("BUNDLE_ENCRYPTED")
    if flags & ~_UTF8_NAME:
        raise ProofFailed("BUNDLE_ZIP", "a streamed or patched file")
    if method not in (_STORED, _DEFLATED):
        raise ProofFailed("BUNDLE_METHOD", f"method {method}")
    if mode >> 28 not in (0, 8):  # unknown, or a regular file
        raise ProofFailed("BUNDLE_ZIP", "a link or a device")
    start = at + _CENTRAL.size
    name = data[start : start + name_size]
    member = _Member(method, checksum, packed, size, offset, name)
    return member, start + name_size


def _allowed_name(member: _Member, limit_of: Callable[[str], int | None]) -> str:
    name = member.name.decode("ascii", "replace")
    limit = limit_of(name)
    if limit is None:
        raise ProofFailed("BUNDLE_NAME", ascii(name[:80]))
    if member.size > limit:
        raise ProofFailed("BUNDLE_SIZE", name)
    if member.size > max(FREE_SIZE, member.packed * MAX_RATIO):
        raise ProofFailed("BUNDLE_RATIO", name)
    return name


def _layout(data: bytes, members: list[_Member], end: int) -> list[int]:
    """Where each file's content starts; together they must reach the directory."""
    starts, at = [], 0
    for member in members:
        if member.offset != at or at + _LOCAL.size > end:
            raise ProofFailed("BUNDLE_ZIP", "files out of order or apart")
        magic, _, flags, method, _, _, *sizes, name_size, extra = _LOCAL.unpack_from(
            data, at
        )
        start = at + _LOCAL.size + len(member.name)
        same = (method, *sizes, data[at + _LOCAL.size : start])
        if same != (member.method, *member[1:4], member.name) or flags & ~_UTF8_NAME:
            raise ProofFailed("BUNDLE_ZIP", "a file and the directory disagree")
        if magic != b"PK\3\4" or name_size != len(member.name) or extra:
            raise ProofFailed("BUNDLE_ZIP", "a file and the directory disagree")
        starts.append(start)
        at = start + member.packed
    if at != end:
        raise ProofFailed("BUNDLE_ZIP", "bytes between the files and the directory")
    return starts


def _unpack(packed: bytes, member: _Member) -> bytes:
    content = packed
    if member.method == _DEFLATED:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflate.decompress(packed, member.size + 1)
        except zlib.error:
            raise ProofFailed("BUNDLE_CHECKSUM", member.name.decode()) from None
        if not inflate.eof or inflate.unused_data:
            raise ProofFailed("BUNDLE_CHECKSUM", member.name.decode())
    if len(content) != member.size or zlib.crc32(content) != member.checksum:
        raise ProofFailed("BUNDLE_CHECKSUM", member.name.decode())
    return content
