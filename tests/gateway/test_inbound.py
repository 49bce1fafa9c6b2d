"""Receiving a message (manual, "Receive messages"): every field, and when it is posted again, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text

# What the fixtures of conftest.py give.
Site = Any
Bot = Any
OpenSite = Callable[..., Site]
OpenBot = Callable[..., Awaitable[Bot]]

NUMBER = "+491622943176"
NOW = 1_600_000_000_000


class Echo(Flow[NoData]):
    """Says what it hears."""

    ear = State("Hello", initial=True)
    ear.on(text, says=lambda turn: turn.text)


FIELDS: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any], Any], bool]]] = {
    "from": ({}, lambda kept, _: kept["contact"] == NUMBER),
    "from-00": ({"inbound_number": "00"}, lambda kept, _: kept["contact"] == NUMBER),
    "from-bare": ({"inbound_number": ""}, lambda kept, _: kept["contact"] == NUMBER),
    "to": ({}, lambda kept, _: kept["account"] == "customer_account"),
    "message": ({}, lambda kept, _: kept["text"] == "Grüße 🚚"),
    "message-comma": ({"inbound_comma": True}, lambda kept, _: kept["text"] == "Grüße 🚚"),
    "sentDate": ({}, lambda kept, _: kept["sent_at"] >= "2026"),
    "sentDate-number": ({"inbound_date": "number"}, lambda kept, _: kept["sent_at"] >= "2026"),
    "sentDate-iso": ({"inbound_date": "iso"}, lambda kept, _: kept["sent_at"] >= "2026"),
    "requestId": ({}, lambda kept, typed: kept["request_id"] == typed["requestId"]),
    "originalRequestId": ({}, lambda kept, typed: kept["reply_to"] == typed["originalRequestId"] != ""),
    "ott": ({"inbound_ott": True}, lambda kept, _: kept["ott"] == "VIBER"),
    "ott-absent": ({}, lambda kept, _: kept.get("ott") is None),
}


@pytest.mark.parametrize("name", FIELDS)
async def test_each_field_of_a_message_reaches_the_bot(name: str, open_site: OpenSite, open_bot: OpenBot) -> None:
    options, holds = FIELDS[name]
    site = open_site(**options)
    bot = await open_bot(Echo, site)
    await site.pull("inbound", number=NUMBER, text="hi")
    await bot.rest()
    typed = await site.pull("inbound", number=NUMBER, text="Grüße 🚚")
    await bot.rest()
    kept = [json.loads(payload) for payload in bot.rows("SELECT payload FROM event WHERE kind = 'message' ORDER BY id")]
    assert holds(kept[-1], typed), kept[-1]
    assert kept[-1]["extra"] == {}


@pytest.mark.parametrize("empty", [False, True])
async def test_an_unprompted_message_answers_nothing(empty: bool, open_site: OpenSite, open_bot: OpenBot) -> None:
    site = open_site(empty_original=empty)
    bot = await open_bot(Echo, site)
    await site.pull("inbound", number=NUMBER, text="hi")
    await bot.rest()
    (kept,) = [json.loads(payload) for payload in bot.rows("SELECT payload FROM event WHERE kind = 'message'")]
    assert kept.get("reply_to") is None


async def test_a_reply_names_the_message_that_it_answers_whichever_that_is(
    open_site: OpenSite, open_bot: OpenBot
) -> None:
    site = open_site()
    bot = await open_bot(Echo, site)
    for said in ("hi", "one"):
        await site.pull("inbound", number=NUMBER, text=said)
        await bot.rest()
    first, second = bot.rows("SELECT request_id FROM outbox ORDER BY id")
    assert (await site.pull("inbound", number=NUMBER, text="two"))["originalRequestId"] == second
    assert (await site.pull("inbound", number=NUMBER, text="three", replyTo=first))["originalRequestId"] == first
    await bot.rest()
    assert bot.rows("SELECT reply_to FROM event WHERE kind = 'message' ORDER BY id")[-2:] == [second, first]


# When it is posted, and again


async def fires(site: Site, ear: Any, answers: list[int]) -> None:
    ear.answers = answers
    await site.pull("urls", inboundUrl=ear.url)
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_200_201_and_202_accept(status: int, open_site: OpenSite, ear: Any) -> None:
    site = open_site()
    await fires(site, ear, [status])
    await site.pull("advance", seconds=100)
    assert len(ear.posts) == 1


@pytest.mark.parametrize("status", [204, 301, 400, 404, 500, 503])
async def test_anything_else_is_repeated_after_10_seconds_under_the_same_request_id(
    status: int, open_site: OpenSite, ear: Any
) -> None:
    site = open_site()
    await fires(site, ear, [status, status])
    counts = [len(ear.posts)]
    for seconds in (9, 1.5, 9, 1.5, 100):
        await site.pull("advance", seconds=seconds)
        counts.append(len(ear.posts))
    assert counts == [1, 1, 2, 2, 3, 3]
    assert all(post == ear.posts[0] for post in ear.posts)


async def test_it_pauses_for_10_minutes_after_100_failures_in_a_row(open_site: OpenSite, ear: Any) -> None:
    site = open_site()
    await fires(site, ear, [503] * 150)
    for _ in range(99):
        await site.pull("advance", seconds=10.1)
    assert len(ear.posts) == 100
    await site.pull("advance", seconds=590)
    assert len(ear.posts) == 100
    await site.pull("advance", seconds=10.1)
    assert len(ear.posts) == 101
    await site.pull("advance", seconds=10.1)
    assert len(ear.posts) == 102


async def test_it_is_given_up_after_48_hours(open_site: OpenSite, ear: Any) -> None:
    site = open_site()
    await fires(site, ear, [503] * 100)
    for _ in range(60):
        await site.pull("advance", seconds=3600)
    assert len(ear.posts) == 1 + 48
    (bubble,) = await site.phone()
    assert (bubble["state"], bubble["note"]) == ("dropped", "the bot answered 503; given up after 49 tries")


@pytest.mark.parametrize(
    ("inbound", "receipts", "own", "told"),
    [("/in", "/receipts", "/own", "/in"), ("", "/receipts", "/own", "/receipts"), ("", "", "/own", "/own")],
    ids=["its-own-url", "the-receipts-url", "the-url-of-what-it-answers"],
)
async def test_a_message_goes_to_the_url_for_messages_else_to_that_of_receipts(
    inbound: str, receipts: str, own: str, told: str, open_site: OpenSite, ear: Any
) -> None:
    def url(path: str) -> str:
        return f"{ear.url}{path}" if path else ""

    site = open_site(inbound_url=url(inbound), callback_url=url(receipts))
    await site.send(callbackUrl=url(own))
    await site.pull("settle")
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    assert [post["path"] for post in ear.posts if "message" in post] == [f"/inboundmessages{told}"]


async def test_it_is_posted_as_json_in_utf8(open_site: OpenSite, ear: Any) -> None:
    site = open_site(inbound_url=ear.url)
    await site.pull("inbound", number=NUMBER, text="Grüße 🚚")
    await site.pull("settle")
    (posted,) = ear.heads
    assert posted.head.startswith("POST /inboundmessages HTTP/1.1")
    assert posted.header("Content-Type") == "application/json"
    assert "Grüße 🚚".encode() in posted.body


@pytest.mark.parametrize(("scope", "others"), [("message", 1), ("account", 0)])
async def test_a_pause_holds_up_everybody_elses_messages_only_if_the_option_says_so(
    scope: str, others: int, open_site: OpenSite, ear: Any
) -> None:
    site = open_site(pause_scope=scope)
    await fires(site, ear, [503] * 100)
    for _ in range(99):
        await site.pull("advance", seconds=10.1)
    await site.pull("inbound", number="+491700000000", text="hi")
    await site.pull("settle")
    assert len(ear.posts) == 100 + others
    await site.pull("advance", seconds=600)
    assert {post["from"] for post in ear.posts[100:]} == {NUMBER, "+491700000000"}


# What the bot does with it


async def test_a_message_that_comes_twice_is_answered_once(open_site: OpenSite, open_bot: OpenBot) -> None:
    site = open_site()
    bot = await open_bot(Echo, site)
    await site.pull("faults", rates={"inbound_doubled": 1})
    for said in ("hi", "one", "two"):
        await site.pull("inbound", number=NUMBER, text=said)
        await bot.rest()
    posted = (await site.http.get("/_control/state")).json()["posted"]
    assert [one["status"] for one in posted if one["kind"] == "inbound"] == [200] * 6
    assert [sent["request"]["text"] for sent in await site.sends()] == ["Hello", "one", "two"]


async def test_the_bot_accepts_what_it_cannot_read_so_that_nobody_elses_messages_are_held_up(
    open_site: OpenSite, open_bot: OpenBot
) -> None:
    bot = await open_bot(Echo, site := open_site())
    for body, status in ((b"no JSON", 202), (b'{"message": "hi", "from": "nobody"}', 202)):
        assert (await site.http.post(bot.callback_url, content=body)).status_code == status
    assert len(bot.rows("SELECT body FROM quarantine")) == 2
    assert (await site.http.post(f"{bot.url}/callbacks/wrong", content=b"{}")).status_code == 404


async def test_the_manuals_sample_is_answered_word_for_word(open_site: OpenSite, open_bot: OpenBot) -> None:
    bot = await open_bot(Echo, site := open_site())
    sample = (
        '{\n  "from":"+491622943176",\n  "to":"customer_account",\n  "message":"This is an example.",\n'
        '  "sentDate":"1454066954667",\n  "requestId":"12-75cfafba-8799-4f2b-8505-ece6af6abf01",\n'
        '  "originalRequestId":"f595e75b-2808-4def-883c-82913b7f8365",\n}'
    )
    answer = await site.http.post(bot.callback_url, content=sample, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    await bot.rest()
    assert [(sent["to"], sent["request"]["text"]) for sent in await site.sends()] == [(NUMBER, "Hello")]
