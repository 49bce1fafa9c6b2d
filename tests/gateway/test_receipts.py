"""Message notifications (manual, Step 3): every state and every field, by callback and by query, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.errors import Rejected
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import delivered, failed, text
from chatbot.messages import Message, ReceiptState
from chatbot.tyntec.client import Gateway

# What the fixtures of conftest.py give.
Site = Any
Bot = Any
OpenSite = Callable[..., Site]
OpenBot = Callable[..., Awaitable[Bot]]
Connect = Callable[..., Gateway]

NUMBER = "+491622943176"
DAY = 86_400
NOW = 1_600_000_000_000


class Greeter(Flow[NoData]):
    """Greets by Viber alone."""

    hello = State(Message("Hello", sms_fallback=False, ttl=60), initial=True)
    arrived = State("Good.", final=True)
    lost = State(final=True)
    hello.on(text, says="Yes?")
    hello.on(delivered, to=arrived)
    hello.on(failed, to=lost)


# How each state comes about: what is pulled before, and the seconds that pass after.
STATES: dict[str, tuple[str, dict[str, Any], int]] = {
    "BUFFERED": ("offline", {}, 0),
    "DELIVERED": ("viber", {}, 0),
    "SEEN": ("viber", {"seen": True}, 10),
    "UNDELIVERABLE": ("unreachable", {}, 0),
    "EXPIRED": ("offline", {}, 60),
    "REJECTED": ("waits", {}, 0),
}
LEADS_TO = {"BUFFERED": "hello", "DELIVERED": "arrived", "SEEN": "arrived"}


@pytest.mark.parametrize("state", STATES)
async def test_each_state_is_told_to_the_flow_and_to_whoever_asks(
    state: str, open_site: OpenSite, open_bot: OpenBot, connect: Connect
) -> None:
    reachability, options, seconds = STATES[state]
    site = open_site(delivery_delay=5.0, **options)
    bot = await open_bot(Greeter, site)
    await site.pull("inbound", number=NUMBER, text="hi")
    await bot.rest()
    await site.pull("phones", reachability=reachability)  # after writing, since who writes has unblocked
    for passes in (5, seconds):
        await site.pull("advance", seconds=passes)
        await bot.rest()
    request_id, kept = bot.rows("SELECT request_id, receipt FROM outbox ORDER BY id LIMIT 1")[0]
    assert kept == state
    assert bot.rows("SELECT state FROM conversation") == [LEADS_TO.get(state, "lost")]
    assert (await connect(site).status(request_id)).state is ReceiptState(state)
    assert (await site.ask(request_id))["overallState"] == state


async def notified(site: Site, ear: Any, **parameters: Any) -> dict[str, Any]:
    """Send one message, and give its last receipt, which must be what a query gives."""
    request_id = (await site.send(**parameters, callbackUrl=ear.url)).json()["requestId"]
    await site.pull("settle")
    receipt = {name: value for name, value in ear.posts[-1].items() if name != "path"}
    assert receipt == await site.ask(request_id)
    return receipt


def each(receipt: dict[str, Any], name: str) -> list[Any]:
    """Give one field of every part."""
    return [part[name] for part in receipt["sendParts"]]


IM_FIELDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "requestId": lambda receipt: receipt["requestId"].startswith("12-"),
    "overallState": lambda receipt: receipt["overallState"] == "DELIVERED",
    "size": lambda receipt: receipt["size"] == 1,
    "from": lambda receipt: receipt["from"] == "MyCompany",
    "to": lambda receipt: receipt["to"] == NUMBER,
    "userContext": lambda receipt: receipt["userContext"] is None,
    "deliveryChannel": lambda receipt: receipt["deliveryChannel"] == {"channel": "IM", "ott": "Viber"},
    "ott": lambda receipt: receipt["deliveryChannel"]["ott"] == "Viber",
    "sendParts": lambda receipt: len(receipt["sendParts"]) == 1,
    "deliveryState": lambda receipt: receipt["sendParts"][0]["deliveryState"] == "DELIVERED",
    "deliveryStateDate": lambda receipt: receipt["sendParts"][0]["deliveryStateDate"] >= NOW,
    "contentExcerpt": lambda receipt: receipt["sendParts"][0]["contentExcerpt"] == "This is an example.",
    "messagePartId": lambda receipt: receipt["sendParts"][0]["messagePartId"] == 1,
    "currency": lambda receipt: receipt["sendParts"][0]["currency"] == "EUR",
    "errorCode": lambda receipt: receipt["sendParts"][0]["errorCode"] == "",
    "no price": lambda receipt: not {"price", "priceEffective", "sentDate"} & set(receipt["sendParts"][0]),
}
LONG = "This is an SMS of two parts, since it has more characters than seventy: 74"
SMS_FIELDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "requestId": lambda receipt: receipt["requestId"].startswith("12-"),
    "from": lambda receipt: receipt["from"] == "MyCompany",
    "to": lambda receipt: receipt["to"] == NUMBER,
    "userContext": lambda receipt: receipt["userContext"] is None,
    "deliveryState": lambda receipt: each(receipt, "deliveryState") == ["DELIVERED", "DELIVERED"],
    "deliveryStateDate": lambda receipt: min(each(receipt, "deliveryStateDate")) >= NOW,
    "errorCode": lambda receipt: each(receipt, "errorCode") == ["", ""],
    "overallState": lambda receipt: receipt["overallState"] == "DELIVERED",
    "size": lambda receipt: receipt["size"] == 2,
    "deliveryChannel": lambda receipt: receipt["deliveryChannel"]["channel"] == "SMS",
    "mccmnc": lambda receipt: receipt["deliveryChannel"]["mccmnc"] is None,
    "ttid": lambda receipt: receipt["deliveryChannel"]["ttid"] == "16",
    "no ott": lambda receipt: "ott" not in receipt["deliveryChannel"],
    "sendParts": lambda receipt: len(receipt["sendParts"]) == 2,
    "contentExcerpt": lambda receipt: each(receipt, "contentExcerpt") == [LONG[:20], LONG[63:]],
    "messagePartId": lambda receipt: each(receipt, "messagePartId") == [1, 2],
    "price": lambda receipt: each(receipt, "price") == [0.5, 0.5],
    "currency": lambda receipt: each(receipt, "currency") == ["EUR", "EUR"],
    "priceEffective": lambda receipt: min(each(receipt, "priceEffective")) >= NOW,
    "sentDate": lambda receipt: NOW <= each(receipt, "sentDate")[0] <= each(receipt, "deliveryStateDate")[0],
}


@pytest.mark.parametrize("reachability", ["viber", "sms_only"])
async def test_the_excerpt_of_an_image_is_that_of_its_url(reachability: str, open_site: OpenSite, ear: Any) -> None:
    image = {"imageUrl": "http://www.example.com/image.png", "buttonCaption": "See", "buttonActionUrl": "http://b.org"}
    receipt = await notified(open_site(reachability=reachability), ear, message="This is a test.", **image)
    sms = ["This is a test."] if reachability == "sms_only" else []
    assert each(receipt, "contentExcerpt") == ["http://www.example.c", *sms]


async def test_a_buffered_message_is_sent_again_and_reaches_a_final_state(
    open_site: OpenSite, ear: Any, connect: Connect
) -> None:
    site = open_site(reachability="offline")
    receipt = await notified(site, ear)
    assert receipt["overallState"] == "BUFFERED"
    assert not (await connect(site).status(receipt["requestId"])).state.is_final
    await site.pull("phones", number=NUMBER, reachability="viber")
    await site.pull("settle")
    assert [one["overallState"] for one in ear.posts] == ["BUFFERED", "DELIVERED"]


@pytest.mark.parametrize("name", IM_FIELDS)
async def test_each_field_of_a_notification_by_a_messaging_app(name: str, open_site: OpenSite, ear: Any) -> None:
    receipt = await notified(open_site(), ear)
    assert IM_FIELDS[name](receipt), receipt


@pytest.mark.parametrize("name", SMS_FIELDS)
async def test_each_field_of_a_notification_by_sms(name: str, open_site: OpenSite, ear: Any) -> None:
    receipt = await notified(open_site(reachability="sms_only"), ear, message=LONG)
    assert SMS_FIELDS[name](receipt), receipt


async def test_the_tables_names_are_given_when_the_option_says_so_and_understood(
    open_site: OpenSite, ear: Any, connect: Connect
) -> None:
    site = open_site(reachability="sms_only", receipt_names="table", receipt_strings=True)
    receipt = await notified(site, ear, message=LONG)
    assert {part["deliveryStatus"] for part in receipt["sendParts"]} == {"DELIVERED"}
    assert all(int(part["doneDate"]) >= NOW for part in receipt["sendParts"])
    assert receipt["overallPrice"] == "1.0"
    read = await connect(site).status(receipt["requestId"])
    assert [(part.state, part.price, part.at is None) for part in read.parts] == [("DELIVERED", "0.5", False)] * 2


@pytest.mark.parametrize(
    ("options", "states"), [({}, ["DELIVERED"]), ({"seen": True}, ["DELIVERED", "SEEN"])], ids=["as-it-comes", "on"]
)
async def test_seen_is_told_only_where_it_is_switched_on(
    options: dict[str, bool], states: list[str], open_site: OpenSite, ear: Any
) -> None:
    site = open_site(**options)
    await site.send(callbackUrl=ear.url)
    await site.pull("settle")
    await site.pull("advance", seconds=10)
    assert [one["overallState"] for one in ear.posts] == states


@pytest.mark.parametrize(
    ("reachability", "code", "only_im"),
    [
        ("blocked", "8", True),
        ("sms_only", "9", True),
        ("no_device", "10", True),
        ("waits", "21", True),
        ("unreachable", "1", False),
    ],
)
async def test_an_error_code_says_why_a_message_did_not_arrive_and_the_client_reads_it(
    reachability: str, code: str, only_im: bool, open_site: OpenSite, ear: Any, connect: Connect
) -> None:
    site = open_site(reachability=reachability)
    receipt = await notified(site, ear, imChannels="VIBER", deliverOnlyViaIM=only_im)
    assert [part["errorCode"] for part in receipt["sendParts"]] == [code]
    assert (await connect(site).status(receipt["requestId"])).error_code == code


@pytest.mark.parametrize(
    ("options", "ttl", "code"), [({"ttl_checked": False}, 5, "20"), ({"matrix": "reject"}, None, "5")]
)
async def test_what_the_gateway_let_through_viber_rejects_with_a_code(
    options: dict[str, Any], ttl: int | None, code: str, open_site: OpenSite, ear: Any
) -> None:
    image = "https://example.org/van.jpg" if "matrix" in options else None
    site = open_site(**options)
    receipt = await notified(site, ear, imChannels="VIBER", deliverOnlyViaIM=True, ttl=ttl, imageUrl=image)
    assert (receipt["overallState"], receipt["sendParts"][0]["errorCode"]) == ("REJECTED", code)


async def test_the_overall_state_is_that_of_all_parts(open_site: OpenSite, ear: Any, connect: Connect) -> None:
    for rule, state in (("worst", "UNDELIVERABLE"), ("best", "DELIVERED")):
        site = open_site(reachability="sms_only", overall_state=rule, seed=3)
        await site.pull("faults", rates={"sms_part_lost": 0.5})
        receipt = await notified(site, ear, message="x" * 1000)
        assert {part["deliveryState"] for part in receipt["sendParts"]} == {"DELIVERED", "UNDELIVERABLE"}
        assert receipt["overallState"] == state
        assert (await connect(site).status(receipt["requestId"])).state.value == state


async def test_a_notification_is_kept_for_three_months_after_the_final_state(
    open_site: OpenSite, connect: Connect
) -> None:
    site = open_site(reachability="offline")
    client = connect(site)
    request_id = await client.send(Message("Hi"), NUMBER, None)
    await site.pull("advance", seconds=14 * DAY)
    assert (await client.status(request_id)).state is ReceiptState.EXPIRED
    await site.pull("advance", seconds=90 * DAY - 60)
    assert (await client.status(request_id)).state is ReceiptState.EXPIRED
    await site.pull("advance", seconds=120)
    with pytest.raises(Rejected):
        await client.status(request_id)


async def test_a_receipt_is_repeated_twice_when_it_is_refused(open_site: OpenSite, ear: Any) -> None:
    site = open_site()
    ear.answers = [503] * 5
    await site.send(callbackUrl=ear.url)
    await site.pull("settle")
    for _ in range(4):
        await site.pull("advance", seconds=10)
    assert len(ear.posts) == 3


@pytest.mark.parametrize("rates", [{}, {"receipt_doubled": 1}, {"receipt_reordered": 1}, {"receipt_early": 1}], ids=str)
async def test_receipts_that_come_twice_late_or_early_leave_the_message_seen(
    rates: dict[str, float], open_site: OpenSite, open_bot: OpenBot
) -> None:
    site = open_site(buffered="always", seen=True, seen_delay=0.0, reorder_delay=0.05, seed=2)
    bot = await open_bot(Greeter, site)
    await site.pull("faults", rates=rates)
    await site.pull("inbound", number=NUMBER, text="hi")
    for _ in range(4):  # what is said on a receipt has receipts too
        await bot.rest()
        await site.pull("advance", seconds=10)
    await bot.rest()
    assert set(bot.rows("SELECT receipt FROM outbox")) == {"SEEN"}
    told = [json.loads(payload) for payload in bot.rows("SELECT payload FROM event WHERE kind = 'receipt'")]
    news = [(one["outbox_id"], one["status"]) for one in told]
    assert len(news) == len(set(news))


async def test_a_receipt_that_is_lost_is_asked_for(open_site: OpenSite, open_bot: OpenBot, connect: Connect) -> None:
    site = open_site()
    bot = await open_bot(Greeter, site)
    await site.pull("faults", rates={"receipt_lost": 1})
    await site.pull("inbound", number=NUMBER, text="hi")
    await bot.rest()
    assert bot.rows("SELECT receipt FROM outbox") == [None]
    bot.engine.poller.clock = lambda: 1e11
    await bot.engine.poller.tick()
    await bot.rest()
    assert bot.rows("SELECT receipt FROM outbox")[0] == "DELIVERED"
    assert bot.rows("SELECT state FROM conversation") == ["arrived"]
