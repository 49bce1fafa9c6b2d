"""A flow changes while people are in the middle of it: they go on, with what was under way for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.keep import keep as keep_in
from chatbot.flows.state import Embed, State
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


# A flow that has changed in every way that it may declare


@dataclass
class Place:
    city: str = ""


@dataclass
class Goods:
    weight: str = ""


async def measure(goods: Goods) -> str:
    return f"{goods.weight} measured"


class Address(Flow[Place]):
    """Of yesterday, and embedded."""

    ask_place = State("Where?", initial=True, timeout=minutes(30))
    more = State("Anything else?")
    known = State(final=True)
    ask_place.on(text, to=more, do=keep_in("city"))
    more.on(text, to=known)


class Order(Flow[Parcel]):
    """Of yesterday."""

    details = State("Tell us all.", initial=True, timeout=minutes(30))
    where = Embed(Address)
    calling = State(invoke=weigh)
    thanks = State("Thanks.", final=True)
    failed = State("Sorry.", final=True)
    details.on(text("where"), to=where)
    details.on(text("call"), to=calling)
    details.on(text("end"), to=thanks)
    details.on(text, do=keep)
    where.on(done, to=thanks)
    calling.on(done, to=thanks)
    calling.on(error, to=failed)


class Street(Flow[Place]):
    """Of today: the second question is gone."""

    ask_city = State("Which city?", initial=True, timeout=minutes(30))
    known = State(final=True)
    ask_city.on(text, to=known, do=keep_in("city"))
    ask_city.on(timeout, to=known)
    renamed: ClassVar[dict[str, State]] = {"ask_place": ask_city, "more": known}


class Delivery(Flow[Goods], formerly="order"):
    """Of today."""

    weight = State("What weight?", initial=True, timeout=minutes(30))
    fragile = State("Is it fragile?", timeout=minutes(30))
    place = Embed(Street)
    measuring = State(invoke=measure)
    thanks = State(lambda turn: f"Thanks: {turn.data.weight}, {turn.result}.", final=True)
    weight.on(text, to=fragile)
    fragile.on(text("no"), says="Good.")
    fragile.on(text, to=place)
    fragile.on(timeout, to=thanks)
    place.on(done, to=thanks)
    measuring.on(done, to=thanks)
    measuring.on(error, to=thanks)
    renamed: ClassVar[dict[str, Any]] = {
        "details": lambda data: Delivery.fragile if data.weight else Delivery.weight,
        "where": place,
        "calling": measuring,
    }
    landing = place

    @staticmethod
    def upgrade(old: dict[str, Any]) -> dict[str, Any]:
        return {"weight": old.pop("size", ""), **old}


@pytest.fixture
async def order(open_bot: OpenBot) -> Bot:
    """A bot of yesterday that has asked for details."""
    made = await open_bot(Order, Help)
    await made.told("hello")
    return made


@pytest.mark.parametrize(("between", "asked"), [([], "Is it fragile?"), (["2 kg"], "Which city?")])
async def test_a_split_state_goes_on_as_the_data_says(
    order: Bot, gateway: Gateway, between: list[str], asked: str
) -> None:
    for words in between:
        await order.told(words)
    await order.deploy(Delivery, Help)
    await order.told("yes")
    assert gateway.texts()[-1] == asked


async def test_a_timer_of_a_split_state_fires_in_the_one_that_they_are_in(order: Bot, gateway: Gateway) -> None:
    await order.told("2 kg")
    await order.deploy(Delivery, Help)
    await order.told("no")
    await order.wait(1800)
    assert gateway.texts()[-2:] == ["Good.", "Thanks: 2 kg, None."]


async def test_a_conversation_goes_on_inside_a_flow_that_is_embedded_under_another_name(
    order: Bot, gateway: Gateway
) -> None:
    await order.told("where")
    await order.deploy(Delivery, Help)
    assert await order.state() == "where.ask_place"
    await order.told("Bonn")
    assert gateway.texts()[-1] == "Thanks: , Place(city='Bonn')."


async def test_who_is_at_what_is_the_end_of_an_embedded_flow_today_goes_on_behind_it(
    order: Bot, gateway: Gateway
) -> None:
    await order.told("where")
    await order.told("Bonn")
    await order.deploy(Delivery, Help)
    await order.told("no")
    assert gateway.texts()[-1] == "Thanks: , Place(city='Bonn')."


async def test_who_has_no_place_lands_in_an_embedded_flow_and_is_asked_there(order: Bot, gateway: Gateway) -> None:
    await order.run("UPDATE conversation SET state = 'nowhere'")
    await order.deploy(Delivery, Help)
    await order.told("yes")
    assert await order.state() == "place.ask_city"
    await order.told("Bonn")
    assert gateway.texts()[-2:] == ["Which city?", "Thanks: , Place(city='Bonn')."]


async def test_a_slow_call_that_waits_is_made_with_the_data_of_today(order: Bot, gateway: Gateway) -> None:
    await order.told("2 kg")
    await order.hears("call")
    await order.engine.turn_lanes.idle()
    await order.deploy(Delivery, Help)
    await order.engine.drain()
    assert gateway.texts()[-1] == "Thanks: 2 kg, 2 kg measured."


async def test_a_slow_call_of_a_flow_that_has_not_changed_is_made_with_its_data_as_it_is(
    order: Bot, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Order, "upgrade", lambda old: old["what is of yesterday"])
    await order.told("call")
    assert gateway.texts()[-1] == "Thanks."


async def test_a_slow_call_whose_data_cannot_be_read_fires_error_at_once(order: Bot, gateway: Gateway) -> None:
    await order.hears("call")
    await order.engine.turn_lanes.idle()
    await order.run("UPDATE invocation SET data = '{\"weight\": 5}', fingerprint = ''")
    await order.deploy(Delivery, Help)
    await order.engine.drain()
    assert gateway.texts()[-1] == "Thanks: , None."
    assert await order.rows("SELECT * FROM invocation") == []


async def test_an_answer_to_a_question_is_not_late_when_its_state_has_another_name(
    order: Bot, gateway: Gateway
) -> None:
    await order.deploy(Delivery, Help)
    await order.told("2 kg", originalRequestId="R1")
    assert gateway.texts()[-1] == "Is it fragile?"


class Short(Flow[Goods], formerly="order"):
    """Of today: it has nothing to ask any more."""

    begin = State("Write anything.", initial=True)
    over = State("Over.", final=True)
    begin.on(text, to=over)
    renamed: ClassVar[dict[str, Any]] = {"details": over}


async def test_who_is_in_a_state_that_is_final_today_has_ended_and_begins_anew(order: Bot, gateway: Gateway) -> None:
    await order.deploy(Short, Help)
    await order.wait(1800)
    assert gateway.texts()[1:] == []
    await order.told("hello?")
    assert gateway.texts()[1:] == ["Write anything."]


async def test_news_of_a_conversation_that_has_ended_does_not_begin_it_anew_when_its_end_is_gone(
    order: Bot, gateway: Gateway
) -> None:
    await order.told("end")
    await order.deploy(Short, Help)
    await order.receipt("DELIVERED", "R2")
    assert gateway.texts()[1:] == ["Thanks."]
    assert (await order.where()).final


class Long(Flow[Goods], formerly="order"):
    """Of today: what ended yesterday goes on."""

    begin = State("Write anything.", initial=True)
    thanks = State("Thanks. Anything else?")
    begin.on(text, to=thanks)
    upgrade = Delivery.upgrade


async def test_a_conversation_that_has_ended_stays_so_when_its_end_is_none_any_more(
    order: Bot, gateway: Gateway
) -> None:
    await order.told("end")
    await order.deploy(Long, Help)
    await order.receipt("DELIVERED", "R2")
    assert (await order.where()).final
    await order.told("hello?")
    assert gateway.texts()[1:] == ["Thanks.", "Write anything."]


async def test_data_that_no_field_takes_is_told_in_the_log_by_its_name_alone(
    order: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await order.told("2 kg")
    await order.deploy(Short, Help)
    await order.told("hello?")
    assert "the data has `size`, which today's Goods has no field for" not in caplog.text  # it had ended
    await order.run("UPDATE conversation SET state = 'begin', data = '{\"size\": \"2 kg\"}', fingerprint = ''")
    await order.told("hello?")
    assert "the data has `size`, which today's Goods has no field for" in caplog.text
    assert "2 kg" not in caplog.text
