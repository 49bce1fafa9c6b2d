"""A bot for rehearsals: two questions, a slow call, a timer, and a receipt that matters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent

import pytest

from chatbot import Flow, State, Turn, at, choice, done, error, failed, minutes, text, timeout
from chatbot.flows.catalogue import Catalogue
from chatbot.testing.rehearsal import Played, Rehearsal
from chatbot.testing.transcript import Transcript, parse


@dataclass
class Order:
    kind: str = ""
    price: str = ""


def keep_kind(turn: Turn[Order]) -> None:
    turn.data.kind = turn.choice


def keep_price(turn: Turn[Order]) -> None:
    turn.data.price = turn.result


async def quote(_data: Order) -> str:
    raise AssertionError("a test calls no real service")


class Shop(Flow[Order], keyword="shop"):
    kind = State("Parcel or letter?", choices=["parcel", "letter"], timeout=minutes(30), initial=True)
    pricing = State("One moment.", invoke=quote)
    offer = State(["For the {kind}:", "{price} EUR."])
    sold = State("Sold.", final=True)
    lapsed = State("Too late.", final=True)
    on_call = State(final=True)

    kind.on(choice, to=pricing, do=keep_kind)
    kind.on(timeout, to=lapsed)
    pricing.on(done, to=offer, do=keep_price)
    pricing.on(error, to=on_call)
    offer.on(text, to=sold)
    sold.on(failed, to=on_call)


class Survey(Flow[Order], keyword="survey"):
    ask = State("How was it?", initial=True)
    thanks = State("Thanks.", final=True)
    ask.on(text, to=thanks)


class Alarm(Flow[Order], keyword="alarm"):
    asleep = State("Sleep well.", initial=True)
    awake = State("Good morning.", final=True)
    asleep.on(at("09:00"), to=awake)


@pytest.fixture
def shop() -> type[Flow[Order]]:
    """The flow under rehearsal."""
    return Shop


@pytest.fixture
def alarm() -> type[Flow[Order]]:
    """A flow that waits for nine o'clock."""
    return Alarm


@pytest.fixture
def rehearse() -> Callable[[str], tuple[Transcript, Played]]:
    """Play a transcript, given as text, against all of these flows."""

    def play(written: str) -> tuple[Transcript, Played]:
        [transcript] = parse(dedent(written).lstrip("\n"))
        return transcript, asyncio.run(Rehearsal(Catalogue([Shop, Survey, Alarm]), transcript).run())

    return play
