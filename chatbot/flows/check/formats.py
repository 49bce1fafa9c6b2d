"""Whether the values of a field can be written in the format that a text asks for, and counted."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from chatbot.flows.fields import types_of
from chatbot.flows.says import placeholders
from chatbot.flows.words import Plural, Words

_SAMPLES: dict[Any, object] = {
    bool: True,
    int: 2,
    float: 2.5,
    Decimal: Decimal("2.5"),
    str: "word",
    date: date(2026, 11, 24),
    datetime: datetime(2026, 11, 24, 9, tzinfo=UTC),
    time: time(9),
}


def why_unwritable(template: str, data_type: type) -> str:
    """Say which field of ``template`` cannot be written as it asks; "" when all can, or their types tell nothing."""
    types = types_of(data_type)
    for name, spec in placeholders(template):
        samples = [_SAMPLES.get(kind) for kind in _members(types.get(name, Any))]
        if spec and None not in samples and not any(_can_write(sample, spec) for sample in samples):
            return f"{{{name}:{spec}}} cannot be written, as {name} is {_written(types[name])}"
        if not spec and all(map(_is_raw, _members(types.get(name, Any)))):
            return f"{{{name}}} shows what Python writes for {_written(types[name])}"
    return ""


def why_missing(template: str, data_type: type) -> str:
    """Say which field of ``template`` may be None, where its format needs a value; "" when none may."""
    for name, spec in placeholders(template):
        if spec and _may_be_none(name, data_type):
            return f"{{{name}:{spec}}} cannot be written while {name} is None"
    return ""


def why_uncountable(plural: Plural, data_type: type) -> str:
    """Say why ``plural`` has nothing to count; "" when it has, or when the type of its field tells nothing."""
    kind = types_of(data_type).get(plural.of, Any)
    if _may_be_none(plural.of, data_type):
        return f"nothing can be counted while {plural.of} is None"
    if all(one in _SAMPLES and not issubclass(one, int | float | Decimal) for one in _members(kind)):
        return f"{plural.of} is {_written(kind)}, and no number to count"
    return ""


def _may_be_none(name: str, data_type: type) -> bool:
    defaults = [field.default for field in fields(data_type) if field.name == name]
    return None in defaults or NoneType in get_args(types_of(data_type).get(name, Any))


def _written(kind: Any) -> str:
    return str(kind) if get_args(kind) else getattr(kind, "__name__", str(kind))


def _members(kind: Any) -> list[Any]:
    """Give the types of a union but None, which is no value to be written."""
    if get_origin(kind) not in (Union, UnionType):
        return [kind]
    return [one for one in get_args(kind) if one is not NoneType]


def _is_raw(kind: Any) -> bool:
    """Tell whether a value of ``kind`` is written as Python code, which nobody wants to read."""
    made = get_origin(kind) or kind
    if not isinstance(made, type):
        return False
    if is_dataclass(made):
        return made.__str__ is object.__str__
    return issubclass(made, list | dict | set | tuple) or made.__str__ is Enum.__str__


def _can_write(sample: object, spec: str) -> bool:
    try:
        Words().write(sample, spec)
    except (ValueError, TypeError):
        return False
    return True
