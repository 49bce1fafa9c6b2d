"""The client and the simulator are two readings of one manual: here they check each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import codec
from chatbot.errors import Ambiguous, Busy, MatrixError, Refused, Rejected, SendError
from chatbot.http import open_transport
from chatbot.messages import Button, Inbound, Message, Receipt, ReceiptState
from chatbot.simulator import inbound, validation
from chatbot.simulator.gateway import Gateway as SimulatedGateway
from chatbot.simulator.inbound import InboundMessage
from chatbot.simulator.options import Account, Options
from chatbot.simulator.simulator import MovableClock
from chatbot.tyntec import wire
from chatbot.tyntec.client import Gateway

NUMBER = "+491622943176"
URL = "https://example.org/t"
TRUCK = "\N{DELIVERY TRUCK}"

_text = st.text(max_size=30) | st.integers(995, 1005).map("x".__mul__) | st.integers(495, 505).map(TRUCK.__mul__)
_url = st.sampled_from([URL, URL.ljust(62, "x"), URL.ljust(63, "x"), "no url", "http://", "ftp://example.org"])
_caption = st.text(max_size=5) | st.sampled_from(["c" * 30, "c" * 31, TRUCK * 15, TRUCK * 16])
_messages = st.builds(
    Message,
    text=_text,
    image=st.none() | _url,
    button=st.none() | st.builds(Button, _caption, _url),
    purpose=st.sampled_from([None, "transaction", "promotion", "fun"]),
    channels=st.sampled_from([None, ("VIBER",), ("VIBER", "FACEBOOK"), ("FACEBOOK", "VIBER"), ("VIBER", "VIBER")]),
    sms_fallback=st.none() | st.booleans(),
    ttl=st.sampled_from([None, 29, 30, 86_400, 86_401]),
    ttl_text=st.none() | st.text(max_size=5),
    sender=st.sampled_from([None, "Vans", "12345", "+491622943176", "My Company"]),
)


@given(_messages, st.sampled_from([None, "https://bot.example.org/callbacks/secret/token"]))
def test_whatever_the_client_writes_is_taken_and_read_as_it_was_meant(message: Message, callback: str | None) -> None:
    try:
        written = wire.write_send(
            message,
            to=NUMBER,
            sender="MyCompany",
            channels=("VIBER",),
            sms_fallback=True,
            purpose="transaction",
            callback_url=callback,
        )
    except MatrixError:
        return
    request = validation.read(codec.loads(codec.dumps(written), dict[str, Any]), Options(strict_purpose=True))
    assert (request.text.strip(), request.image_url or None) == (message.text.strip(), message.image)
    assert request.sender == (message.sender or "MyCompany")
    assert request.channels == tuple(dict.fromkeys(message.channels or ("VIBER",)))
    assert request.only_im is (message.sms_fallback is False)
    assert (request.ttl, request.ttl_text or None) == (message.ttl, message.ttl_text or None)
    assert (request.callback_url or None, request.purpose) == (callback, message.purpose or "transaction")


def options_with(**choices: Iterable[Any]) -> list[Options]:
    return [Options(delivery_delay=0.0, **dict(zip(choices, one, strict=True))) for one in product(*choices.values())]


@pytest.mark.parametrize(
    "options",
    options_with(receipt_names=["sample", "table"], receipt_strings=[False, True], reachability=["viber", "sms_only"]),
    ids=lambda one: f"{one.receipt_names}-{one.receipt_strings}-{one.reachability}",
)
def test_receipts_are_understood_in_every_reading(
    open_gateway: Callable[..., SimulatedGateway], clock: MovableClock, options: Options
) -> None:
    gateway = open_gateway(**{name: getattr(options, name) for name in Options.__dataclass_fields__})
    gateway.accept(options.accounts[0], {"from": "MyCompany", "to": NUMBER, "message": "x" * 100})
    (news,) = gateway.tick()
    receipt = wire.read_callback(codec.dumps(news.body).encode())
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.contact, receipt.request_id) == (
        ReceiptState.DELIVERED,
        NUMBER,
        news.status.request_id,
    )
    assert receipt.channel == ("VIBER" if options.reachability == "viber" else "SMS")
    assert {part.state for part in receipt.parts} == {ReceiptState.DELIVERED}
    assert {part.at.timestamp() for part in receipt.parts if part.at} == {clock()}
    assert {part.price for part in receipt.parts} == ({None} if options.reachability == "viber" else {"0.5"})


@pytest.mark.parametrize(
    "options",
    options_with(
        inbound_date=["string", "number", "iso"],
        inbound_number=["+", "00", ""],
        inbound_comma=[False, True],
        inbound_ott=[False, True],
        empty_original=[False, True],
    ),
    ids=str,
)
def test_inbound_messages_are_understood_in_every_reading(options: Options) -> None:
    for original in ("", "12-original"):
        message = InboundMessage("customer_account", NUMBER, 'a, "}', "12-id", 1454066954.667, original, "Viber")
        read = wire.read_callback(inbound.body(message, options))
        assert isinstance(read, Inbound)
        assert (read.contact, read.account, read.text, read.request_id) == (NUMBER, message.account, 'a, "}', "12-id")
        assert read.reply_to == (original or None)
        assert read.sent_at is not None
        assert read.sent_at.timestamp() == pytest.approx(1454066954.667)
        assert read.extra == {}


FAULTS: dict[str, type[SendError]] = {
    "error_500": Busy,
    "error_503": Busy,
    "error_429": Busy,
    "error_403": Refused,
    "bad_gateway": Ambiguous,
    "reset_before": Ambiguous,
    "reset_after": Ambiguous,
    "truncated": Ambiguous,
    "garbage": Ambiguous,
}


async def test_the_client_takes_no_accepted_message_for_a_refused_one(open_site: Callable[..., Any]) -> None:
    site = open_site()
    client = client_of(site)
    try:
        for name, error in FAULTS.items():
            before = (await site.state())["sends"]
            await site.pull("faults", coming=[name])
            with pytest.raises(error):
                await client.send(Message("hello"), NUMBER, None)
            if error is not Ambiguous:
                assert (await site.state())["sends"] == before, name
        request_id = await client.send(Message("hello"), NUMBER, None)
        await site.pull("settle")
        assert (await client.status(request_id)).state is ReceiptState.DELIVERED
        with pytest.raises(Rejected):
            await client.status("12-unknown")
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"accounts": (Account("username", "other"),)}, Refused),
        ({"accounts": (Account("username", "other"),), "credentials_status": 401}, Refused),
        ({"long_sms": False}, Rejected),
        ({"long_sms": False, "refusal_key": "errorText"}, Rejected),
    ],
)
async def test_the_client_understands_refusals(
    open_site: Callable[..., Any], options: dict[str, Any], error: type[SendError]
) -> None:
    client = client_of(open_site(**options))
    try:
        with pytest.raises(error) as caught:
            await client.send(Message("x" * 100), NUMBER, None)
    finally:
        await client.close()
    if isinstance(caught.value, Rejected):
        assert caught.value.reasons == (validation.OVER_LENGTH,)


def client_of(site: Any) -> Gateway:
    return Gateway(
        transport=open_transport(),
        url=f"{site.url}/messaging/im/v1",
        username="username",
        password="password",
        sender="MyCompany",
        channels=("VIBER",),
        sms_fallback=True,
        purpose="transaction",
    )
