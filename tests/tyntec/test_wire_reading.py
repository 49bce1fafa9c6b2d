"""Bodies from the gateway: liberal in what is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.errors import WireError
from chatbot.messages import Inbound, Receipt, ReceiptPart, ReceiptState
from chatbot.tyntec import wire

Sample = Callable[[str], bytes]

ID = "12-75cfafba-8799-4f2b-8505-ece6af6abf01"
SENT = datetime(2016, 1, 29, 11, 29, 14, 667_000, tzinfo=UTC)
INBOUND = {
    "from": "+491622943176",
    "to": "customer_account",
    "message": "This is an example.",
    "requestId": ID,
}
RECEIPT = {"requestId": ID, "overallState": "DELIVERED"}


def body(given: object, **changes: object) -> bytes:
    if isinstance(given, dict):
        given = {key: value for key, value in (given | changes).items() if value is not ...}
    return json.dumps(given).encode()


def inbound(**changes: object) -> Inbound:
    read = wire.read_callback(body(INBOUND, **changes))
    assert isinstance(read, Inbound)
    return read


def receipt(**changes: object) -> Receipt:
    read = wire.read_callback(body(RECEIPT, **changes))
    assert isinstance(read, Receipt)
    return read


def test_the_manuals_inbound_sample_is_read_in_spite_of_its_trailing_comma(sample: Sample) -> None:
    assert wire.read_callback(sample("inbound")) == Inbound(
        account="customer_account",
        contact="+491622943176",
        text="This is an example.",
        request_id=ID,
        reply_to="f595e75b-2808-4def-883c-82913b7f8365",
        sent_at=SENT,
    )


def test_the_manuals_receipt_of_a_messaging_app_is_read(sample: Sample) -> None:
    assert wire.read_callback(sample("receipt_im")) == Receipt(
        request_id=ID,
        state=ReceiptState.DELIVERED,
        word="DELIVERED",
        contact="+4917912345678",
        channel="VIBER",
        parts=(ReceiptPart(ReceiptState.DELIVERED, at=SENT, currency="EUR"),),
        extra={"from": "MyCompany", "size": 1},
    )


def test_the_manuals_receipt_of_sms_is_read_with_each_part_and_its_price(sample: Sample) -> None:
    read = wire.read_receipt(sample("receipt_sms"))
    assert (read.channel, read.state) == ("SMS", ReceiptState.DELIVERED)
    earlier = SENT - timedelta(milliseconds=36)
    assert read.parts == tuple(
        ReceiptPart(ReceiptState.DELIVERED, at=at, price="0.5", currency="EUR") for at in (SENT, earlier)
    )


def test_the_manuals_answers_to_a_send_are_told_apart_by_status(sample: Sample) -> None:
    assert wire.read_answer(200, sample("accepted")) == ID
    assert wire.read_answer(202, sample("accepted")) == ID
    with pytest.raises(WireError, match="no success"):
        wire.read_answer(400, sample("rejected"))
    assert wire.read_complaint(sample("rejected")) == "*see list below*"


@pytest.mark.parametrize("answer", [b"", b"OK", b"[]", b"{}", b'{"requestId": ""}', b'{"requestId": null}'])
def test_a_success_without_a_request_id_is_not_one(answer: bytes) -> None:
    with pytest.raises(WireError):
        wire.read_answer(200, answer)


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ({"overallState": "SEEN"}, Receipt),
        ({"sendParts": [{"deliveryState": "SEEN"}]}, Receipt),
        ({"overallState": "SEEN", "message": "separator"}, Receipt),
        ({"sendParts": [{"deliveryState": "SEEN"}], "deliveryChannel": {"channel": "SMS"}}, Receipt),
        ({"message": "hello"}, Inbound),
        ({"message": None}, Inbound),
        ({"originalRequestId": "x"}, Inbound),
        ({"overallState": None, "message": "hello"}, Inbound),
    ],
)
def test_receipts_and_messages_are_told_apart_by_shape(shape: dict[str, object], kind: type) -> None:
    assert isinstance(wire.read_callback(body(INBOUND | {"to": "+491701234567", "message": ...} | shape)), kind)


def test_a_body_of_neither_shape_is_refused_by_name() -> None:
    with pytest.raises(WireError, match="neither a receipt nor a message"):
        wire.read_callback(body(INBOUND, message=...))


@pytest.mark.parametrize("number", ["+491622943176", "00491622943176", "491622943176", " 491622943176 ", 491622943176])
def test_every_spelling_of_a_number_is_one_contact(number: object) -> None:
    assert inbound(**{"from": number}).contact == "+491622943176"


@pytest.mark.parametrize(
    "sent",
    [1454066954667, "1454066954667", 1454066954667.0, "2016-01-29T11:29:14.667Z", "2016-01-29 12:29:14.667+01:00"],
)
def test_the_date_is_read_as_number_digits_or_iso_8601(sent: object) -> None:
    read = inbound(sentDate=sent)
    assert read.sent_at == SENT
    assert read.extra == {}


@pytest.mark.parametrize("sent", ["soon", "9" * 40, 10**30, -(10**30), [], True, "0001-01-01T00:00:00+23:00", "١٢٣"])
def test_a_date_that_cannot_be_read_is_kept_and_costs_no_message(sent: object) -> None:
    read = inbound(sentDate=sent)
    assert (read.sent_at, read.extra) == (None, {"sentDate": sent})


@pytest.mark.parametrize("unprompted", [..., None, "", "  "])
def test_a_message_without_an_original_is_unprompted(unprompted: object) -> None:
    assert inbound(originalRequestId=unprompted).reply_to is None


def test_numbers_stand_for_strings_and_unknown_keys_are_kept() -> None:
    read = inbound(message=1, requestId=77, originalRequestId=5, ott="viber", mood={"deep": [1]})
    assert (read.text, read.request_id, read.reply_to, read.ott) == ("1", "77", "5", "VIBER")
    assert read.extra == {"mood": {"deep": [1]}}


@pytest.mark.parametrize(
    "change",
    [
        {"requestId": ...},
        {"requestId": None},
        {"requestId": ""},
        {"requestId": " "},
        {"requestId": "a\nb"},
        {"requestId": "x" * 201},
        {"requestId": ["x"]},
        {"requestId": True},
        {"from": ...},
        {"from": "somebody"},
        {"from": {"number": "+491622943176"}},
        {"to": ...},
        {"to": ""},
        {"message": {"text": "hello"}},
        {"message": ["hello"]},
        {"message": False},
        {"ott": []},
        {"originalRequestId": {}},
    ],
    ids=str,
)
def test_a_message_that_cannot_be_placed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(WireError):
        inbound(**change)


def test_a_reason_quotes_nothing_of_the_body_but_a_masked_number() -> None:
    with pytest.raises(WireError) as caught:
        inbound(**{"from": "49x1622943176"})
    assert "1622943" not in str(caught.value)


def test_nul_is_dropped_from_text_since_no_database_keeps_it() -> None:
    assert inbound(message="a\0b").text == "ab"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_other_encodings_of_json_are_read(encoding: str) -> None:
    text = json.dumps(INBOUND | {"message": "Grüße 🚚"}, ensure_ascii=False)
    read = wire.read_callback(text.encode(encoding))
    assert isinstance(read, Inbound)
    assert read.text == "Grüße 🚚"


def test_trailing_commas_are_forgiven_outside_of_strings_only() -> None:
    text = 'a",}\\" ,]'
    raw = json.dumps(INBOUND | {"message": text, "list": [1, [2]]}).replace("]]", ", ] ,\n]").replace('"}', '",\t}')
    raw = raw.removesuffix("}") + ", }"
    read = wire.read_callback(raw.encode())
    assert isinstance(read, Inbound)
    assert (read.text, read.extra) == (text, {"list": [1, [2]]})


@pytest.mark.parametrize("state", [state for state in ReceiptState if state is not ReceiptState.UNKNOWN])
@pytest.mark.parametrize("spell", [str.upper, str.lower, str.title])
def test_states_are_known_in_any_case(state: ReceiptState, spell: Callable[[str], str]) -> None:
    read = receipt(overallState=spell(state.value))
    assert (read.state, read.word) == (state, spell(state.value))


def test_an_unknown_state_is_kept_as_the_gateways_own_word() -> None:
    read = receipt(overallState="Teleported")
    assert (read.state, read.word) == (ReceiptState.UNKNOWN, "Teleported")


def test_the_names_of_the_manuals_tables_are_read_too() -> None:
    part = {"deliveryStatus": "seen", "doneDate": "1454066954667", "price": 0.5, "errorCode": 8}
    assert receipt(overallState=..., sendParts=[part]).parts == (
        ReceiptPart(ReceiptState.SEEN, error_code="8", at=SENT, price="0.5"),
    )


def test_the_names_of_the_manuals_samples_win_over_those_of_its_tables() -> None:
    part = {
        "deliveryState": "DELIVERED",
        "deliveryStatus": "BUFFERED",
        "deliveryStateDate": 1454066954667,
        "doneDate": 0,
    }
    assert receipt(sendParts=[part]).parts == (ReceiptPart(ReceiptState.DELIVERED, at=SENT),)


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (["DELIVERED", "BUFFERED", "REJECTED"], "BUFFERED"),
        (["DELIVERED", "Teleported", "REJECTED"], "UNKNOWN"),
        (["EXPIRED", "UNDELIVERABLE", "REJECTED"], "REJECTED"),
        (["EXPIRED", "UNDELIVERABLE", "SEEN"], "UNDELIVERABLE"),
        (["DELIVERED", "EXPIRED"], "EXPIRED"),
        (["DELIVERED", "SEEN"], "DELIVERED"),
        (["SEEN", "SEEN"], "SEEN"),
    ],
)
def test_a_missing_overall_state_is_derived_from_the_parts(states: list[str], whole: str) -> None:
    for order in (states, states[::-1]):
        read = receipt(overallState=..., sendParts=[{"deliveryState": state} for state in order])
        assert (read.state.value, read.word) == (whole, whole)


def test_a_receipt_names_the_first_error_code_of_its_parts() -> None:
    parts = [{"deliveryState": "DELIVERED", "errorCode": ""}, {"deliveryState": "REJECTED", "errorCode": "9"}]
    assert receipt(overallState="REJECTED", sendParts=parts).error_code == "9"


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ({"channel": "IM", "ott": "Viber"}, "VIBER"),
        ({"channel": "IM", "ott": "Facebook"}, "FACEBOOK"),
        ({"channel": "im"}, "IM"),
        ({"channel": "sms", "ott": "Viber"}, "SMS"),
        ("SMS", "SMS"),
        ({}, None),
        (None, None),
    ],
)
def test_the_channel_is_sms_or_the_app(channel: object, name: str | None) -> None:
    assert receipt(deliveryChannel=channel).channel == name


@pytest.mark.parametrize(
    "change",
    [
        {"requestId": ...},
        {"requestId": ""},
        {"overallState": ..., "deliveryChannel": {"channel": "SMS"}},
        {"overallState": "", "sendParts": []},
        {"overallState": {}},
        {"sendParts": "DELIVERED"},
        {"sendParts": ["DELIVERED"]},
        {"sendParts": [{"deliveryState": []}]},
        {"deliveryChannel": 3.5, "overallState": ["DELIVERED"]},
        {"to": "somebody"},
    ],
    ids=str,
)
def test_a_receipt_that_cannot_be_placed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(WireError):
        receipt(**{"overallState": "DELIVERED", **change})


def test_a_message_is_no_answer_to_a_status_query() -> None:
    with pytest.raises(WireError, match="without a state"):
        wire.read_receipt(body(INBOUND))


def test_of_a_key_that_stands_twice_the_last_one_counts() -> None:
    raw = body(INBOUND).removesuffix(b"}") + b', "message": "second"}'
    read = wire.read_callback(raw)
    assert isinstance(read, Inbound)
    assert read.text == "second"
