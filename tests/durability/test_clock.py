"""A clock that jumps by a day delays nobody by a day, fires nothing twice and loses nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import text, timeout
from chatbot.flows.turn import Turn

from .bench import Bot
from .gateway import Gateway

ANNA, BERT = "+491622943176", "+491622943177"
DAY = 86_400.0

jumps = pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])


class Trouble:
    """Whether the flow is broken."""

    strikes = False


def echo(turn: Turn[NoData]) -> str:
    if Trouble.strikes:
        raise LookupError("the flow is broken")
    return turn.text


class Waiter(Flow[NoData], apology="Sorry."):
    """Says what it hears, and after half an hour that it is late."""

    ear = State("Hello", initial=True, timeout=minutes(30))
    late = State("It is late.", final=True)
    ear.on(text, says=echo)
    ear.on(timeout, to=late)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def bot(tmp_path: Path, gateway: Gateway) -> AsyncIterator[Bot]:
    made = await Bot.open(tmp_path, gateway, Waiter)
    await made.told(ANNA, "hi", "I0")
    yield made
    await made.close()


Break = Callable[[Bot], Awaitable[None]]


async def look(bot: Bot) -> None:
    """The clock jumps while the process runs, which looks five times a second."""
    await bot.wait(0)


async def start_anew(bot: Bot) -> None:
    """The clock jumps while no process runs."""
    await bot.engine.stop()
    await bot.engine.gateway.close()
    await bot.restart()


breaks = pytest.mark.parametrize("meanwhile", [look, start_anew])


@jumps
@breaks
async def test_a_message_that_came_before_the_jump_is_answered_after_it(
    bot: Bot, gateway: Gateway, jump: float, meanwhile: Break
) -> None:
    await bot.engine.turn_lanes.stop()
    await bot.hears(ANNA, "one", "I1")
    bot.now += jump
    await start_anew(bot)
    await meanwhile(bot)
    await bot.engine.drain()
    assert gateway.texts()[-1] == "one" if jump < 0 else "one" in gateway.texts()


@jumps
@breaks
async def test_a_message_that_could_not_be_sent_before_the_jump_is_sent_within_an_hour_after_it(
    bot: Bot, gateway: Gateway, jump: float, meanwhile: Break
) -> None:
    gateway.faults_of("one", "503")
    await bot.told(ANNA, "one", "I1")
    bot.now += jump
    await meanwhile(bot)
    await bot.wait(3600)
    assert gateway.texts()[:3] == ["Hello", "one", "one"]


@jumps
@breaks
async def test_an_unanswered_message_holds_up_those_behind_it_for_a_minute_and_not_for_a_day(
    bot: Bot, gateway: Gateway, jump: float, meanwhile: Break
) -> None:
    gateway.faults_of("one", "reset")
    await bot.told(ANNA, "one", "I1")
    await bot.told(ANNA, "two", "I2")
    bot.now += jump
    await meanwhile(bot)
    await bot.wait(60)
    assert gateway.texts()[:3] == ["Hello", "one", "two"]


@jumps
@breaks
async def test_an_event_that_waits_for_its_next_try_is_tried_within_a_minute(
    bot: Bot, gateway: Gateway, jump: float, meanwhile: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trouble, "strikes", True)
    await bot.told(ANNA, "one", "I1")
    monkeypatch.setattr(Trouble, "strikes", False)
    bot.now += jump
    await meanwhile(bot)
    await bot.wait(60)
    assert gateway.texts()[:2] == ["Hello", "one"]


@breaks
async def test_a_timer_that_a_jump_forward_makes_due_fires_once(bot: Bot, gateway: Gateway, meanwhile: Break) -> None:
    await bot.wait(DAY)
    await meanwhile(bot)
    await bot.wait(-DAY)
    await bot.wait(DAY)
    assert gateway.texts() == ["Hello", "It is late."]


async def test_a_timer_fires_by_the_clock_and_never_before_it(bot: Bot, gateway: Gateway) -> None:
    await bot.wait(-DAY)
    await bot.wait(DAY + 29 * 60)
    assert gateway.texts() == ["Hello"]
    await bot.wait(60)
    assert gateway.texts() == ["Hello", "It is late."]


async def test_a_new_contact_is_answered_at_once_after_a_jump_back(bot: Bot, gateway: Gateway) -> None:
    await bot.wait(-DAY)
    await bot.told(BERT, "hi", "I1")
    await bot.told(ANNA, "one", "I2")
    assert gateway.texts() == ["Hello", "Hello", "one"]
