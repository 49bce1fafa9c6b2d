"""JSON, strictly typed: the one place that knows msgspec."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

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


def dumps_as(value: object, kind: type) -> str:
    """Write the dataclass ``value``, each field of it, as JSON that is read back as ``kind``.

    Raises CodecError with the name of the field that is not of its type.
    """
    try:
        _fill(value)
    except RecursionError as error:
        raise CodecError(f"cannot be written as JSON: {error}") from error
    for field in dataclasses.fields(value) if dataclasses.is_dataclass(value) else ():
        try:
            dumps(getattr(value, field.name))
        except CodecError as error:
            raise CodecError(f"{error} - at `$.{field.name}`") from error
    text = dumps(value)
    loads(text, kind)
    return text


def plain(value: object) -> Any:
    """Turn dataclasses and the like into plain dicts, lists, strings and numbers."""
    return msgspec.to_builtins(value)


def shape(kind: Any) -> str:
    """Write what values of ``kind`` look like as JSON, whatever they hold: the same for types that take the same.

    Raises NameError and TypeError for what is no type, or none that JSON can hold.
    """
    return "\n".join(sorted(f"{path} {_kind(part)}" for path, part in _parts(inspect.type_info(kind))))


def why_not(kind: Any) -> str:
    """Say why values of ``kind`` cannot be read back from JSON; "" when they can."""
    try:
        for path, part in _parts(inspect.type_info(kind)):
            if isinstance(part, inspect.CustomType) and part.cls is not object:
                return f"{path[1:] or 'it'} is of the type {part.cls.__name__}"
    except (NameError, TypeError) as error:
        return str(error)
    return ""


def unknown(value: Any, kind: Any) -> Iterator[tuple[str, str]]:
    """Give what the JSON ``value`` has that ``kind`` knows no field for: its path, and the name of the type there."""
    yield from _unknown(value, inspect.type_info(kind), "")


def _fill(value: object) -> None:
    """Give each object its defaults: msgspec leaves them to the class, and would not write them."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            inner = getattr(value, field.name, None)
            if hasattr(value, "__dict__"):
                vars(value).setdefault(field.name, inner)
            _fill(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            _fill(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            _fill(inner)


def _parts(part: inspect.Type, path: str = "", above: tuple[type, ...] = ()) -> Iterator[tuple[str, inspect.Type]]:
    """Give a type and all that it is made of, each with the path of the fields that lead there."""
    yield path, part
    cls = getattr(part, "cls", None)
    if cls in above:
        return  # it holds itself
    above = (*above, cls) if cls is not None else above
    for field in getattr(part, "fields", ()):
        yield from _parts(field.type, f"{path}.{field.encode_name}", above)
    for number, inner in enumerate(_inner(part)):
        yield from _parts(inner, path if isinstance(part, inspect.UnionType) else f"{path}[{number}]", above)


def _inner(part: inspect.Type) -> list[inspect.Type]:
    """Give the types of what a container holds, and the members of a union."""
    found = [getattr(part, name, ()) for name in ("types", "item_type", "item_types", "key_type", "value_type")]
    return [one for each in found for one in (each if isinstance(each, tuple) else (each,))]


def _kind(part: inspect.Type) -> str:
    """Name what a part takes by itself."""
    match part:
        case inspect.EnumType(cls=cls):
            return f"one of {sorted(repr(one.value) for one in cls)}"
        case inspect.LiteralType(values=values):
            return f"one of {sorted(map(repr, values))}"
        case inspect.CustomType(cls=cls):
            return cls.__name__
        case _:
            return type(part).__name__


def _unknown(value: Any, part: inspect.Type, path: str) -> Iterator[tuple[str, str]]:
    match part, value:
        case inspect.UnionType(types=types), _:
            for one in types:
                yield from _unknown(value, one, path)
        case inspect.DataclassType() | inspect.TypedDictType() | inspect.StructType(), dict():
            known = {field.encode_name: field.type for field in part.fields}
            for name, inner in value.items():
                if name in known:
                    yield from _unknown(inner, known[name], f"{path}{name}.")
                else:
                    yield path + name, part.cls.__name__
        case inspect.DictType(value_type=kind), dict():
            for inner in value.values():
                yield from _unknown(inner, kind, path)
        case inspect.TupleType(item_types=kinds), list():
            for inner, kind in zip(value, kinds, strict=False):
                yield from _unknown(inner, kind, path)
        case _, list():
            for inner in value:
                yield from _unknown(inner, getattr(part, "item_type", inspect.AnyType()), path)
