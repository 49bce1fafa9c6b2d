"""A contact is erased while something of theirs is under way: it ends without effect, and the bot goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import done, error, text
from chatbot.store import contacts

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"
TABLES = ("conversation", "event", "turn", "outbox", "receipt", "timer", "invocation", "quarantine")


@dataclass
class Name:
    price: str = ""


CALLED, GO_ON = asyncio.Event(), asyncio.Event()


@pytest.fixture(autouse=True)
def signals() -> None:
    """The slow call has not begun and may not end."""
    CALLED.clear()
    GO_ON.clear()


async def quote(data: Name) -> str:
    CALLED.set()
    await GO_ON.wait()
    return "12.50"


class Greet(Flow[Name]):
    """A question, and a price."""

    ask = State("Your name?", initial=True)
    pricing = State("One moment.", invoke=quote)
    bye = State("Bye.", final=True)

    ask.on(text, to=pricing)
    pricing.on(done, to=bye)
    pricing.on(error, to=bye)


async def erase(bot: Bot) -> None:
    await bot.store.write(contacts.erase, ANNA, bot.clock())


async def left(bot: Bot) -> list[str]:
    """Name the tables in which something of Anna's stands."""
    digits = ANNA.removeprefix("+")
    return [table for table in TABLES if digits in str(await bot.rows(f"SELECT * FROM {table}"))]


async def test_an_erased_contact_whose_message_is_repeated_gets_no_answer(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Greet)
    await bot.told("hello", requestId="M1")
    await erase(bot)
    await bot.told("hello", requestId="M1")
    assert await left(bot) == []
    assert gateway.texts() == ["Your name?"]
    await bot.told("hello", requestId="M2")
    assert gateway.texts() == ["Your name?"] * 2


async def test_a_post_under_way_and_its_receipts_leave_nothing(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Greet)
    answered = gateway.hesitates()
    await bot.hears("hello")
    await gateway.came(1)
    token = gateway.token(0)
    await erase(bot)
    early = json.dumps({"requestId": "R1", "overallState": "BUFFERED", "to": ANNA}).encode()
    await bot.engine.intake.receive(early, bot.engine.tokens.read(token))
    answered.set()
    await bot.engine.drain()
    await bot.receipt("DELIVERED", "R1")
    await bot.receipt("SEEN", "R1", token)
    assert await left(bot) == []
    await bot.told("hello", BERT)
    assert gateway.texts(BERT) == ["Your name?"]


async def test_a_slow_call_under_way_leaves_nothing(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Greet)
    await bot.told("hello")
    await bot.hears("Anna")
    await bot.engine.turn_lanes.idle()
    await bot.engine.tick()
    await asyncio.wait_for(CALLED.wait(), 60)
    await erase(bot)
    GO_ON.set()
    await bot.engine.drain()
    assert await left(bot) == []
    assert "Bye." not in gateway.texts()


async def test_a_turn_under_way_leaves_nothing(
    open_bot: OpenBot, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = await open_bot(Greet)
    handle = bot.engine.turns._handle

    async def erased_meanwhile(claim: object) -> None:
        await erase(bot)
        await handle(claim)

    monkeypatch.setattr(bot.engine.turns, "_handle", erased_meanwhile)
    await bot.told("hello")
    assert await left(bot) == []
    assert gateway.posts == []
