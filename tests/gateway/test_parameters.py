"""Every parameter of "Send a message" (manual, Step 1), from the bot to the gateway by real HTTP, and its effect."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import text
from chatbot.flows.turn import Turn
from chatbot.messages import Button, Message, ReceiptState, Travel
from chatbot.tyntec.client import Gateway

# What the fixtures of conftest.py give.
Site = Any
OpenSite = Callable[..., Site]
Connect = Callable[..., Gateway]
OpenBot = Callable[..., Awaitable[Any]]

NUMBER = "+491622943176"
IMAGE = "https://example.org/van.jpg"
TRACK = Button("Track", "https://example.org/t")
CALLBACK = "http://127.0.0.1:9/callbacks/secret/token"
FULL = Message(
    "Booked.",
    image=IMAGE,
    button=TRACK,
    purpose="promotion",
    channels=("FACEBOOK", "VIBER"),
    sms_fallback=False,
    ttl=60,
    ttl_text="Too late.",
    sender="Vans",
)
# The manual's name, and what the client writes for it when a message says everything itself.
WRITTEN = {
    "from": "Vans",
    "to": NUMBER,
    "message": "Booked.",
    "imageUrl": IMAGE,
    "buttonActionUrl": "https://example.org/t",
    "buttonCaption": "Track",
    "imChannels": "FACEBOOK, VIBER",
    "deliverOnlyViaIM": True,
    "ttl": 60,
    "ttlExpiryText": "Too late.",
    "callbackUrl": CALLBACK,
    "messagePurpose": "promotion",
}
# And as the simulator has understood it.
UNDERSTOOD = {
    "from": ("sender", "Vans"),
    "to": ("to", NUMBER),
    "message": ("text", "Booked."),
    "imageUrl": ("image_url", IMAGE),
    "buttonActionUrl": ("button_url", "https://example.org/t"),
    "buttonCaption": ("button_caption", "Track"),
    "imChannels": ("channels", ["FACEBOOK", "VIBER"]),
    "deliverOnlyViaIM": ("only_im", True),
    "ttl": ("ttl", 60),
    "ttlExpiryText": ("ttl_text", "Too late."),
    "callbackUrl": ("callback_url", CALLBACK),
    "messagePurpose": ("purpose", "promotion"),
}


@pytest.mark.parametrize("name", WRITTEN)
async def test_each_parameter_is_written_as_the_manual_has_it_and_understood(
    name: str, open_site: OpenSite, connect: Connect
) -> None:
    seen: list[dict[str, Any]] = []

    def look(request: httpx.Request) -> httpx.Request:
        seen.append(json.loads(request.content))
        return request

    site = open_site(strict_purpose=True)
    request_id = await connect(site, look).send(FULL, NUMBER, CALLBACK)
    (sent,) = await site.sends()
    key, value = UNDERSTOOD[name]
    assert seen[0][name] == WRITTEN[name]
    assert set(seen[0]) == set(WRITTEN)
    assert (sent["requestId"], sent["request"][key]) == (request_id, value)


@pytest.mark.parametrize(
    ("setting", "value", "key", "understood"),
    [
        ("sender", "+491622943176", "sender", "+491622943176"),
        ("sender", "12345", "sender", "12345"),
        ("sender", "ElevenChars", "sender", "ElevenChars"),
        ("channels", ("VIBER",), "channels", ["VIBER"]),
        ("channels", ("FACEBOOK",), "channels", ["FACEBOOK"]),
        ("channels", ("VIBER", "FACEBOOK"), "channels", ["VIBER", "FACEBOOK"]),
        ("channels", ("FACEBOOK", "VIBER"), "channels", ["FACEBOOK", "VIBER"]),
        ("sms_fallback", True, "only_im", False),
        ("sms_fallback", False, "only_im", True),
        ("purpose", "transaction", "purpose", "transaction"),
        ("purpose", "promotion", "purpose", "promotion"),
    ],
)
async def test_the_configuration_says_what_a_message_does_not(
    setting: str, value: Any, key: str, understood: Any, open_site: OpenSite, connect: Connect
) -> None:
    site = open_site()
    await connect(site, **{setting: value}).send(Message("Hi"), NUMBER, None)
    (sent,) = await site.sends()
    assert sent["request"][key] == understood


@dataclass
class Order:
    name: str = "Anna"


def named(turn: Turn[Order]) -> None:
    turn.data.name = turn.text


class Courier(Flow[Order], keyword="order"):
    """Says everything that a message can say about itself."""

    asks = State(
        Message("Your name?", purpose="transaction", channels=("VIBER", "FACEBOOK"), sms_fallback=True), initial=True
    )
    ends = State(
        Message(
            "Booked, {name}.",
            image=IMAGE,
            button=TRACK,
            purpose="promotion",
            channels=("FACEBOOK", "VIBER"),
            sms_fallback=False,
            ttl=60,
            ttl_text="Too late, {name}.",
            sender="Vans",
        ),
        final=True,
    )
    asks.on(text, to=ends, do=named)


async def test_what_a_flow_says_of_a_message_reaches_the_gateway(open_site: OpenSite, open_bot: OpenBot) -> None:
    site = open_site()
    bot = await open_bot(Courier, site)
    for said in ("order", "Bert {name}"):
        await site.pull("inbound", number=NUMBER, text=said)
        await bot.rest()
    asked, ended = [sent["request"] for sent in await site.sends()]
    assert (asked["channels"], asked["only_im"], asked["purpose"]) == (["VIBER", "FACEBOOK"], False, "transaction")
    assert (asked["ttl"], asked["ttl_text"], asked["sender"]) == (None, "", "MyCompany")
    expected = {key: value for name, (key, value) in UNDERSTOOD.items() if name != "callbackUrl"}
    expected |= {"text": "Booked, Bert {name}.", "ttl_text": "Too late, Bert {name}."}
    assert {key: ended[key] for key in expected} == expected
    assert ended["callback_url"].startswith(f"{bot.callback_url}/")
    assert ended["callback_url"] != asked["callback_url"]


OFFERS = Travel(purpose="promotion", channels=("FACEBOOK",), ttl=600, ttl_text="Gone.", sender="Offers")


class Sale(Flow[None], keyword="sale", travel=OFFERS):
    """Says for all its messages, for those of one state, and for one message how they travel."""

    offer = State("Vans!", travel=Travel(ttl=60, ttl_text="Sold.", sms_fallback=False, sender="Vans"), initial=True)
    order = State(Message("Which?", purpose="transaction", ttl=90, sender="12345"))
    offer.on(text, to=order, says="Well chosen.")


async def test_a_message_travels_as_it_says_else_as_its_state_else_as_its_flow(
    open_site: OpenSite, open_bot: OpenBot
) -> None:
    site = open_site(first_promotion=True, reachability="facebook")
    bot = await open_bot(Sale, site)
    for said in ("sale", "yes"):
        await site.pull("inbound", number=NUMBER, text=said)
        await bot.rest()
    told = ("text", "purpose", "channels", "only_im", "ttl", "ttl_text", "sender")
    assert [tuple(one["request"][key] for key in told) for one in await site.sends()] == [
        ("Vans!", "promotion", ["FACEBOOK"], True, 60, "Sold.", "Vans"),
        ("Well chosen.", "promotion", ["FACEBOOK"], True, 60, "Sold.", "Vans"),
        ("Which?", "transaction", ["FACEBOOK"], False, 90, "Gone.", "12345"),
    ]


async def test_nobody_on_our_side_opens_an_image_or_a_button(
    open_site: OpenSite, open_bot: OpenBot, serve: Any
) -> None:
    async def refuse(server: Any, reader: Any, writer: Any) -> None:
        """Opened it all the same."""

    async with serve(refuse) as inside:

        class Points(Flow[None]):
            ask = State(
                Message("Look.", image=f"{inside.url}/i", button=Button("Open", f"{inside.url}/b")), initial=True
            )
            ask.on(text, says=lambda turn: Message(image=turn.text))

        site = open_site(reachability="both", seen=True, seen_delay=0.0)
        bot = await open_bot(Points, site)
        for said in ("hi", f"{inside.url}/theirs"):
            await site.pull("inbound", number=NUMBER, text=said)
            await bot.rest()
        assert [sent["request"]["image_url"] for sent in await site.sends()] == [
            f"{inside.url}/i",
            f"{inside.url}/theirs",
        ]
        assert inside.connections == 0


# What a parameter does


@pytest.mark.parametrize(
    ("reachability", "asked", "channel"),
    [
        ("both", None, "VIBER"),
        ("facebook", None, "FACEBOOK"),
        ("both", "FACEBOOK, VIBER", "FACEBOOK"),
        ("viber", "FACEBOOK,VIBER", "VIBER"),
        ("both", "VIBER , FACEBOOK", "VIBER"),
        ("facebook", "VIBER", "SMS"),
    ],
)
async def test_channels_are_tried_in_the_order_asked_and_the_next_one_only_if_the_first_fails(
    reachability: str, asked: str | None, channel: str, open_site: OpenSite
) -> None:
    site = open_site(reachability=reachability)
    request_id = (await site.send(imChannels=asked)).json()["requestId"]
    assert (await site.ask(request_id))["overallState"] == "DELIVERED"
    assert [bubble["channel"] for bubble in await site.phone()] == [channel]


@pytest.mark.parametrize("spelling", ["deliverOnlyViaIM", "deliverOnlyVialM"])
@pytest.mark.parametrize(("value", "state", "channel"), [(True, "UNDELIVERABLE", "IM"), (False, "DELIVERED", "SMS")])
async def test_the_fallback_to_sms_is_switched_off_under_both_spellings(
    spelling: str, value: bool, state: str, channel: str, open_site: OpenSite
) -> None:
    site = open_site(reachability="sms_only")
    request_id = (await site.send(imChannels="VIBER", **{spelling: value})).json()["requestId"]
    notification = await site.ask(request_id)
    assert (notification["overallState"], notification["deliveryChannel"]["channel"]) == (state, channel)


@pytest.mark.parametrize(
    ("units", "parts"), [(1, 1), (70, 1), (71, 2), (126, 2), (127, 3), (189, 3), (190, 4), (1000, 16)]
)
async def test_an_sms_has_70_characters_alone_and_63_in_each_of_several_parts(
    units: int, parts: int, open_site: OpenSite, connect: Connect
) -> None:
    site = open_site(reachability="sms_only")
    client = connect(site)
    receipt = await client.status(await client.send(Message("x" * units), NUMBER, None))
    assert (receipt.state, receipt.channel, len(receipt.parts)) == (ReceiptState.DELIVERED, "SMS", parts)
    (bubble,) = await site.phone()
    assert (bubble["text"], bubble["sms_parts"]) == ("x" * units, parts)


async def test_an_image_is_shown_by_the_app_and_its_url_stands_in_the_sms(
    open_site: OpenSite, connect: Connect
) -> None:
    shown = []
    for reachability in ("viber", "sms_only"):
        site = open_site(reachability=reachability)
        client = connect(site)
        await client.status(await client.send(Message("Booked.", image=IMAGE, button=TRACK), NUMBER, None))
        shown += [(bubble["text"], bubble["image"]) for bubble in await site.phone()]
    assert shown == [("Booked.", IMAGE), (f"{IMAGE}\nBooked.", "")]


async def test_a_button_shows_its_caption_and_opens_its_url(open_site: OpenSite, connect: Connect) -> None:
    site = open_site()
    client = connect(site)
    await client.status(await client.send(Message("Booked.", button=TRACK), NUMBER, None))
    (bubble,) = await site.phone()
    assert (bubble["button_caption"], bubble["button_url"]) == ("Track", "https://example.org/t")


@pytest.mark.parametrize(("ttl", "seconds"), [(30, 30), (86_400, 86_400), (None, 14 * 86_400)])
async def test_a_message_expires_after_its_ttl_or_14_days(
    ttl: int | None, seconds: int, open_site: OpenSite, connect: Connect
) -> None:
    site = open_site(reachability="offline")
    client = connect(site)
    request_id = await client.send(Message("Hi", ttl=ttl), NUMBER, None)
    await site.pull("advance", seconds=seconds - 10)
    assert (await client.status(request_id)).state is ReceiptState.BUFFERED
    await site.pull("advance", seconds=10)
    assert (await client.status(request_id)).state is ReceiptState.EXPIRED


async def test_facebook_knows_no_ttl(open_site: OpenSite, connect: Connect) -> None:
    site = open_site(reachability="both")
    await site.pull("phones", number=NUMBER, reachability={"offline": True})
    client = connect(site)
    request_ids = [
        await client.send(Message("Hi", ttl=60, channels=(channel,), sms_fallback=False), NUMBER, None)
        for channel in ("FACEBOOK", "VIBER")
    ]
    await site.pull("advance", seconds=60)
    assert [(await client.status(one)).state for one in request_ids] == [ReceiptState.BUFFERED, ReceiptState.EXPIRED]


async def test_a_send_is_answered_before_it_is_delivered(open_site: OpenSite, connect: Connect) -> None:
    site = open_site(delivery_delay=5.0)
    client = connect(site)
    request_id = await client.send(Message("Hi"), NUMBER, None)
    assert (await client.status(request_id)).state is ReceiptState.BUFFERED
    assert await site.phone() == []
    await site.pull("advance", seconds=5)
    assert (await client.status(request_id)).state is ReceiptState.DELIVERED


@pytest.mark.parametrize(("ios", "texts"), [(True, ["Too late."]), (False, [])], ids=["iOS", "Android"])
async def test_a_message_that_comes_too_late_shows_its_expiry_text_on_ios_only(
    ios: bool, texts: list[str], open_site: OpenSite, connect: Connect
) -> None:
    site = open_site(reachability="offline")
    await connect(site).send(Message("Hi", ttl=60, ttl_text="Too late."), NUMBER, None)
    await site.pull("advance", seconds=60)
    await site.pull("phones", number=NUMBER, reachability={"ios": ios, "offline": False})
    assert [bubble["text"] for bubble in await site.phone()] == texts


@pytest.mark.parametrize(
    ("account_has_one", "request_has_one", "told"),
    [(True, False, "/global"), (True, True, "/own"), (False, True, "/own"), (False, False, None)],
    ids=["1-global", "1-overridden", "2-in-each-request", "3-none"],
)
async def test_receipts_go_to_the_requests_url_else_to_the_accounts_else_nowhere(
    account_has_one: bool, request_has_one: bool, told: str | None, open_site: OpenSite, ear: Any, connect: Connect
) -> None:
    site = open_site(callback_url=f"{ear.url}/global" if account_has_one else "")
    await connect(site).send(Message("Hi"), NUMBER, f"{ear.url}/own" if request_has_one else None)
    await site.pull("settle")
    assert [post["path"].removeprefix("/inboundmessages") for post in ear.posts] == ([told] if told else [])
    posted = (await site.http.get("/_control/state")).json()["posted"]
    assert [one["kind"] for one in posted] == ["receipt"] * len(ear.posts)


async def test_a_purpose_is_demanded_for_viber_when_the_simulator_is_strict_and_the_client_always_gives_one(
    open_site: OpenSite, connect: Connect
) -> None:
    site = open_site(strict_purpose=True)
    assert (await site.send()).json()["responseText"] == "One or more mandatory parameters are missing."
    assert (await site.send(imChannels="FACEBOOK")).status_code == 200
    assert (await site.send(messagePurpose="transaction")).status_code == 200
    assert await connect(site).send(Message("Hi"), NUMBER, None)
