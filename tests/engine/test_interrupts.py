"""A flow interrupts another one and returns to it, with everything that it had."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chatbot.flows.durations import minutes
from chatbot.flows.flow import APOLOGY, Flow, NoData
from chatbot.flows.state import State
from chatbot.flows.triggers import choice, failed, text, timeout
from chatbot.flows.turn import Turn
from chatbot.flows.words import Languages

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ACCOUNT, ANNA = "customer_account", "+491622943176"


@dataclass
class Basket:
    """Data of every kind that a flow may keep."""

    items: list[str] = field(default_factory=list)
    shelf: dict[int, tuple[str, int]] = field(default_factory=dict)
    price: Decimal = Decimal(0)
    since: datetime = datetime(2023, 1, 1, tzinfo=UTC)


def fill(turn: Turn[Basket]) -> None:
    turn.data.items.append(turn.text)
    turn.data.shelf[7] = (turn.text, 1)
    turn.data.price = Decimal("12.50")
    turn.data.since = turn.now


def show(turn: Turn[Basket]) -> str:
    data = turn.data
    return f"{data.items} {data.shelf} {data.price} {data.since:%Y}"


class Order(Flow[Basket], keyword="order"):
    item = State("What?", initial=True)
    amount = State("How many?", timeout=minutes(30))
    ordered = State(show, final=True)
    lapsed = State("Too late.", final=True)

    item.on(text, do=fill, to=amount)
    amount.on(timeout, to=lapsed)
    amount.on(failed, to=lapsed)
    amount.on(text("some"), says="A number, please.")
    amount.on(text, to=ordered)


class Help(Flow[NoData], keyword="help", interrupts=True):
    topic = State("About what?", choices=["prices", "hours"], initial=True)
    told = State("That is so.", final=True)
    topic.on(choice, to=told)


class Joke(Flow[NoData], keyword="joke", interrupts=True):
    told = State("Knock knock.", initial=True, final=True)


class Advice(Flow[NoData], keyword="advice", interrupts=True):
    wanted = State("Tell me.", initial=True)
    given = State("Bye.", final=True)
    wanted.on(text, to=given)


class Reminder(Flow[NoData], keyword="remind", interrupts=True):
    wanted = State("Of what?", initial=True, timeout=minutes(5))
    wanted.on(timeout, says="Well?")


class Survey(Flow[NoData], keyword="survey"):
    asked = State("How was it?", initial=True)
    thanks = State("Thanks.", final=True)
    asked.on(text, to=thanks)


@pytest.fixture
async def bot(open_bot: OpenBot, gateway: Gateway) -> Bot:
    """A bot in the middle of an order."""
    made = await open_bot(Order, Help, Joke, Advice, Survey)
    await made.told("order")
    await made.told("van")
    gateway.posts.clear()
    return made


async def test_an_interrupted_flow_is_returned_to_with_its_question_and_all_its_data(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.told("help")
    assert (await bot.where()).flow == "help"
    await bot.told("prices")
    assert gateway.texts() == ["About what?\n1. prices\n2. hours", "That is so.", "How many?"]
    assert await bot.state() == "amount"
    await bot.told("two")
    assert gateway.texts()[-1] == "['van'] {7: ('van', 1)} 12.50 2023"


async def test_a_flow_that_ends_where_it_starts_returns_at_once(bot: Bot, gateway: Gateway) -> None:
    await bot.told("joke")
    assert gateway.texts() == ["Knock knock.", "How many?"]
    assert await bot.state() == "amount"


async def test_interruptions_nest_and_unwind_one_by_one(bot: Bot, gateway: Gateway) -> None:
    await bot.told("help")
    await bot.told("joke")
    assert gateway.texts()[1:] == ["Knock knock.", "About what?\n1. prices\n2. hours"]
    await bot.told("hours")
    assert gateway.texts()[-1] == "How many?"


async def test_what_was_interrupted_outlives_the_process(bot: Bot, gateway: Gateway) -> None:
    await bot.told("help")
    await bot.crash()
    await bot.told("1")
    assert await bot.state() == "amount"


async def test_the_timer_of_an_interrupted_state_stands_still_and_starts_anew_at_the_return(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.told("help")
    await bot.wait(86_400)
    await bot.told("1")
    assert await bot.state() == "amount"
    await bot.wait(1799)
    assert await bot.state() == "amount"
    await bot.wait(1)
    assert gateway.texts()[-1] == "Too late."


async def test_a_late_receipt_of_before_the_interruption_fires_nothing_after_it(bot: Bot, gateway: Gateway) -> None:
    await bot.told("help")
    await bot.receipt("UNDELIVERABLE", "R2")
    await bot.told("1")
    assert await bot.state() == "amount"


async def test_a_reply_to_a_question_of_the_interrupted_flow_answers_it_and_then_the_other_goes_on(
    bot: Bot, gateway: Gateway
) -> None:
    asked = (await bot.sent())[-1].request_id
    await bot.told("help")
    await bot.told("two", originalRequestId=asked)
    assert gateway.texts()[1:] == ["['van'] {7: ('van', 1)} 12.50 2023", "About what?\n1. prices\n2. hours"]
    assert (await bot.where()).flow == "help"


async def test_a_flow_that_a_reply_has_brought_back_has_its_timer_and_its_receipts_again(
    bot: Bot, gateway: Gateway
) -> None:
    asked = (await bot.sent())[-1].request_id
    await bot.wait(1000)
    await bot.told("help")
    await bot.told("some", originalRequestId=asked)
    here = await bot.where()
    assert (gateway.texts()[-1], here.flow, here.state) == ("A number, please.", "order", "amount")
    await bot.wait(1799)
    assert await bot.state() == "amount"
    await bot.wait(1)
    assert gateway.texts()[-2:] == ["Too late.", "About what?\n1. prices\n2. hours"]


async def test_the_timer_of_a_flow_that_a_reply_has_left_is_gone(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Survey, Reminder)
    await bot.told("survey")
    await bot.told("remind")
    await bot.told("hm", originalRequestId="R1")
    assert await bot.rows("SELECT flow FROM timer") == [{"flow": "reminder"}]
    assert gateway.texts() == ["How was it?", "Of what?", "Thanks.", "Of what?"]


async def test_flows_that_interrupt_each_other_again_and_again_pile_nothing_up(bot: Bot, gateway: Gateway) -> None:
    for _ in range(10):
        await bot.told("help")
        await bot.told("help")
        await bot.told("advice")
    assert len(json.loads((await bot.where()).suspended)) == 2
    await bot.told("thanks")
    await bot.told("1")
    assert gateway.texts()[-4:] == ["Bye.", "About what?\n1. prices\n2. hours", "That is so.", "How many?"]
    assert await bot.state() == "amount"


# Starting from outside


async def test_a_flow_can_be_started_from_outside_with_its_data(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Order, Survey)
    assert await bot.engine.intake.start(ANNA, ACCOUNT, "order", {"items": ["a van"]}, "campaign 1")
    await bot.engine.drain()
    assert gateway.texts() == ["What?"]
    await bot.told("and a truck")
    await bot.told("one")
    assert gateway.texts()[-1].startswith("['a van', 'and a truck']")


async def test_a_start_from_outside_takes_effect_once(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Order, Survey)
    starts = [await bot.engine.intake.start(ANNA, ACCOUNT, "survey", {}, "campaign 1") for _ in range(3)]
    await bot.engine.drain()
    assert starts == [True, False, False]
    assert gateway.texts() == ["How was it?"]


async def test_a_start_from_outside_interrupts_what_is_live_and_returns_to_it(bot: Bot, gateway: Gateway) -> None:
    await bot.engine.intake.start(ANNA, ACCOUNT, "survey", {}, "campaign 1")
    await bot.engine.drain()
    await bot.told("fine")
    assert gateway.texts() == ["How was it?", "Thanks.", "How many?"]


async def test_a_start_from_outside_of_the_live_flow_begins_it_anew_and_loses_nothing_below(
    bot: Bot, gateway: Gateway
) -> None:
    await bot.told("advice")
    await bot.engine.intake.start(ANNA, ACCOUNT, "advice", {}, "campaign 1")
    await bot.engine.drain()
    await bot.told("thanks")
    assert gateway.texts() == ["Tell me.", "Tell me.", "Bye.", "How many?"]


@pytest.mark.parametrize(("flow", "fields"), [("surveys", {}), ("order", {"items": 7})])
async def test_a_start_that_cannot_be_is_set_aside_with_an_apology_and_changes_nothing(
    bot: Bot, gateway: Gateway, flow: str, fields: dict[str, object]
) -> None:
    await bot.engine.intake.start(ANNA, ACCOUNT, flow, fields, "campaign 1")
    await bot.engine.drain()
    await bot.wait(1)
    await bot.wait(10)
    assert await bot.rows("SELECT status FROM event WHERE kind = 'start'") == [{"status": "aside"}]
    assert gateway.texts() == [APOLOGY]
    assert await bot.state() == "amount"


# After the end


async def test_a_message_after_a_final_state_starts_anew_with_nothing_of_before(bot: Bot, gateway: Gateway) -> None:
    await bot.told("two")
    await bot.told("hello again")
    assert gateway.texts()[1:] == ["What?"]
    here = await bot.where()
    assert (here.flow, here.state, here.history, here.final) == ("order", "item", (), False)
    await bot.told("truck")
    await bot.told("one")
    assert gateway.texts()[-1].startswith("['truck']")


async def test_a_keyword_after_a_final_state_starts_its_flow(bot: Bot, gateway: Gateway) -> None:
    await bot.told("two")
    await bot.told("survey")
    assert gateway.texts()[1:] == ["How was it?"]


def to_french(turn: Turn[NoData]) -> None:
    turn.language = "fr"


class Settings(Flow[NoData], keyword="français", interrupts=True):
    wanted = State("Really?", initial=True)
    done = State("From now on.", final=True)
    wanted.on(text("yes"), to=done, do=to_french)


async def test_a_language_that_another_flow_has_set_is_that_of_the_contact_from_then_on(
    open_bot: OpenBot, gateway: Gateway
) -> None:
    made = await open_bot(Order, Settings)
    french = {"How many?": ("Combien ?",), "From now on.": ("Désormais.",), "some": ("quelques",)}
    made.catalogue.languages = Languages({"fr": {**french, "A number, please.": ("Un nombre.",)}})
    for words in ("order", "van", "français", "yes", "quelques"):
        await made.told(words)
    assert gateway.texts()[-5:] == ["How many?", "Really?", "Désormais.", "Combien ?", "Un nombre."]
