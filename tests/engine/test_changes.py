"""A flow changes while people are in the middle of it: they go on, with what was under way for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import done, error, failed, text, timeout
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]


@dataclass
class Parcel:
    size: str = ""


async def weigh(_: Parcel) -> str:
    return "2 kg"


def keep(turn: Turn[Parcel]) -> None:
    turn.data.size = turn.text


class Pickup(Flow[Parcel]):
    """The flow of yesterday."""

    size = State("Which size?", initial=True, timeout=minutes(30))
    weighing = State(invoke=weigh)
    lapsed = State("Too late.", final=True)

    size.on(text("weigh"), do=keep, to=weighing)
    size.on(text("hm"), says="Take your time.")
    size.on(timeout, to=lapsed)
    weighing.on(done, to=lapsed)
    weighing.on(error, to=lapsed)


class Collection(Flow[Parcel], formerly="pickup"):
    """The flow of today: it has another name, and so have its states."""

    volume = State("What volume?", initial=True, timeout=minutes(30))
    scales = State(invoke=weigh)
    weighed = State(lambda turn: f"{turn.data.size}: {turn.result}", final=True)
    expired = State("Time is over.", final=True)
    renamed: ClassVar[dict[str, State]] = {"size": volume, "weighing": scales, "lapsed": expired}

    volume.on(text("hm"), says="No hurry.")
    volume.on(timeout, to=expired)
    volume.on(failed, to=expired)
    scales.on(done, to=weighed)
    scales.on(error, to=expired)


class Chat(Flow[NoData]):
    """Another flow altogether."""

    ear = State("Hello", initial=True)
    ear.on(text, says=lambda turn: turn.text)


class Help(Flow[NoData], keyword="help", interrupts=True):
    topic = State("About what?", initial=True)
    told = State("That is so.", final=True)
    topic.on(text, to=told)


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    """A bot of yesterday that has asked for the size."""
    made = await open_bot(Pickup, Help)
    await made.told("hello")
    return made


async def test_a_conversation_goes_on_in_what_its_flow_and_its_state_are_called_today(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.deploy(Collection, Help)
    await bot.told("hm")
    assert gateway.texts()[1:] == ["No hurry."]
    here = await bot.where()
    assert (here.flow, here.state) == ("collection", "volume")


@pytest.mark.parametrize("between", [[], ["hm"]], ids=["at once", "after a message"])
async def test_a_timer_that_was_set_before_the_change_fires_after_it(
    bot: Bot, gateway: Gateway, between: list[str]
) -> None:
    await bot.deploy(Collection, Help)
    for words in between:
        await bot.told(words)
    await bot.wait(1800)
    assert gateway.texts()[-1] == "Time is over."


@pytest.mark.parametrize("between", [[], ["hm"]], ids=["at once", "after a message"])
async def test_a_receipt_of_a_message_that_was_sent_before_the_change_is_heard_after_it(
    bot: Bot, gateway: Gateway, between: list[str]
) -> None:
    await bot.deploy(Collection, Help)
    for words in between:
        await bot.told(words)
    await bot.receipt("UNDELIVERABLE", "R1")
    assert await bot.state() == "expired"


async def test_a_slow_call_that_was_asked_for_before_the_change_is_made_after_it(bot: Bot, gateway: Gateway) -> None:
    await bot.hears("weigh")
    await bot.engine.turn_lanes.idle()
    await bot.deploy(Collection, Help)
    await bot.engine.drain()
    assert gateway.texts()[1:] == ["weigh: 2 kg"]


async def test_an_interrupted_flow_is_returned_to_under_its_name_of_today(bot: Bot, gateway: Gateway) -> None:
    await bot.told("help")
    await bot.deploy(Collection, Help)
    await bot.told("prices")
    assert gateway.texts()[-1] == "What volume?"


async def test_a_reply_finds_the_interrupted_flow_under_its_name_of_today(bot: Bot, gateway: Gateway) -> None:
    await bot.told("help")
    await bot.deploy(Collection, Help)
    await bot.told("hm", originalRequestId="R1")
    assert gateway.texts()[-1] == "No hurry."
    assert (await bot.where()).flow == "collection"


async def test_a_conversation_of_a_flow_that_is_gone_starts_the_default_and_nothing_of_it_is_heard(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.deploy(Chat)
    await bot.wait(1800)
    await bot.receipt("UNDELIVERABLE", "R1")
    await bot.told("hm")
    assert gateway.texts()[1:] == ["Hello"]
    assert await bot.rows("SELECT * FROM event WHERE status <> 'done'") == []


async def test_a_flow_that_interrupted_one_that_is_gone_ends_where_it_ends(bot: Bot, gateway: Gateway) -> None:
    await bot.told("help")
    await bot.deploy(Help)
    await bot.told("hm")
    assert gateway.texts()[2:] == ["That is so."]
    assert (await bot.where()).final


async def test_a_slow_call_of_a_flow_that_is_gone_ends_without_effect(bot: Bot, gateway: Gateway) -> None:
    await bot.hears("weigh")
    await bot.engine.turn_lanes.idle()
    await bot.deploy(Chat)
    await bot.engine.drain()
    assert await bot.rows("SELECT * FROM invocation") == []
    assert gateway.texts() == ["Which size?"]
