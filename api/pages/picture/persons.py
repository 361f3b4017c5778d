"""How people are called in the picture, from what the entries call them."""

from __future__ import annotations

from collections.abc import Mapping

from api.pages.people import known_as
from api.pages.picture.contents import Person
from api.views import Named


def person(ref: str, names: Mapping[str, Named], service: str | None = None) -> Person:
    """The person whom a ref stands for.

    A ref that is not in `names` is somebody whom the reader is not told of: the service
    must do.
    """
    called = names.get(ref)
    if called is None:
        return Person(service=service)
    name = " ".join(known_as(called.name).split())
    given = name.partition(" ")[0]
    return Person(name or None, given or None, called.title, service)
