"""A hundred thousand timers that are overdue at the start do not drown a new message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import timeout
from chatbot.store.protocol import Tx

from .bench import START, Bot
from .gateway import Gateway
from .process import ACCOUNT

ANNA = "+491622943176"
OVERDUE = 100_000
A_LOOK = 200
"""How many timers one look of the engine may set going."""
RATE = 50


class Reminder(Flow[NoData]):
    """Reminds after half an hour."""

    asked = State("Hello", initial=True, timeout=minutes(30))
    reminded = State("It is late.", final=True)
    asked.on(timeout, to=reminded)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    await made.open()
    yield made
    await made.close()


OpenBot = Callable[..., Awaitable[Bot]]


@pytest.fixture
async def open_bot(tmp_path: Path, gateway: Gateway) -> AsyncIterator[OpenBot]:
    bots: list[Bot] = []

    async def opened(rate: float = 0.0) -> Bot:
        bots.append(await Bot.open(tmp_path, gateway, Reminder, rate=rate))
        return bots[-1]

    yield opened
    for bot in bots:
        await bot.close()


def leave_overdue(tx: Tx, fingerprint: str) -> None:
    """Write down what ``OVERDUE`` contacts leave who were asked, and whose half an hour is over."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
    tx.run(
        numbers + "INSERT INTO conversation SELECT '+4917' || (10000000 + i), :account, 'reminder', 'asked', '{}', "
        ":fingerprint, 1, '[]', '{}', '[]', 0, 1, :at FROM n",
        count=OVERDUE, account=ACCOUNT, fingerprint=fingerprint, at=START - 9000,
    )  # fmt: skip
    tx.run(
        numbers + "INSERT INTO timer (contact, account, flow, state, visit, name, delay, due) "
        "SELECT '+4917' || (10000000 + i), :account, 'reminder', 'asked', 1, 'timeout', 1800.0, :at + i / 1e3 FROM n",
        count=OVERDUE, account=ACCOUNT, at=START - 7000,
    )  # fmt: skip


async def test_a_new_message_is_answered_within_two_looks_of_the_engine(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot()
    await bot.store.write(leave_overdue, bot.catalogue.default.fingerprint)
    for _ in range(3):
        await bot.engine.tick()
    before, turns = len(gateway.posts), bot.engine.turn_lanes.steps
    await bot.hears(ANNA, "hi", "I1")
    looks = 0
    while "Hello" not in gateway.texts(ANNA):
        looks += 1
        assert looks <= 2, "the flood goes first"
        await bot.engine.tick()
        await bot.engine.turn_lanes.idle()
        await bot.engine.send_lanes.idle()
    assert len(gateway.posts) - before <= 3 * A_LOOK
    assert bot.engine.turn_lanes.steps - turns <= 3 * A_LOOK
    fired = OVERDUE - (await bot.rows("SELECT count(*) AS n FROM timer WHERE contact LIKE '+4917%'"))[0]["n"]
    assert 0 < fired <= 5 * A_LOOK
    told = [post.contact for post in gateway.posts if post.text == "It is late."]
    assert len(told) == len(set(told))


async def test_at_the_agreed_rate_a_new_message_is_answered_after_about_one_seconds_worth_of_others(
    open_bot: OpenBot, gateway: Gateway
) -> None:
    bot = await open_bot(RATE)
    await bot.store.write(leave_overdue, bot.catalogue.default.fingerprint)
    for _ in range(20):  # as in four seconds
        await bot.engine.tick()
        await bot.engine.turn_lanes.idle()
    before = len(gateway.posts)
    await bot.hears(ANNA, "hi", "I1")
    while "Hello" not in gateway.texts(ANNA):
        await bot.engine.tick()
        await asyncio.sleep(0.02)
    assert before <= gateway.texts().index("Hello") <= before + 3 * RATE  # some were under way
    while len(gateway.posts) < before + 4 * RATE:  # and reminders go on
        await bot.engine.tick()
        await asyncio.sleep(0.02)
