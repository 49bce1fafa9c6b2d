"""The phone in the browser: its page, its history, its live news, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatbot.simulator import app as simulator_app
from chatbot.simulator.feed import Feed
from chatbot.simulator.options import Account

OpenClient = Callable[..., httpx.AsyncClient]
OpenSite = Callable[..., Any]
NUMBER = "+491622943176"
PAGES = Path(simulator_app.__file__).parent / "pages"
HELLO = {"from": "MyCompany", "to": NUMBER, "message": "Hello World!"}


async def test_the_page_lets_nothing_in_but_its_own_script_and_style(open_client: OpenClient) -> None:
    client = open_client()
    page = await client.get("/phone/")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    for path in re.findall(r'(?:href|src)="(pages/[^"]+)"', page.text):
        assert (await client.get(f"/phone/{path}")).status_code == 200, path
    assert not re.search(r"<script>|<style|\son\w+=|\sstyle=|https?://", page.text)


async def test_the_root_leads_to_the_phone(open_client: OpenClient) -> None:
    for path in ("/", "/phone"):
        answer = await open_client().get(path)
        assert answer.headers["location"] == "/phone/"


@pytest.mark.parametrize("script", sorted(PAGES.glob("*.js")), ids=lambda path: path.name)
def test_scripts_insert_text_only_and_load_nothing_from_elsewhere(script: Path) -> None:
    source = script.read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", source)
    assert not re.search(r"https?://", source)


def test_every_label_and_script_finds_its_element() -> None:
    html = (PAGES / "phone.html").read_text()
    ids = set(re.findall(r'id="([^"]+)"', html))
    assert set(re.findall(r'for="([^"]+)"', html)) <= ids
    used = set(re.findall(r'at\("([^"]+)"\)', "".join(path.read_text() for path in PAGES.glob("*.js"))))
    assert used <= ids


async def test_the_history_has_what_is_shown_and_what_became_of_the_last_messages(open_client: OpenClient) -> None:
    client = open_client()
    await client.post("/messaging/im/v1/outbound/requests", json=HELLO)
    await client.post(f"/phone/{NUMBER}/messages", json={"text": "hi"})
    history = (await client.get(f"/phone/{NUMBER}")).json()
    assert [(one["side"], one["text"]) for one in history["messages"]] == [("bot", "Hello World!"), ("user", "hi")]
    assert [(one["state"], one["channel"]) for one in history["deliveries"]] == [("DELIVERED", "VIBER")]
    assert history["levers"]["phone"]["reachability"]["viber"] is True


@pytest.mark.parametrize("written", ["491622943176", "00491622943176", "%2B491622943176"])
async def test_a_number_is_one_phone_however_it_is_written(open_client: OpenClient, written: str) -> None:
    client = open_client()
    await client.post(f"/phone/{written}/messages", json={"text": "hi"})
    assert len((await client.get(f"/phone/{NUMBER}")).json()["messages"]) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/phone/nobody/messages", {"text": "hi"}),
        (f"/phone/{NUMBER}/messages", {"text": " "}),
        (f"/phone/{NUMBER}/messages", {"text": "x" * 10_001}),
        (f"/phone/{NUMBER}/messages", {"text": 5}),
        (f"/phone/{NUMBER}/messages", {"text": "hi", "replyto": "12-x"}),
        (f"/phone/{NUMBER}/messages", [1]),
    ],
)
async def test_what_is_typed_wrongly_is_refused_with_the_reason(open_client: OpenClient, path: str, body: Any) -> None:
    answer = await open_client().post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["", "/events"])
async def test_a_number_that_is_none_is_refused_with_how_to_write_it(open_client: OpenClient, path: str) -> None:
    answer = await open_client().get(f"/phone/12{path}")
    reason = "this is no international phone number; write it as +491622943176"
    assert (answer.status_code, answer.json()) == (400, {"error": reason})


async def test_looking_at_a_phone_does_not_make_one(open_client: OpenClient) -> None:
    client = open_client()
    await client.get(f"/phone/{NUMBER}")
    assert (await client.get("/_control/state")).json()["phones"] == []


async def test_live_news_come_as_server_sent_events(open_site: OpenSite) -> None:
    site = open_site()
    async with looking(site) as news:
        await site.send(message="<script>alert(1)</script>")
        seen = [await anext(news) for _ in range(3)]
    assert [one["kind"] for one in seen] == ["delivery", "bubble", "delivery"]
    by_kind = {one["kind"]: one for one in seen}
    assert by_kind["bubble"]["bubble"]["text"] == "<script>alert(1)</script>"
    assert by_kind["delivery"]["delivery"]["state"] == "DELIVERED"


PULLS: list[tuple[str, dict[str, Any], Callable[[dict[str, Any]], Any], Any]] = [
    ("faults", {"rates": {"error_500": 0.5}}, lambda levers: levers["all"]["rates"], {"error_500": 0.5}),
    ("faults", {"number": NUMBER, "latency": 2}, lambda levers: levers["phone"]["latency"], 2),
    ("faults", {"number": "+491700000000", "latency": 2}, lambda levers: levers["phone"]["latency"], 0),
    ("faults", {"seed": 7}, lambda levers: levers["seed"], 7),
    ("faults", {"retryAfter": 7}, lambda levers: levers["retryAfter"], 7),
    ("phones", {"reachability": "offline"}, lambda levers: levers["phone"]["reachability"]["offline"], True),
    ("advance", {"seconds": 60}, lambda levers: levers["ahead"], 60),
    ("urls", {"inboundUrl": "http://b"}, lambda levers: levers["accounts"][0]["inboundUrl"], "http://b"),
]


@pytest.mark.parametrize(
    ("lever", "given", "found", "value"), PULLS, ids=[f"{case[0]}-{[*case[1]][-1]}" for case in PULLS]
)
async def test_whoever_looks_at_a_phone_is_told_where_the_levers_stand(
    open_site: OpenSite, lever: str, given: dict[str, Any], found: Callable[[dict[str, Any]], Any], value: Any
) -> None:
    site = open_site()
    async with looking(site) as news:
        await site.pull(lever, **given)
        told = await anext(news)
    assert told["kind"] == "levers"
    assert found(told["levers"]) == value
    again = (await site.client.get(f"/phone/{NUMBER}")).json()["levers"]
    assert {**again, "now": 0} == {**told["levers"], "now": 0}


async def test_a_fault_that_has_struck_and_a_block_that_is_lifted_are_told(open_site: OpenSite) -> None:
    site = open_site()
    await site.pull("faults", coming=["error_500", "garbage"])
    await site.pull("phones", number=NUMBER, reachability="blocked")
    async with looking(site) as news:
        await site.send()
        assert (await anext(news))["levers"]["all"]["coming"] == ["garbage"]
        await site.pull("inbound", number=NUMBER, text="hi")
        told = [await anext(news), await anext(news)]
    (levers,) = [one["levers"] for one in told if one["kind"] == "levers"]
    assert not levers["phone"]["reachability"]["blocked"]


async def test_trouble_with_receipts_is_told_and_when_it_is_over(open_site: OpenSite, bot: Any) -> None:
    site = open_site(receipt_retry=0.0)
    bot.answers = [500]
    async with looking(site) as news:
        await site.send()
        notes: list[str] = []
        while "" not in notes:
            one = await anext(news)
            notes += [one["note"]] if one["kind"] == "trouble" else []
    assert notes == ["receipt: the bot answered 500", ""]


async def test_a_person_writes_to_the_account_of_choice(open_site: OpenSite, bot: Any) -> None:
    site = open_site(accounts=(Account("username", "password", "first"), Account("other", "secret", "second")))
    for body in ({"text": "hi"}, {"text": "hi", "account": "second"}):
        assert (await site.client.post(f"/phone/{NUMBER}/messages", json=body)).status_code == 201
        await site.pull("settle")
    assert [message["to"] for message in bot.messages] == ["first", "second"]
    refused = await site.client.post(f"/phone/{NUMBER}/messages", json={"text": "hi", "account": "third"})
    assert (refused.status_code, refused.json()["error"]) == (400, "there is no account 'third', but first, second")


@asynccontextmanager
async def looking(site: Any) -> AsyncIterator[AsyncGenerator[dict[str, Any], None]]:
    """Look at the phone: gives its news after the first, which is to load the history."""
    async with asyncio.timeout(10), site.client.stream("GET", f"/phone/{NUMBER}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async with aclosing(events(stream)) as news:
            assert (await anext(news))["kind"] == "reload"
            yield news


async def events(stream: httpx.Response) -> AsyncGenerator[dict[str, Any], None]:
    async for line in stream.aiter_lines():
        if line.startswith("data:"):
            yield json.loads(line[5:])


async def test_a_listener_that_falls_behind_is_told_to_reload() -> None:
    feed = Feed()
    async with asyncio.timeout(5), aclosing(feed.listen(NUMBER)) as news:
        await anext(news)
        for index in range(501):
            feed.publish(NUMBER, {"kind": "bubble", "index": index})
        assert await anext(news) == {"kind": "reload"}
        feed.publish(NUMBER, {"kind": "bubble", "index": "next"})
        assert (await anext(news))["index"] == "next"
    assert not feed.listened(NUMBER)
