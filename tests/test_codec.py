"""JSON, strictly typed: what is written is read back, and nothing else is taken."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, make_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Any, Literal, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import codec


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Parcel:
    size: Size
    price: Decimal = Decimal(0)
    at: datetime | None = None
    tags: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


PARCELS = st.builds(
    Parcel,
    size=st.sampled_from(Size),
    price=st.decimals(allow_nan=False, allow_infinity=False),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    tags=st.lists(st.text()).map(tuple),
    more=st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.integers()),
)


@given(PARCELS)
def test_a_dataclass_is_read_back_as_it_was_written(parcel: Parcel) -> None:
    text = codec.dumps(parcel)
    assert codec.loads(text, Parcel) == parcel
    assert codec.loads(text.encode(), Parcel) == parcel
    assert codec.convert(codec.plain(parcel), Parcel) == parcel


def test_json_is_compact_and_keeps_letters_as_they_are() -> None:
    assert codec.dumps({"text": "Grüße 🚚", "list": [1, 2]}) == '{"text":"Grüße 🚚","list":[1,2]}'


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ('{"size": "huge"}', r"\$.size"),
        ('{"size": 1}', r"\$.size"),
        ("{}", "size"),
        ('{"size": "small", "tags": "a"}', r"\$.tags"),
        ('{"size": "small", "tags": [1]}', r"\$.tags"),
        ('{"size": "small", "at": "soon"}', r"\$.at"),
        ("[]", "array"),
        ("null", "null"),
    ],
)
def test_another_type_is_refused_and_the_text_says_where(raw: str, where: str) -> None:
    with pytest.raises(codec.CodecError, match=where):
        codec.loads(raw, Parcel)


@pytest.mark.parametrize("value", ["1", 1.5, True, None])
def test_types_are_strict(value: object) -> None:
    with pytest.raises(codec.CodecError):
        codec.convert(value, int)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b'{"a":1,}', b"NaN", b"\xff", b'"\\ud800"', b"[" * 100_000, b"9" * 5000, b"\xef\xbb\xbf{}"],
    ids=len,
)
def test_what_is_not_json_is_a_codec_error(raw: bytes) -> None:
    with pytest.raises(codec.CodecError):
        codec.loads(raw, object)


@given(st.binary() | st.text())
def test_any_input_is_read_or_refused(raw: bytes | str) -> None:
    try:
        codec.loads(raw, object)
    except codec.CodecError:
        return


@pytest.mark.parametrize("value", [object(), time, lambda: None, "\ud800", {"\udfff": 1}, {1, object()}])
def test_what_json_cannot_hold_is_a_codec_error(value: object) -> None:
    with pytest.raises(codec.CodecError, match="cannot be written as JSON"):
        codec.dumps(value)


def test_a_value_that_holds_itself_is_a_codec_error() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(codec.CodecError, match="cannot be written as JSON"):
        codec.dumps(endless)


# A whole object of a type, as data is kept


@dataclass
class Street:
    name: str = ""


@dataclass
class Address:
    street: Street = field(default_factory=Street)
    others: list[Street] = field(default_factory=list)
    of: dict[str, Street] = field(default_factory=dict)
    price: float = 0.0
    more: object = None


def test_each_field_is_written_also_one_that_has_its_default_so_that_another_default_changes_nothing() -> None:
    read = codec.convert({"street": {}, "others": [{}], "of": {"x": {}}}, Address)
    assert codec.dumps_as(read, Address) == (
        '{"street":{"name":""},"others":[{"name":""}],"of":{"x":{"name":""}},"price":0.0,"more":null}'
    )


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (Address(Street(5)), r"Expected `str`, got `int` - at `\$.street.name`"),  # type: ignore[arg-type]
        (Address(price=float("nan")), r"Expected `float`, got `null` - at `\$.price`"),
        (Address(more=object()), r"cannot be written as JSON: .* - at `\$.more`"),
        (None, "Expected `object`, got `null`"),
    ],
)
def test_a_value_that_is_not_read_back_as_its_type_is_refused_with_the_name_of_the_field(
    value: object, where: str
) -> None:
    with pytest.raises(codec.CodecError, match=where):
        codec.dumps_as(value, Address)


def test_a_value_that_holds_itself_is_refused_too() -> None:
    endless = Address()
    endless.more = endless
    with pytest.raises(codec.CodecError, match="cannot be written as JSON"):
        codec.dumps_as(endless, Address)


# What a type looks like as JSON


@dataclass
class Road:
    road: str = ""


@dataclass
class Tree:
    leaf: int = 0
    branches: list[Tree] = field(default_factory=list)


class Named(TypedDict):
    name: str


def dataclass_of(**fields: Any) -> Any:
    return make_dataclass("Made", [(name, kind, field(default=None)) for name, kind in fields.items()])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (str, int),
        (dataclass_of(a=str), dataclass_of(b=str)),
        (dataclass_of(a=str), dataclass_of(a=str, b=str)),
        (dataclass_of(a=Street), dataclass_of(a=Road)),
        (dataclass_of(a=list[Street]), dataclass_of(a=list[Road])),
        (dataclass_of(a=dict[str, Street | None]), dataclass_of(a=dict[str, Road | None])),
        (dataclass_of(a=Street), dataclass_of(a=Street | None)),
        (dataclass_of(a=Literal["x"]), dataclass_of(a=Literal["y"])),
        (dataclass_of(a=Enum("Size", {"A": "a"})), dataclass_of(a=Enum("Size", {"A": "b"}))),
        (dataclass_of(a=list[str]), dataclass_of(a=dict[str, str])),
        (dataclass_of(a=tuple[str, int]), dataclass_of(a=tuple[int, str])),
        (dataclass_of(a=dict[str, int]), dataclass_of(a=dict[int, str])),
        (dataclass_of(a=dataclass_of(b=Street), c=int), dataclass_of(a=dataclass_of(b=Street, c=int))),
    ],
)
def test_types_of_another_shape_are_told_apart(one: Any, other: Any) -> None:
    assert codec.shape(one) != codec.shape(other)


def test_the_name_of_a_type_the_order_of_its_fields_and_their_defaults_are_no_part_of_its_shape() -> None:
    one = make_dataclass("One", [("a", int, 1), ("b", str, "")])
    other = make_dataclass("Other", [("b", str, "x"), ("a", int, 2)])
    assert codec.shape(one) == codec.shape(other)


def test_fields_that_a_dataclass_inherits_are_part_of_its_shape() -> None:
    assert codec.shape(make_dataclass("One", [], bases=(Street,))) == codec.shape(Street)


def test_a_type_that_holds_itself_has_a_shape() -> None:
    assert codec.shape(Tree) == codec.shape(Tree)
    old = {"branches": [{"branches": [{"loaf": 1}]}]}
    assert list(codec.unknown(old, Tree)) == [("branches.branches.loaf", "Tree")]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (dataclass_of(a=Street, b=object, c=Any, d=Decimal | None, e=Size, f=set[date], g=bytes), ""),
        (dataclass_of(a=type(time)), "a is of the type module"),
        (dataclass_of(a=dataclass_of(b=list[Random | None])), "a.b[0] is of the type Random"),
        (dataclass_of(a=Street | Road), "more than one dataclass"),
        (dataclass_of(a="Nobody"), "name 'Nobody' is not defined"),
        (Random, "it is of the type Random"),
    ],
)
def test_a_type_whose_values_json_cannot_give_back_is_known(kind: Any, what: str) -> None:
    assert what in codec.why_not(kind)
    assert bool(what) == bool(codec.why_not(kind))


@pytest.mark.parametrize(
    ("value", "kind", "unknown"),
    [
        ({"name": "x"}, Street, []),
        ({"name": "x", "zip": 1}, Street, [("zip", "Street")]),
        ({"a": {"name": "x"}}, dataclass_of(a=Road), [("a.name", "Road")]),
        ({"a": {"name": "x"}}, dataclass_of(a=Road | None), [("a.name", "Road")]),
        ({"a": None}, dataclass_of(a=Road | None), []),
        ({"a": [{"name": "x"}, {"name": "y"}, {"road": "z"}]}, dataclass_of(a=list[Road]), [("a.name", "Road")] * 2),
        ({"a": {"k": {"name": "x"}}}, dataclass_of(a=dict[str, Road]), [("a.name", "Road")]),
        ({"a": [1, {"name": "x"}]}, dataclass_of(a=tuple[int, Road]), [("a.name", "Road")]),
        ({"a": [{"name": "x"}]}, dataclass_of(a=tuple[Road, ...]), [("a.name", "Road")]),
        ({"a": {"nome": "x"}}, dataclass_of(a=Named), [("a.nome", "Named")]),
        ({"a": {"anything": "x"}}, dataclass_of(a=dict[str, Any]), []),
        ({"a": {"anything": "x"}}, dataclass_of(a=Any), []),
        ("no dict at all", Street, []),
    ],
)
def test_what_a_value_has_and_its_type_has_no_field_for_is_told(value: Any, kind: Any, unknown: Any) -> None:
    assert list(codec.unknown(value, kind)) == unknown
