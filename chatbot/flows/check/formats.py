"""Whether the values of a field can be written in the format that a text asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import NoneType
from typing import Any, get_args

from chatbot.flows.fields import types_of
from chatbot.flows.says import placeholders
from chatbot.flows.words import Words

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
            written = getattr(types[name], "__name__", types[name])
            return f"{{{name}:{spec}}} cannot be written, as {name} is {written}"
    return ""


def _members(kind: Any) -> list[Any]:
    """Give the types of a union but None, which is no value to be written."""
    return [one for one in get_args(kind) if one is not NoneType] or [kind]


def _can_write(sample: object, spec: str) -> bool:
    try:
        Words().write(sample, spec)
    except (ValueError, TypeError):
        return False
    return True
