"""How people are called in the picture, from what the entries call them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from api.pages.picture.contents import Person

# Invented people bear such a word before their name; it tells nobody who they are.
_INVENTED = re.compile(r"Test(?:ansatt|barn|forelder|tilsyn|ungdom)")


def person(ref: str, names: Mapping[str, str], service: str | None = None) -> Person:
    """The person whom a ref stands for.

    `names` holds "name", or "name, title" with what else is known after it. A ref that
    is not there is somebody whom the reader is not told of: the service must do.
    """
    called = names.get(ref)
    if not called:
        return Person(service=service)
    name, *more = called.split(", ")
    words = name.split()
    if len(words) > 1 and _INVENTED.fullmatch(words[0]):
        words = words[1:]
    title = more[0] if more else None
    return Person(" ".join(words), words[0] if words else None, title, service)
