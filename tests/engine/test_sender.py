"""The outbox goes out: in order, as often as it may, and whatever the gateway answers, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatbot.engine.sender import BUSY_TRIES, LONGEST_WAIT, PAUSE, Rate
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import failed, text
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"
EVIDENCE = 30.0
"""Promised: so long is news of an unanswered message waited for."""


def count(turn: Turn[NoData]) -> list[str]:
    return [f"{turn.text} {number}" for number in (1, 2, 3)]


def why(turn: Turn[NoData]) -> str:
    assert turn.receipt is not None
    return f"because: {turn.receipt.reason}"


class Echo(Flow[NoData], keyword="echo"):
    """Says what it hears; ``count`` three times."""

    ear = State("Hello", initial=True)
    broken = State(why, final=True)

    ear.on(text("count"), says=count)
    ear.on(text, says=lambda turn: turn.text)
    ear.on(failed, to=broken)


@pytest.fixture
async def open_greeted(open_bot: OpenBot, gateway: Gateway) -> OpenBot:
    """Makes a bot that has greeted Anna and Bert, so that what they say next is echoed."""

    async def open_one(**settings: Any) -> Bot:
        bot = await open_bot(Echo, **settings)
        for contact in (ANNA, BERT):
            await bot.told("hi", contact)
        gateway.posts.clear()
        return bot

    return open_one


@pytest.fixture
async def bot(open_greeted: OpenBot) -> Bot:
    return await open_greeted()


# Order


async def test_a_message_is_posted_when_the_one_before_it_was_answered(bot: Bot, gateway: Gateway) -> None:
    go_on = gateway.hesitates()
    await bot.hears("count")
    await gateway.came(1)
    await bot.hears("b", BERT)
    await gateway.came(2)
    await bot.engine.tick()
    assert gateway.texts() == ["count 1"]
    assert gateway.texts(BERT) == ["b"]
    assert await bot.statuses() == ["accepted", "sending", "waiting", "waiting"]
    go_on.set()
    await bot.engine.drain()
    assert gateway.texts() == ["count 1", "count 2", "count 3"]
    assert await bot.statuses() == ["accepted"] * 4


@pytest.mark.parametrize("status", [429, 500, 503, 403, 400, 502])
async def test_whatever_happens_to_a_message_those_behind_it_stay_behind_it(
    bot: Bot, gateway: Gateway, status: int
) -> None:
    gateway.answers(status)
    await bot.told("count")
    assert gateway.texts()[:1] == ["count 1"]
    await bot.wait(EVIDENCE)
    await bot.wait(PAUSE)
    told = list(dict.fromkeys(gateway.texts()))
    assert told[:3] == ["count 1", "count 2", "count 3"]


async def test_a_message_is_committed_as_sending_before_it_is_posted(bot: Bot, gateway: Gateway) -> None:
    seen: list[str] = []

    async def look(_: str) -> None:
        seen.extend(await bot.statuses())

    gateway.accepts(before=look)
    await bot.told("a")
    assert seen == ["accepted", "sending"]


# No connection


async def test_a_message_is_tried_until_there_is_a_connection(bot: Bot, gateway: Gateway) -> None:
    await gateway.close()
    await bot.told("count")
    for seconds in (1, 2, 4, 8, 16, 32, 60, 60):
        await bot.wait(seconds - 0.01)
        assert await bot.engine.next_due() == pytest.approx(bot.clock.now + 0.01)
        await bot.wait(0.01)
    assert await bot.statuses() == ["accepted", "waiting", "waiting", "waiting"]
    await gateway.open()
    await bot.wait(LONGEST_WAIT)
    assert gateway.texts() == ["count 1", "count 2", "count 3"]


async def test_an_outage_that_many_contacts_meet_at_once_is_one_outage(bot: Bot, gateway: Gateway) -> None:
    contacts = [f"+4916229432{number:02}" for number in range(20)]
    await gateway.close()
    for contact in contacts:
        await bot.hears("hi", contact)
    await bot.engine.drain()
    await gateway.open()
    await bot.wait(1)
    assert len(gateway.texts(None)) == 20


# 429, 500, 503


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_gateway_is_asked_again_after_a_growing_wait(bot: Bot, gateway: Gateway, status: int) -> None:
    waits = (1, 2, 4)
    gateway.answers(status, times=3)
    await bot.told("a")
    for posts, seconds in enumerate(waits, 1):
        await bot.wait(seconds - 0.01)
        assert gateway.texts() == ["a"] * posts
        await bot.wait(0.01)
    assert gateway.texts() == ["a"] * 4
    assert await bot.statuses() == ["accepted", "accepted"]


async def test_a_gateway_that_asks_for_patience_gets_it(bot: Bot, gateway: Gateway) -> None:
    gateway.answers(429, "", "Retry-After: 300")
    await bot.told("a")
    await bot.wait(299)
    assert gateway.texts() == ["a"]
    await bot.wait(1)
    assert gateway.texts() == ["a", "a"]


async def test_a_gateway_that_stays_busy_fails_the_message_and_the_flow_hears_of_it(
    bot: Bot, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.answers(503, "Please retry.", times=BUSY_TRIES)
    await bot.told("a")
    for _ in range(BUSY_TRIES):
        await bot.wait(LONGEST_WAIT)
    assert gateway.texts() == ["a"] * BUSY_TRIES + ["because: 503: Please retry."]
    assert await bot.statuses() == ["accepted", "failed", "accepted"]
    assert await bot.state() == "broken"
    assert f"given up after {BUSY_TRIES} tries: 503: Please retry." in caplog.text


# 400


async def test_a_message_that_is_refused_for_good_fires_failed_and_is_not_sent_again(
    bot: Bot, gateway: Gateway
) -> None:
    gateway.answers(400, "Receiver number is not numeric.")
    await bot.told("count")
    reason = "because: 400: Receiver number is not numeric."
    assert sorted(gateway.texts()) == sorted(["count 1", reason, "count 2", "count 3"])
    assert await bot.statuses() == ["accepted", "failed", "accepted", "accepted", "accepted"]
    assert await bot.state() == "broken"
    await bot.wait(3600)
    assert len(gateway.texts()) == 4


# 401, 403, 404, 405, 406, 415


@pytest.mark.parametrize("status", [401, 403, 404, 405, 406, 415])
async def test_a_refusal_that_only_a_person_can_mend_pauses_everything_and_drops_nothing(
    bot: Bot, gateway: Gateway, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    gateway.answers(status, "Username/password wrong or missing.")
    await bot.told("count")
    await bot.told("b", BERT)
    await bot.wait(PAUSE - 1)
    assert gateway.texts(None) == ["count 1"]
    assert "pauses" in " ".join(record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL)
    assert str(status) in bot.engine.sender.paused
    await bot.wait(1)
    assert bot.engine.sender.paused == ""
    assert gateway.texts() == ["count 1", "count 1", "count 2", "count 3"]
    assert gateway.texts(BERT) == ["b"]
    assert await bot.statuses() == ["accepted"] * 4


async def test_a_paused_sender_asks_with_one_message_at_a_time(bot: Bot, gateway: Gateway) -> None:
    gateway.answers(403, times=3)
    await bot.told("a")
    await bot.told("b", BERT)
    for posts in (1, 2, 3):
        assert len(gateway.posts) == posts
        await bot.wait(PAUSE)
    assert set(gateway.texts(None)) == {"a", "b"}
    assert await bot.statuses() + await bot.statuses(BERT) == ["accepted"] * 4


@pytest.mark.parametrize("refusal", ["403", "no connection"])
async def test_a_message_that_was_not_even_looked_at_has_used_up_no_try(
    bot: Bot, gateway: Gateway, refusal: str
) -> None:
    if refusal == "403":
        gateway.answers(403, times=BUSY_TRIES)
        await bot.told("a")
    else:
        await gateway.close()
        await bot.told("a")
    for _ in range(BUSY_TRIES - 1):
        await bot.wait(PAUSE)
    if refusal != "403":
        await gateway.open()
    gateway.answers(503, times=BUSY_TRIES - 1)
    for _ in range(BUSY_TRIES):
        await bot.wait(PAUSE)
    assert await bot.statuses() == ["accepted", "accepted"]


class Gate(Rate):
    """A rate that keeps everybody waiting until it is opened."""

    def __init__(self) -> None:
        super().__init__(0)
        self.waited = asyncio.Event()
        self.opened = asyncio.Event()

    async def turn(self) -> bool:
        self.waited.set()
        await self.opened.wait()
        return await super().turn()


async def test_who_waits_for_a_turn_when_the_pause_begins_waits_on(bot: Bot, gateway: Gateway) -> None:
    sender, gate = bot.engine.sender, Gate()
    await bot.engine.send_lanes.stop()
    await bot.hears("a")
    await bot.hears("b", BERT)
    await bot.engine.turn_lanes.idle()
    go_on = gateway.hesitates(status=403)
    anna = asyncio.create_task(sender.step(ANNA))
    await gateway.came(1)
    sender.rate = gate
    bert = asyncio.create_task(sender.step(BERT))
    await gate.waited.wait()
    go_on.set()
    assert await anna is True
    gate.opened.set()
    assert await bert is False
    assert gateway.texts(None) == ["a"]


async def test_somebody_with_nothing_to_send_does_not_prolong_a_pause(bot: Bot, gateway: Gateway) -> None:
    gateway.answers(403)
    await bot.told("a")
    bot.clock.now += PAUSE
    assert await bot.engine.sender.step(BERT) is False
    await bot.engine.drain()
    assert gateway.texts() == ["a", "a"]


# The rate


async def test_a_look_that_finds_nothing_to_send_costs_no_send(open_greeted: OpenBot, gateway: Gateway) -> None:
    bot = await open_greeted(rate=5.0)
    async with asyncio.timeout(60):  # at five a second as many sends would take longer
        for _ in range(400):
            assert await bot.engine.sender.step(ANNA) is False
        await bot.told("a")
    assert gateway.texts() == ["a"]
