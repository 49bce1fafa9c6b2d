"""The fields of a flow's data: their names and their types."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, get_type_hints


def stored(kind: type) -> set[str]:
    """Name the fields that hold a value."""
    return {field.name for field in dataclasses.fields(kind)}


def readable(kind: type) -> set[str]:
    """Name what a text may show: the fields and the properties."""
    return stored(kind) | {name for name, _ in _properties(kind)}


def types_of(kind: type) -> dict[str, Any]:
    """Give the type of each field and property, as far as they can be told."""
    try:
        found = get_type_hints(kind)
        for name, one in _properties(kind):
            found[name] = get_type_hints(one.fget).get("return", Any)
    except (NameError, TypeError):
        return {}
    return found


def _properties(kind: type) -> list[tuple[str, Any]]:
    return inspect.getmembers(kind, lambda value: isinstance(value, property))
