"""Whatever bytes come: a result that can be stored, or WireError, in linear time."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot import codec, events
from chatbot.errors import WireError
from chatbot.messages import Inbound, Receipt, ReceiptState
from chatbot.tyntec import wire

ID = "12-75cfafba-8799-4f2b-8505-ece6af6abf01"


SOUND = b'{"from": "+491622943176", "to": "account", "requestId": "1", "message": %s}'


def test_the_body_that_the_hostile_ones_are_made_of_is_sound() -> None:
    assert isinstance(wire.read_callback(SOUND % b'"Hi"'), Inbound)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"NaN",
        b"Infinity",
        b"1e400",
        b'"\\ud83d"',
        b'"\xff"',
        b'"\0"',
        b"'Hi'",
        b"9" * 5000,
        b"[" * 100_000,
        b'"Hi", "more": ' + b"[" * 40 + b"]" * 40,
        b'"Hi" "more": 1',
        b'"Hi"} {',
    ],
    ids=lambda value: repr(value[:20]),
)
def test_a_hostile_value_is_refused(value: bytes) -> None:
    with pytest.raises(WireError):
        wire.read_callback(SOUND % value)


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[1]", b'"text"', b"1", b"{", b"[" * 100_000, b"\xff\xfe{\xd8", b"message=hello&requestId=1"],
    ids=lambda raw: repr(raw[:20]),
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(WireError):
        wire.read_callback(raw)


def test_a_body_may_be_nested_as_deep_as_the_limit_and_no_deeper() -> None:
    def nested(levels: int) -> bytes:
        return SOUND % (b'"Hi", "more": ' + b"[" * levels + b"]" * levels)

    assert isinstance(wire.read_callback(nested(wire.DEPTH - 1)), Inbound)
    with pytest.raises(WireError, match="nested more than"):
        wire.read_callback(nested(wire.DEPTH))


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
PLACED = {
    "from": st.sampled_from(["+491622943176", "49162294317", 491622943176]),
    "to": st.sampled_from(["+491622943176", 491622943176]),
    "requestId": st.sampled_from([ID, 12]) | st.text("abc", min_size=1),
}
WORD = st.none() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
DATE = st.integers() | st.datetimes().map(datetime.isoformat) | ANYTHING
PART = {"deliveryState": WORD, "deliveryStateDate": DATE, "doneDate": DATE, "errorCode": WORD, "price": WORD}
INBOUND = {
    "originalRequestId": st.none() | st.text("abc"),
    "sentDate": DATE,
    "ott": WORD,
    "more": ANYTHING,
}
RECEIPT = {
    "overallState": st.sampled_from([state.value for state in ReceiptState]) | WORD,
    "deliveryChannel": st.fixed_dictionaries({}, optional={"channel": WORD, "ott": WORD}) | WORD,
    "sendParts": st.lists(st.fixed_dictionaries({}, optional=PART), max_size=3),
    "more": ANYTHING,
}


@given(st.binary() | st.text().map(str.encode) | ANYTHING.map(json.dumps).map(str.encode))
def test_any_bytes_give_a_result_or_wire_error(raw: bytes) -> None:
    try:
        wire.read_callback(raw)
    except WireError:
        return


@given(st.fixed_dictionaries(PLACED | {"message": WORD}, optional=INBOUND))
def test_every_message_that_is_read_can_be_stored_and_read_back(given: dict[str, object]) -> None:
    try:
        read = wire.read_callback(json.dumps(given).encode())
    except WireError as error:
        assume("JSON" not in str(error))  # a float that JSON does not have
        raise
    assert isinstance(read, Inbound)
    assert events.read("message", codec.dumps(read)) == read


@given(st.fixed_dictionaries(PLACED, optional=RECEIPT))
def test_every_receipt_that_is_read_can_be_stored_and_read_back(given: dict[str, object]) -> None:
    try:
        read = wire.read_receipt(json.dumps(given).encode())
    except WireError as error:
        assume("JSON" not in str(error) and "without a state" not in str(error))
        raise
    again = codec.loads(codec.dumps(read), Receipt)
    assert again == read
    assert wire.receipt_key(again) == wire.receipt_key(read)


@pytest.mark.parametrize("unit", [b'"', b'"\\', b'\\"', b",", b", ", b"[,", b"{", b'{"a":', b"-", b"0", b"\0"])
def test_a_hostile_body_is_refused_in_linear_time(unit: bytes) -> None:
    raw = unit * (65_536 // len(unit))
    started = time.process_time()
    with pytest.raises(WireError):
        wire.read_callback(raw)
    assert time.process_time() - started < 1.0  # linear work takes milliseconds, quadratic work more than ten seconds
