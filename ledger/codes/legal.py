"""Whether an act was in force on a day, and whether a citation has been checked.

What an entry names is free text: an act and a section, as the people of the work call
them. An act nobody has heard of is not judged; one that is known is judged by its days.
"""

from __future__ import annotations

import re
from datetime import date

from ledger.codes.code import Code, code_list


def is_in_force(act: str, day: date) -> bool:
    """Whether an act of this name was in force on a local day.

    A name that an old and a new act bear holds while either does.
    """
    called = [known for known in code_list("acts").codes if _is_called(known, act)]
    return not called or any(known.is_used_on(day) for known in called)


def is_unverified(act: str, section: str) -> bool:
    """Whether what an entry rests on is, here, from memory only.

    That is the section, or each act that the name may mean.
    """
    called = [known for known in code_list("acts").codes if _is_called(known, act)]
    if called and all(known.unverified for known in called):
        return True
    said = f"{act} § {section.lstrip('§ ')}"
    return any(
        _begins(said, name)
        for known in code_list("provisions").codes
        if known.unverified
        for name in known.names
    )


def cites_unverified(text: str) -> bool:
    """Whether a text that cites provisions in their short form has one unchecked."""
    return any(
        re.search(rf"(?<!\w){re.escape(known.code)}(?![\w-])", text)
        for known in code_list("provisions").codes
        if known.unverified
    )


def _is_called(known: Code, act: str) -> bool:
    wanted = act.strip().casefold()
    return wanted in {name.casefold() for name in (known.code, *known.names)}


def _begins(text: str, name: str) -> bool:
    """Whether a citation is of a provision, or of a part of it."""
    return bool(re.match(rf"{re.escape(name)}(?![\w-])", text, re.IGNORECASE))
