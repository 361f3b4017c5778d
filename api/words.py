"""The label table that goes along with a bundle: what its codes mean, in words.

A table by name, in it a text by key, and each text in every language. The supervisor's
program takes its sentences from here, for it has none of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

TABLES = ("findings",)


@cache
def label_table() -> Mapping[str, Mapping[str, Any]]:
    """The tables as they stand in `translations/`."""
    return {name: _table(name) for name in TABLES}


def _table(name: str) -> Mapping[str, Any]:
    file = files("api") / "translations" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
