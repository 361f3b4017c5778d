"""A view as JSON data, for an answer, an export or a comparison."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID


def as_json(view: Any) -> Any:
    """Turn a view into dicts, lists, strings, numbers, booleans and nulls.

    Dates and times become ISO 8601 text, ids text, members of an enum their value.
    """
    if is_dataclass(view) and not isinstance(view, type):
        return {
            field.name: as_json(getattr(view, field.name)) for field in fields(view)
        }
    if isinstance(view, tuple | list):
        return [as_json(inner) for inner in view]
    if isinstance(view, dict):
        return {str(key): as_json(inner) for key, inner in view.items()}
    if isinstance(view, Enum):
        return view.value
    if isinstance(view, date):  # a datetime is a date
        return view.isoformat()
    if isinstance(view, UUID):
        return str(view)
    return view
