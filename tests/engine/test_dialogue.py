"""A contact's dialogue as a person reads it: in order, with where it led and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chatbot.engine.dialogue import Line, dialogue, last_line
from chatbot.flows.durations import minutes
from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import failed, text, timeout
from chatbot.flows.turn import Turn
from chatbot.messages import Button, Message
from chatbot.store import contacts

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]

ANNA = "+491622943176"
BEGIN = 1_700_000_000.0


def boom(turn: Turn[Any]) -> None:
    raise LookupError("no such street")


class Pickup(Flow[None]):
    """Asks for an address."""

    address = State("Where?", initial=True, timeout=minutes(30))
    booked = State(
        Message("Booked.", image="https://e.org/van.jpg", button=Button("Track", "https://e.org/t")), final=True
    )
    lapsed = State("Too late.", final=True)
    on_call = State(final=True)

    address.on(text("boom"), to=booked, do=boom)
    address.on(text, to=booked)
    address.on(timeout, to=lapsed)
    booked.on(failed, to=on_call)


async def lines(bot: Bot) -> list[Line]:
    kept = await bot.store.read(contacts.export, ANNA)
    return dialogue(kept["event"], kept["turn"], kept["outbox"])


async def test_what_was_said_stands_in_order_with_states_and_delivery(open_bot: OpenBot) -> None:
    bot = await open_bot(Pickup)
    await bot.told("hello")
    await bot.receipt("DELIVERED", "R1", deliveryChannel={"channel": "IM", "ott": "Viber"})
    bot.clock.now += 60
    await bot.told("Main St 5")
    await bot.receipt("UNDELIVERABLE", "R2", sendParts=[{"deliveryState": "UNDELIVERABLE", "errorCode": "8"}])
    assert [(line.at - BEGIN, line.who, line.text, line.state) for line in await lines(bot)] == [
        (0, "contact", "hello", "start -> address"),
        (0, "bot", "Where?", "pickup.address"),
        (0, "receipt", "DELIVERED VIBER", "address"),
        (60, "contact", "Main St 5", "address -> booked"),
        (60, "bot", "Booked.\n[image https://e.org/van.jpg]\n[button Track https://e.org/t]", "pickup.booked"),
        (60, "receipt", "UNDELIVERABLE 8", "booked -> on_call"),
    ]
    said = {line.text.split("\n")[0]: (line.status, line.error) for line in await lines(bot) if line.who == "bot"}
    assert said == {"Where?": ("DELIVERED VIBER", ""), "Booked.": ("UNDELIVERABLE", "8")}


async def test_a_timer_that_fired_stands_between(open_bot: OpenBot) -> None:
    bot = await open_bot(Pickup)
    await bot.told("hello")
    await bot.wait(1800)
    assert [(line.who, line.text, line.state) for line in await lines(bot)][2:] == [
        ("timeout", "timeout", "address -> lapsed"),
        ("bot", "Too late.", "pickup.lapsed"),
    ]


async def test_an_event_that_was_set_aside_tells_its_error_in_a_line(open_bot: OpenBot) -> None:
    bot = await open_bot(Pickup)
    await bot.told("hello")
    await bot.told("boom")
    await bot.wait(1)
    await bot.wait(10)
    (line,) = [line for line in await lines(bot) if line.text == "boom"]
    assert (line.status, line.error, line.state) == ("aside", "LookupError: no such street", "")


async def test_a_message_that_was_not_sent_yet_says_where_it_is(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(Pickup)
    gateway.answers(403, "Forbidden")
    await bot.told("hello")
    (line,) = [line for line in await lines(bot) if line.who == "bot"]
    assert (line.status, line.at) == ("waiting", BEGIN)
    assert "403" in line.error


def test_the_last_line_of_a_traceback_names_the_error() -> None:
    assert last_line("Traceback:\n  File x\nKeyError: 'x'\n\n") == "KeyError: 'x'"
    assert last_line("") == ""
