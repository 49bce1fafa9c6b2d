"""Before a deploy it is counted who would lose their place or their data, and said what to write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from chatbot.engine.stranded import Stranded, stranded
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import text
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA, BERT = "+491622943176", "+491622943177"


@dataclass
class Order:
    name: str = ""


@dataclass
class Booking:
    guest: str = ""


def keep_name(turn: Turn[Order]) -> None:
    turn.data.name = turn.text


class Shop(Flow[Order]):
    """Of yesterday."""

    ask = State("?", initial=True)
    more = State("More?")
    end = State("End.", final=True)
    ask.on(text("end"), to=end)
    ask.on(text, to=more, do=keep_name)


class Help(Flow[None], keyword="help", interrupts=True):
    topic = State("About what?", initial=True)
    told = State("That is so.", final=True)
    topic.on(text, to=told)


class Moved(Flow[Booking], formerly="shop"):
    """Of today: nobody has thought of those who are in the middle of it."""

    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)


class MovedWell(Flow[Booking], formerly="shop"):
    """Of today: everybody goes on."""

    ask = State("?", initial=True)
    landing = State("We have changed. Write anything.")
    end = State("End.", final=True)
    ask.on(text, to=end)
    landing.on(text, to=end)

    @staticmethod
    def upgrade(old: dict[str, Any]) -> dict[str, Any]:
        return {"guest": old.pop("name", ""), **old}


class MovedAndForgot(Flow[Booking], formerly="shop"):
    """Of today: everybody goes on, but without their names."""

    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    renamed: ClassVar[dict[str, State]] = {"more": ask}
    landing = ask


NO_FIELD = "the data has `name`, which today's Booking has no field for"


def advice(flow: str) -> str:
    return f"write in flow {flow} a function upgrade(old) that moves it or drops it"


@pytest.fixture
async def bot(open_bot: OpenBot) -> Bot:
    """A bot of yesterday: Anna has given her name, Bert is asked for it, and is being helped."""
    made = await open_bot(Shop, Help)
    for contact, words in ((ANNA, ("hello", "Anna")), (BERT, ("hello", "help"))):
        for each in words:
            await made.told(each, contact)
    return made


async def found(bot: Bot, *flows: type[Flow[Any]]) -> list[Stranded]:
    return await stranded(bot.store, Catalogue(flows, flows[0].name))


async def test_nobody_is_stranded_while_nothing_changes_or_all_is_declared(bot: Bot) -> None:
    assert await found(bot, Shop, Help) == []
    assert await found(bot, MovedWell, Help) == []


async def test_who_would_lose_their_place_is_counted_with_what_to_write(bot: Bot) -> None:
    lost = [one for one in await found(bot, Moved, Help) if "state" in one.why]
    assert lost == [
        Stranded(
            "shop",
            "more",
            1,
            "there is no state more any more",
            'write in flow moved: renamed = {"more": the_state_that_follows}, or landing = a_state',
        )
    ]
    assert str(lost[0]).startswith("1 in shop.more: there is no state more any more; write in flow moved: renamed")


async def test_who_would_lose_data_is_counted_also_when_a_place_or_a_landing_is_declared(bot: Bot) -> None:
    assert await found(bot, MovedAndForgot, Help) == [
        Stranded("shop", "more", 1, NO_FIELD, advice("moved_and_forgot")),
        Stranded("shop", "ask", 1, NO_FIELD, advice("moved_and_forgot")),
    ]


async def test_who_has_ended_is_not_counted(bot: Bot) -> None:
    await bot.run("UPDATE conversation SET final = 1, suspended = '[]'")
    assert await found(bot, Moved, Help) == []


async def test_a_flow_that_is_gone_strands_all_who_are_in_it_or_come_back_to_it(bot: Bot) -> None:
    assert await found(bot, Help) == [
        Stranded(
            "shop", state, 1, "there is no flow shop any more", 'write formerly="shop" in the flow that follows it'
        )
        for state in ("more", "ask")
    ]
