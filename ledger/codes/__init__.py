"""Dated lists of codes as data: levels, steps, scales, areas, reporters, acts and more.

A rule asks a list whether it holds a code, or which of its codes bear a mark; it names
no code of a list itself.
"""

from ledger.codes.code import Code, CodeList, code_list, scale_named
from ledger.codes.legal import cites_unverified, is_in_force, is_unverified

__all__ = [
    "Code",
    "CodeList",
    "cites_unverified",
    "code_list",
    "is_in_force",
    "is_unverified",
    "scale_named",
]
