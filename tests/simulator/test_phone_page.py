"""The phone in the browser: its page, its history, its live news, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatbot.simulator import app as simulator_app
from chatbot.simulator.feed import Feed

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
    assert history["reachability"]["viber"] is True


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


async def test_looking_at_a_phone_does_not_make_one(open_client: OpenClient) -> None:
    client = open_client()
    await client.get(f"/phone/{NUMBER}")
    assert (await client.get("/_control/state")).json()["phones"] == []


async def test_live_news_come_as_server_sent_events(open_site: OpenSite) -> None:
    site = open_site()
    async with asyncio.timeout(10), site.client.stream("GET", f"/phone/{NUMBER}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async with aclosing(events(stream)) as news:
            assert (await anext(news))["kind"] == "reload"
            await site.send(message="<script>alert(1)</script>")
            seen = [await anext(news), await anext(news)]
    by_kind = {one["kind"]: one for one in seen}
    assert by_kind["bubble"]["bubble"]["text"] == "<script>alert(1)</script>"
    assert by_kind["delivery"]["delivery"]["state"] == "DELIVERED"


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
