"""Receipts of one message, in any order and any number, tell one story."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import codec, events
from chatbot.messages import Inbound, ReceiptState, fold

STATES = st.sampled_from(ReceiptState)


def story(states: list[ReceiptState]) -> ReceiptState | None:
    known: ReceiptState | None = None
    for state in states:
        known = fold(known, state)
    return known


@given(st.lists(STATES), st.randoms(use_true_random=False))
def test_no_order_changes_the_status(states: list[ReceiptState], random: object) -> None:
    shuffled = list(states)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert story(shuffled) == story(states)


@given(st.lists(STATES, min_size=1), st.data())
def test_no_doubling_changes_the_status(states: list[ReceiptState], data: st.DataObject) -> None:
    doubled = data.draw(st.lists(st.sampled_from(states), max_size=5))
    assert story(states + doubled) == story(states)


@given(st.lists(STATES, min_size=1))
def test_the_status_is_one_of_the_receipts(states: list[ReceiptState]) -> None:
    assert story(states) in states


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("UNKNOWN", "BUFFERED"),
        ("BUFFERED", "UNDELIVERABLE"),
        ("BUFFERED", "EXPIRED"),
        ("BUFFERED", "REJECTED"),
        ("UNDELIVERABLE", "DELIVERED"),
        ("EXPIRED", "DELIVERED"),
        ("REJECTED", "DELIVERED"),
        ("DELIVERED", "SEEN"),
    ],
)
def test_a_late_receipt_of_less_never_takes_back_more(lower: str, higher: str) -> None:
    low, high = ReceiptState(lower), ReceiptState(higher)
    assert fold(high, low) == fold(low, high) == high


def test_every_state_is_open_failed_or_delivered() -> None:
    kinds = {state: (state.is_final, state.is_failure) for state in ReceiptState}
    assert kinds == {
        ReceiptState.UNKNOWN: (False, False),
        ReceiptState.BUFFERED: (False, False),
        ReceiptState.UNDELIVERABLE: (True, True),
        ReceiptState.EXPIRED: (True, True),
        ReceiptState.REJECTED: (True, True),
        ReceiptState.DELIVERED: (True, False),
        ReceiptState.SEEN: (True, False),
    }


def test_a_final_state_is_never_folded_back_into_an_open_one() -> None:
    for known in ReceiptState:
        for new in ReceiptState:
            assert fold(known, new).is_final == (known.is_final or new.is_final)


def test_the_fold_of_all_states_is_seen() -> None:
    assert reduce(fold, ReceiptState) is ReceiptState.SEEN


EVENTS: list[events.Input] = [
    Inbound("account", "+491622943176", "Hi", "1", extra={"mood": [1, None]}),
    events.Delivery(1, "pickup", "booked", 3, ReceiptState.EXPIRED, "SMS", "9"),
    events.Timeout("pickup", "address", 2),
    events.Result("pickup", "pricing", 2, 7, ok=True, value={"price": "12.50"}),
    events.Start("pickup", {"kind": "parcel"}),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_stored_and_read_back(event: events.Input) -> None:
    assert events.read(events.kind_of(event), codec.dumps(event)) == event


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    assert {events.kind_of(event) for event in EVENTS} == set(events.KINDS)


def test_an_event_that_is_not_what_its_kind_says_is_refused() -> None:
    with pytest.raises(codec.CodecError):
        events.read("timeout", '{"flow": "pickup"}')
