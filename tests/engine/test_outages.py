"""An outage of the gateway is told when it begins and when it ends, however many messages meet it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.engine.sender import LONGEST_WAIT, PAUSE
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]
Told = Callable[[], list[str]]

ANNA, BERT = "+491622943176", "+491622943177"


class Greeter(Flow[NoData]):
    """Says hello each time."""

    ear = State("Hello", initial=True)
    ear.on(text, says="Hello again")


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    return await open_bot(Greeter)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """What the sender has logged so far."""
    return lambda: [record.getMessage() for record in caplog.records if record.name == "chatbot.engine.sender"]


async def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends(
    bot: Bot, gateway: Gateway, told: Told
) -> None:
    await gateway.close()
    await bot.told("hi")
    await bot.told("hi", BERT)
    [begun] = told()
    assert begun.startswith("messages wait: no connection to the gateway")
    assert begun.endswith(bot.engine.sender.waits_for)
    for _ in range(5):
        await bot.wait(LONGEST_WAIT)
    await gateway.open()
    await bot.wait(LONGEST_WAIT)
    assert told() == [begun, "sending goes on"]
    assert bot.engine.sender.waits_for == ""
    assert sorted(gateway.texts(None)) == ["Hello", "Hello"]


async def test_a_gateway_that_is_busy_is_told_of_in_its_own_words(bot: Bot, gateway: Gateway, told: Told) -> None:
    gateway.answers(503, "Please retry.", times=3)
    await bot.told("hi")
    assert bot.engine.sender.waits_for == "503: Please retry."
    for seconds in (1, 2, 4):
        await bot.wait(seconds)
    assert told() == ["messages wait: 503: Please retry.", "sending goes on"]


async def test_a_message_that_was_under_way_when_an_outage_began_does_not_end_it(
    bot: Bot, gateway: Gateway, told: Told
) -> None:
    go_on = gateway.hesitates()
    await bot.hears("hi")
    await gateway.came(1)
    gateway.answers(503, "Please retry.")
    await bot.hears("hi", BERT)
    async with asyncio.timeout(60):
        while not told():  # noqa: ASYNC110 - a log has no event to wait for
            await asyncio.sleep(0.01)
    go_on.set()
    await bot.engine.drain()
    assert told() == ["messages wait: 503: Please retry."]
    await bot.wait(1)
    assert told()[1:] == ["sending goes on"]


async def test_each_reason_to_wait_is_told_and_one_end_of_them_all(bot: Bot, gateway: Gateway, told: Told) -> None:
    for status in (503, 403, 500):
        gateway.answers(status)
    await bot.told("hi")
    for reason in ("503", "403", "500", ""):
        assert bot.engine.sender.waits_for.startswith(reason)
        await bot.wait(PAUSE)
    assert [line.partition(":")[0] for line in told() if not line.startswith("message 1 ")] == [
        "messages wait",
        "sending pauses, nothing is dropped",
        "messages wait",
        "sending goes on",
    ]
    assert bot.engine.sender.waits_for == bot.engine.sender.paused == ""
