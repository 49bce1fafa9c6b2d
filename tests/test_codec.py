"""JSON, strictly typed: what is written is read back, and nothing else is taken."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

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
