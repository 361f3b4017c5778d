"""Dated lists of codes as data: levels, scales of concern, meeting types, services.

A rule asks a list whether it holds a code, or which of its codes bear a mark; it names
no code of a list itself.
"""

from ledger.codes.code import Code, CodeList, code_list, scale_named

__all__ = ["Code", "CodeList", "code_list", "scale_named"]
