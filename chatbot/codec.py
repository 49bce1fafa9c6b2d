"""JSON, strictly typed: the one place that knows msgspec."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class CodecError(ValueError):
    """The text is not JSON, or not of the type that was asked for; the text says where."""


def dumps(value: object) -> str:
    """Write ``value`` (dataclasses, datetimes, enums, decimals included) as compact JSON text."""
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise CodecError(f"cannot be written as JSON: {error}") from error


def loads(raw: bytes | str, kind: type[T]) -> T:
    """Read JSON ``raw`` as ``kind``, with strict types. Raises CodecError."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise CodecError(str(error)) from error


def convert(value: Any, kind: type[T]) -> T:
    """Turn plain dicts and lists, as read from JSON, into ``kind``, with strict types. Raises CodecError."""
    try:
        return msgspec.convert(value, kind, str_keys=True)  # JSON writes the key 7 as "7"
    except (msgspec.MsgspecError, RecursionError) as error:
        raise CodecError(str(error)) from error


def plain(value: object) -> Any:
    """Turn dataclasses and the like into plain dicts, lists, strings and numbers."""
    return msgspec.to_builtins(value)
