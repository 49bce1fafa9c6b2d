"""Interface information and resource URLs (manual, the first page): where the client calls, and what it never does."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from chatbot.config import GatewayConfig
from chatbot.engine.poller import OPEN_FOR
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text
from chatbot.messages import Message
from chatbot.secret import Keyring
from chatbot.tyntec.account import open_gateway
from chatbot.tyntec.client import Gateway

# What the fixtures of conftest.py give.
Site = Any
OpenSite = Callable[..., Site]
Connect = Callable[..., Gateway]
OpenBot = Callable[..., Awaitable[Any]]

NUMBER = "+491622943176"
BASE = "https://rest.tyntec.com/messaging/im/v1"


class Echo(Flow[NoData]):
    """Says what it hears."""

    ear = State("Hello", initial=True)
    ear.on(text, says=lambda turn: turn.text)


class Seen:
    """What a client asks, looked at on its way."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Request:
        self.requests.append(request)
        return request


@pytest.fixture
async def seen(open_site: OpenSite, connect: Connect) -> list[httpx.Request]:
    """The requests of one send and one query, both answered by the simulator."""
    look = Seen()
    client = connect(open_site(), look)
    await client.status(await client.send(Message("Grüße 🚚"), NUMBER, None))
    return look.requests


async def test_the_clients_default_is_the_manuals_base_url() -> None:
    called: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        called.append(f"{request.method} {request.url}")
        return httpx.Response(200, json={"requestId": "12-1", "overallState": "DELIVERED"})

    as_it_comes = GatewayConfig(username="me", sender="Me", keyring=Keyring({"TYNTEC_PASSWORD": "secret"}))
    client = open_gateway(as_it_comes, httpx.MockTransport(respond))
    await client.status(await client.send(Message("Hi"), NUMBER, None))
    assert called == [f"POST {BASE}/outbound/requests", f"GET {BASE}/outbound/requests/12-1/status"]


def test_what_is_sent_is_json_in_utf8_and_says_so(seen: list[httpx.Request]) -> None:
    assert seen[0].headers["content-type"] == "application/json"
    assert "Grüße 🚚".encode() in seen[0].content
    assert {request.headers["accept"] for request in seen} == {"application/json"}


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", ";charset=UTF-8"])
async def test_json_is_taken_with_and_without_its_charset(charset: str, open_site: OpenSite) -> None:
    site = open_site()
    body = '{"from": "MyCompany", "to": "+491622943176", "message": "Grüße 🚚"}'.encode()
    headers = {"content-type": f"application/json{charset}"}
    answer = await site.http.post("/messaging/im/v1/outbound/requests", content=body, headers=headers)
    assert answer.status_code == 200
    assert [sent["request"]["text"] for sent in await site.sends()] == ["Grüße 🚚"]


def test_credentials_go_into_the_header_of_each_request_and_into_no_url(seen: list[httpx.Request]) -> None:
    token = base64.b64encode(b"username:password").decode()
    assert [request.headers["authorization"] for request in seen] == [f"Basic {token}"] * 2
    for request in seen:
        assert "password" not in str(request.url)
        assert b"password" not in request.content


def test_a_message_is_sent_by_post_and_asked_after_by_get(seen: list[httpx.Request]) -> None:
    send, query = seen
    assert (send.method, send.url.path) == ("POST", "/messaging/im/v1/outbound/requests")
    assert query.method == "GET"
    assert query.url.path.startswith("/messaging/im/v1/outbound/requests/12-")
    assert query.url.path.endswith("/status")


async def test_a_bot_calls_these_two_resources_and_no_other(open_site: OpenSite, open_bot: OpenBot) -> None:
    look = Seen()
    site = open_site()
    bot = await open_bot(Echo, site, look)
    await site.pull("faults", rates={"receipt_lost": 1})
    for said in ("hi", "one", "two"):
        await site.pull("inbound", number=NUMBER, text=said)
        await bot.rest()
    bot.engine.poller.clock = lambda: 1e11 + OPEN_FOR
    await bot.engine.poller.tick()
    kinds = [(request.method, request.url.path.rpartition("/")[2]) for request in look.requests]
    assert kinds == [("POST", "requests")] * 3 + [("GET", "status")] * 3
    assert not any("inbound" in request.url.path for request in look.requests)


async def test_the_path_for_receiving_messages_is_the_bots_own_and_not_served(open_site: OpenSite) -> None:
    answer = await open_site().http.post("/messaging/im/v1/inbound/requests", json={})
    assert (answer.status_code, answer.json()["responseText"]) == (404, "The requested URI was not found.")
