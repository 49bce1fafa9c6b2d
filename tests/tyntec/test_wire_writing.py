"""What is sent: exactly the manual's parameters. And what tells news of a message apart."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import MatrixError
from chatbot.messages import Button, Message, Receipt, ReceiptPart, ReceiptState
from chatbot.tyntec import wire

PARAMETERS = {
    "from",
    "to",
    "message",
    "imageUrl",
    "buttonActionUrl",
    "buttonCaption",
    "imChannels",
    "deliverOnlyViaIM",
    "ttl",
    "ttlExpiryText",
    "callbackUrl",
    "messagePurpose",
}
FULL = Message(
    "Booked.",
    image="https://example.org/van.jpg",
    button=Button("Track", "https://example.org/t"),
    purpose="promotion",
    channels=("FACEBOOK",),
    sms_fallback=False,
    ttl=60,
    ttl_text="Too late.",
    sender="Vans",
)


def write(message: Message, **changes: Any) -> dict[str, object]:
    settings: dict[str, Any] = {
        "to": "+491622943176",
        "sender": "MyCompany",
        "channels": ("VIBER",),
        "sms_fallback": True,
        "purpose": "transaction",
        "callback_url": None,
    }
    return wire.write_send(message, **settings | changes)


def test_a_text_is_sent_with_the_configurations_defaults() -> None:
    assert write(Message("Hello World!")) == {
        "from": "MyCompany",
        "to": "+491622943176",
        "message": "Hello World!",
        "imChannels": "VIBER",
        "deliverOnlyViaIM": False,
        "messagePurpose": "transaction",
    }


def test_what_a_message_says_itself_wins() -> None:
    assert write(FULL, callback_url="https://bot.example.org/callbacks/s/t") == {
        "from": "Vans",
        "to": "+491622943176",
        "message": "Booked.",
        "imageUrl": "https://example.org/van.jpg",
        "buttonCaption": "Track",
        "buttonActionUrl": "https://example.org/t",
        "imChannels": "FACEBOOK",
        "deliverOnlyViaIM": True,
        "ttl": 60,
        "ttlExpiryText": "Too late.",
        "callbackUrl": "https://bot.example.org/callbacks/s/t",
        "messagePurpose": "promotion",
    }


def test_the_full_message_uses_every_parameter_of_the_manual_and_no_other() -> None:
    assert set(write(FULL, callback_url="https://bot.example.org")) == PARAMETERS


def test_an_image_alone_carries_no_text() -> None:
    assert "message" not in write(Message(" ", image="https://example.org/van.jpg"))


@pytest.mark.parametrize(
    ("channels", "written"),
    [
        (("VIBER",), "VIBER"),
        (("FACEBOOK",), "FACEBOOK"),
        (("VIBER", "FACEBOOK"), "VIBER, FACEBOOK"),
        (("FACEBOOK", "VIBER"), "FACEBOOK, VIBER"),
        (("VIBER", "VIBER"), "VIBER"),
    ],
)
def test_channels_are_one_of_the_manuals_four_strings(channels: tuple[str, ...], written: str) -> None:
    assert write(Message("Hi"), channels=channels)["imChannels"] == written
    assert write(Message("Hi", channels=channels), channels=("FACEBOOK",))["imChannels"] == written


@pytest.mark.parametrize(
    ("default", "own", "only_im"), [(True, None, False), (True, False, True), (False, True, False)]
)
def test_the_fallback_is_switched_off_by_deliver_only_via_im(default: bool, own: bool | None, only_im: bool) -> None:
    assert write(Message("Hi", sms_fallback=own), sms_fallback=default)["deliverOnlyViaIM"] is only_im


@pytest.mark.parametrize(
    "message",
    [
        Message(),
        Message("Look", image="https://example.org/van.jpg"),
        Message("x" * 1001),
        Message("Hi", ttl=29),
        Message("Hi", ttl_text="half a \ud83d"),
        Message("Hi", purpose="spam"),
        Message("Hi", sender="My Company"),
        Message("Hi", sender=""),
        Message("Hi", channels=()),
    ],
    ids=repr,
)
def test_what_viber_refuses_is_not_written(message: Message) -> None:
    with pytest.raises(MatrixError):
        write(message)


@pytest.mark.parametrize(
    "to", ["491622943176", "0049162294317", "customer_account", "", "+49 162 2943176", "+4９162294317"]
)
def test_only_e164_numbers_are_written_to_and_they_are_masked_in_the_error(to: str) -> None:
    with pytest.raises(MatrixError, match="receiver") as caught:
        write(Message("Hi"), to=to)
    assert not to or to not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bot.example.org/callbacks/s/t",
        "ftp://bot.example.org/s/t",
        "https:///s/t",
        "https://bot/s t",
        "http://\udcff",
    ],
)
def test_only_http_urls_are_called_back_and_the_error_does_not_show_their_secret(url: str) -> None:
    with pytest.raises(MatrixError, match="callback URL: it is no http or https URL") as caught:
        write(Message("Hi"), callback_url=url)
    assert not url or url not in str(caught.value)


RECEIPT = Receipt(
    "12-75",
    ReceiptState.DELIVERED,
    "DELIVERED",
    contact="+491622943176",
    channel="SMS",
    parts=(
        ReceiptPart(ReceiptState.DELIVERED, at=datetime(2016, 1, 29, tzinfo=UTC), price="0.5"),
        ReceiptPart(ReceiptState.BUFFERED, error_code="9"),
    ),
)


@pytest.mark.parametrize(
    "change",
    [
        {"word": "Delivered"},
        {"parts": RECEIPT.parts[::-1]},
        {"extra": {"userContext": "x"}},
        {"contact": None},
    ],
    ids=str,
)
def test_the_same_news_has_the_same_key(change: dict[str, Any]) -> None:
    assert wire.receipt_key(dataclasses.replace(RECEIPT, **change)) == wire.receipt_key(RECEIPT)


def test_different_news_have_different_keys() -> None:
    news = [
        RECEIPT,
        dataclasses.replace(RECEIPT, request_id="12-76"),
        dataclasses.replace(RECEIPT, state=ReceiptState.SEEN, word="SEEN"),
        dataclasses.replace(RECEIPT, state=ReceiptState.UNKNOWN, word="Teleported"),
        dataclasses.replace(RECEIPT, channel="VIBER"),
        dataclasses.replace(RECEIPT, error_code="9"),
        dataclasses.replace(RECEIPT, parts=()),
        dataclasses.replace(RECEIPT, parts=RECEIPT.parts[:1]),
        dataclasses.replace(RECEIPT, parts=RECEIPT.parts[:1] * 2),
    ]
    assert len({wire.receipt_key(receipt) for receipt in news}) == len(news)


def test_a_key_is_short_and_fit_for_a_column() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", wire.receipt_key(RECEIPT))


def test_the_table_holds_the_manuals_thirteen_messages() -> None:
    assert len(set(wire.VALIDATION)) == 13


def test_each_validation_message_is_recognised_alone() -> None:
    for message in wire.VALIDATION:
        assert wire.reasons(message) == (message,)


def test_every_pair_of_validation_messages_is_recognised_however_it_is_joined() -> None:
    for pair in combinations(wire.VALIDATION, 2):
        for joined in (" ".join(pair), "".join(reversed(pair)), "\n".join(pair), "; ".join(pair).upper()):
            assert [reason.upper() for reason in wire.reasons(joined)] == [reason.upper() for reason in pair]


def test_an_invalid_parameter_is_named() -> None:
    text = "The parameter imageUrl is invalid. The parameter ttl is invalid. The parameter ttl is invalid."
    assert wire.reasons(text) == ("The parameter imageUrl is invalid.", "The parameter ttl is invalid.")


@pytest.mark.parametrize("text", ["", "*see list below*", "The parameter is invalid.", "Sender", "is missing."])
def test_what_the_manual_does_not_list_is_no_reason(text: str) -> None:
    assert wire.reasons(text) == ()


@given(st.lists(st.sampled_from(wire.VALIDATION), unique=True), st.sampled_from([" ", "", "\n", " | ", ", "]))
def test_any_combination_of_validation_messages_is_recognised(messages: list[str], separator: str) -> None:
    assert set(wire.reasons(separator.join(messages))) == set(messages)


@given(st.text())
def test_reasons_takes_any_text(text: str) -> None:
    wire.reasons(text)
    wire.read_complaint(json.dumps({"responseText": text}).encode())


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b'{"responseText": "Sender is missing."}', "Sender is missing."),
        (b'{"errorText": "Sender is missing."}', "Sender is missing."),
        (
            b'{"responseText": "Sender is missing.", "errorText": "Message is empty."}',
            "Sender is missing. Message is empty.",
        ),
        (b'{"responseText": "Same.", "errorText": "Same."}', "Same."),
        (b'{"responseText": ["Sender is missing."]}', ""),
        (b"<html>Bad Request</html>", ""),
        (b"", ""),
    ],
)
def test_the_gateways_complaint_is_found_under_both_names(body: bytes, complaint: str) -> None:
    assert wire.read_complaint(body) == complaint
