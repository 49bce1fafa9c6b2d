"""What a slow call gives comes back as the type that its function says it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

import pytest

from chatbot.flows.durations import seconds
from chatbot.flows.flow import Flow
from chatbot.flows.state import State
from chatbot.flows.triggers import done, error, text
from chatbot.flows.turn import Turn

# What the fixtures of conftest.py give.
Bot = Any
Gateway = Any
OpenBot = Callable[..., Awaitable[Bot]]


class Size(Enum):
    SMALL = "small"


@dataclass
class Quote:
    price: Decimal
    until: date | None = None


@dataclass
class Order:
    day: date = date.min


class Socket:
    """What JSON cannot hold."""


QUOTE = Quote(Decimal("9.90"), date(2026, 12, 24))


async def quote(_: Order) -> Quote:
    return QUOTE


async def quotes(_: Order) -> list[Quote] | None:
    return [QUOTE]


async def day(_: Order) -> date:
    return date(2026, 12, 24)


async def size(found: Size, _: Order) -> Size:
    return found


async def untyped(_: Order):  # type: ignore[no-untyped-def]
    return QUOTE


async def anything(_: Order) -> object:
    return QUOTE


async def connected(_: Order) -> Socket | Quote:
    return QUOTE


async def unknown(_: Order) -> Quoet:  # type: ignore[name-defined]  # noqa: F821
    return QUOTE


AS_JSON = {"price": "9.90", "until": "2026-12-24"}


def sale_of(function: Any, retries: int = 0) -> tuple[type[Flow[Any]], list[object]]:
    """Define a flow that calls ``function``, and the list of the results that its actions see."""
    seen: list[object] = []

    def look(turn: Turn[Order]) -> None:
        seen.append(turn.result)

    class Sale(Flow[Order]):
        ask = State("?", initial=True)
        calling = State(invoke=function, retries=retries, within=seconds(5))
        told = State("Done.", final=True)
        failed = State(lambda turn: turn.error, final=True)
        ask.on(text, to=calling)
        calling.on(done, to=told, do=look)
        calling.on(error, to=failed)

    return Sale, seen


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (quote, QUOTE),
        (quotes, [QUOTE]),
        (day, date(2026, 12, 24)),
        (partial(size, Size.SMALL), Size.SMALL),
        (untyped, AS_JSON),
        (anything, AS_JSON),
        (connected, AS_JSON),
        (unknown, AS_JSON),
    ],
    ids=["a dataclass", "a list", "a date", "an enum", "no type", "any type", "no type of JSON", "a type unknown here"],
)
async def test_guards_and_actions_see_a_result_of_that_type(open_bot: OpenBot, function: Any, result: object) -> None:
    flow, seen = sale_of(function)
    bot = await open_bot(flow)
    await bot.told("hello")
    await bot.told("van")
    assert seen == [result]


async def no_day(_: Order) -> date:
    return "tomorrow"  # type: ignore[return-value]


async def no_json(_: Order) -> object:
    return Socket()


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (no_day, "no_day gave no date: Invalid RFC3339 encoded date"),
        (no_json, "no_json gave what cannot be written as JSON: Encoding objects of type Socket is unsupported"),
    ],
)
async def test_a_result_of_another_type_fires_error_and_no_further_try_is_made(
    open_bot: OpenBot, gateway: Gateway, function: Any, told: str
) -> None:
    flow, seen = sale_of(function, retries=2)
    bot = await open_bot(flow)
    await bot.told("hello")
    await bot.told("van")
    assert gateway.texts() == ["?", f"Permanent: {told}"]
    assert seen == []


async def test_a_result_that_waits_while_its_type_changes_fires_error(open_bot: OpenBot, gateway: Gateway) -> None:
    bot = await open_bot(sale_of(anything)[0])
    await bot.told("hello")
    await bot.hears("van")
    await bot.engine.turn_lanes.idle()
    bot.engine.invoker.wakes = lambda _: None
    await bot.engine.tick()
    await bot.engine.invoker.idle()
    await bot.deploy(sale_of(day)[0])
    await bot.engine.drain()
    assert gateway.texts()[1:] == ["day gave no date: Expected `date`, got `object`"]
